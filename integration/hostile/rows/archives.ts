import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { quadlet } from '../../support/entries.js';
import { execOk } from '../../support/exec.js';
import { writeTree } from '../../support/host.js';
import { type ImageLayout, layoutName, newImageLayout } from '../../support/images.js';
import type { Lab, Row } from '../row.js';

type Damage = (directory: string, blob: (digest: string) => string, lab: Lab, image: Image) => Promise<void>;
type Image = Awaited<ReturnType<ImageLayout['addImage']>>;

async function exchange(file: string, target: string): Promise<void> {
  await rm(file, { recursive: true, force: true });
  await symlink(target, file);
}

const outside = (target: string) => `${'../'.repeat(30)}${target.slice(1)}`;

/** What is wrong inside a layout; the same is put into an archive. */
const damages: readonly { readonly name: string; readonly damage: Damage; readonly fault?: string }[] = [
  {
    name: 'index.json is a link out',
    fault: 'podman followed the link and showed a character of the file',
    damage: (directory, _, { canaries }) => exchange(join(directory, 'index.json'), canaries.secret),
  },
  {
    name: 'index.json is a relative link out',
    fault: 'podman followed the link and showed a character of the file',
    damage: (directory, _, { canaries }) => exchange(join(directory, 'index.json'), outside(canaries.secret)),
  },
  {
    name: 'index.json is a link out that leads nowhere',
    damage: (directory, _, { canaries }) =>
      exchange(join(directory, 'index.json'), `${canaries.directory}/none`),
  },
  {
    name: 'oci-layout is a link out',
    fault: 'podman followed the link',
    damage: (directory, _, { canaries }) => exchange(join(directory, 'oci-layout'), canaries.secret),
  },
  {
    name: 'a manifest is a link out',
    fault: 'podman followed the link',
    damage: (_, blob, { canaries }, { digest }) => exchange(blob(digest), canaries.secret),
  },
  {
    name: 'a config is a link out',
    fault: 'podman followed the link',
    damage: (_, blob, { canaries }, { config }) => exchange(blob(config.digest), canaries.secret),
  },
  {
    name: 'a layer is a link out',
    fault: 'podman followed the link',
    damage: (_, blob, { canaries }, { layers }) => exchange(blob(layers[0]?.digest ?? ''), canaries.secret),
  },
  {
    name: 'the blobs are a link out',
    fault: 'podman followed the link',
    damage: (directory, _, { canaries }) => exchange(join(directory, 'blobs'), canaries.tree),
  },
  {
    name: 'the blobs of an algorithm are a link out',
    fault: 'podman followed the link',
    damage: (directory, _, { canaries }) => exchange(join(directory, 'blobs/sha256'), canaries.tree),
  },
  {
    name: 'a digest that is a path',
    damage: (directory, _, { canaries }) =>
      writeFile(
        join(directory, 'index.json'),
        JSON.stringify({
          schemaVersion: 2,
          manifests: [
            {
              mediaType: 'application/vnd.oci.image.manifest.v1+json',
              digest: `sha256:../../../${outside(canaries.secret)}`,
              size: 32,
            },
          ],
        }),
      ),
  },
];

const unit = (reference: string) => quadlet('app.image', `Image=${reference}`);

async function damagedLayout(lab: Lab, directory: string, damage: Damage): Promise<void> {
  const layout = await newImageLayout(directory);
  const image = await layout.addImage({ layers: [{ seed: 'archive', sizeBytes: 1024 }] });
  const blob = (digest: string) => join(directory, 'blobs', digest.replace(':', '/'));
  await damage(directory, blob, lab, image);
}

const inLayout: readonly Row[] = damages.map(({ name, damage, fault }) => ({
  short: 'some',
  name: `oci: of the root, where ${name}`,
  only: 'newest',
  ...(fault !== undefined && { fault }),
  attack: (lab) => ({
    newRoot: { 'usr/lib/app': { directory: true } },
    prepare: async ({ newRoot }) => {
      await damagedLayout(lab, join(newRoot, 'usr/lib/app/layout'), damage);
      await writeTree(newRoot, unit('oci:/usr/lib/app/layout'));
    },
    runs: [{ command: 'pull', status: [1, 3], says: [/layout/] }],
  }),
}));

const inArchive: readonly Row[] = damages.map(({ name, damage }) => ({
  short: 'some',
  name: `oci-archive: of the root, where ${name}`,
  only: 'oldest',
  attack: (lab) => ({
    newRoot: { 'usr/lib/app': { directory: true } },
    prepare: async ({ newRoot }) => {
      const directory = join(lab.scratch, 'layout');
      await damagedLayout(lab, directory, damage);
      await execOk('tar', ['-C', directory, '-cf', join(newRoot, 'usr/lib/app/app.tar'), '.']);
      await writeTree(newRoot, unit('oci-archive:/usr/lib/app/app.tar'));
    },
    runs: [{ command: 'pull', status: [1, 3], says: [/app\.tar/] }],
  }),
}));

/** Members that lead an unpacker out of its directory. */
const members: readonly { readonly name: string; readonly make: string }[] = [
  { name: 'a name with ..', make: 'tar -P --transform="s,^x$,../../../../../../$CANARY/made," -cf "$OUT" x' },
  { name: 'an absolute name', make: 'tar -P --transform="s,^x$,$CANARY/made," -cf "$OUT" x' },
  {
    name: 'a file through a link',
    make: 'ln -s "$CANARY/tree" d && tar -cf "$OUT" d && rm d && mkdir d && cp x d/made && tar -rf "$OUT" d/made',
  },
  {
    name: 'a hard link out',
    make: 'ln "$CANARY/secret" h 2>/dev/null || cp x h; ln h index.json; tar -cf "$OUT" h index.json',
  },
  { name: 'a device', make: 'mknod index.json c 1 5 && tar -cf "$OUT" index.json' },
  { name: 'a FIFO', make: 'mkfifo index.json && tar -cf "$OUT" index.json' },
];

const archiveRows: readonly Row[] = ['oci-archive', 'docker-archive'].flatMap((transport) =>
  members.map(({ name, make }) => ({
    short: 'some',
    name: `${transport}: of the root with ${name}`,
    only: 'oldest',
    attack: ({ scratch, canaries }) => ({
      newRoot: { 'usr/lib/app': { directory: true }, ...unit(`${transport}:/usr/lib/app/app.tar`) },
      prepare: async ({ newRoot }) => {
        const out = join(newRoot, 'usr/lib/app/app.tar');
        const script = `cd "$0" && echo x >x && ${make}`;
        const env = { OUT: out, CANARY: canaries.directory };
        await execOk('bash', ['-c', script, scratch], { env });
      },
      runs: [{ command: 'pull', status: [1, 3] }],
    }),
  })),
);

/** Where a path of a transport leads. */
const paths: readonly {
  readonly name: string;
  readonly transport: string;
  readonly target: (lab: Lab) => string;
}[] = [
  { name: 'a directory out of the root', transport: 'oci', target: ({ canaries }) => canaries.layout },
  { name: 'a directory out of the root', transport: 'dir', target: ({ canaries }) => canaries.layout },
  { name: 'a file out of the root', transport: 'oci-archive', target: ({ canaries }) => canaries.secret },
  { name: 'a file out of the root', transport: 'docker-archive', target: ({ canaries }) => canaries.secret },
];

const pathRows: readonly Row[] = paths.flatMap(({ name, transport, target }) => [
  {
    name: `${transport}: that names ${name}`,
    only: 'oldest',
    attack: (lab) => ({
      newRoot: unit(`${transport}:${target(lab)}`),
      runs: [{ command: 'pull', status: [1, 3] }],
    }),
  },
  {
    name: `${transport}: of the root that is a link to ${name}`,
    only: 'oldest',
    attack: (lab) => ({
      newRoot: { 'usr/lib/app': { link: target(lab) }, ...unit(`${transport}:/usr/lib/app`) },
      runs: [{ command: 'pull', status: [1, 3] }],
    }),
  },
]);

const dirRows: readonly Row[] = ['manifest.json', 'version'].map((file) => ({
  name: `dir: of the root, where ${file} is a link out`,
  fault: 'podman followed the link',
  attack: (lab) => ({
    newRoot: {
      'usr/lib/app/version': 'Directory Transport Version: 1.1\n',
      ...unit('dir:/usr/lib/app'),
    },
    prepare: ({ newRoot }) => exchange(join(newRoot, 'usr/lib/app', file), lab.canaries.secret),
    runs: [{ command: 'pull', status: [1, 3], says: [/usr\/lib\/app/] }],
  }),
}));

/** It is right, so it is pulled; nothing of it stays beside the store. */
const good: readonly Row[] = (['oci', 'oci-archive', 'dir', 'docker-archive'] as const).map((transport) => ({
  name: `${transport}: of the root that is as it should be`,
  attack: (lab) => ({
    newRoot: { 'usr/lib/app': { directory: true } },
    prepare: async ({ newRoot }) => {
      const directory = join(lab.scratch, 'layout');
      await mkdir(directory);
      const layout = await newImageLayout(directory);
      const image = await layout.addImage({ layers: [{ seed: transport, sizeBytes: 1024 }] });
      const name = layoutName(image.digest);
      const path = join(newRoot, 'usr/lib/app/image');
      if (transport === 'oci') await rename(directory, path);
      else if (transport === 'oci-archive') await execOk('tar', ['-C', directory, '-cf', path, '.']);
      else await execOk('skopeo', ['copy', '--quiet', `oci:${directory}:${name}`, `${transport}:${path}`]);
      await writeTree(newRoot, unit(`${transport}:/usr/lib/app/image`));
    },
    runs: [{ command: 'pull', status: [0] }],
  }),
}));

const refName = 'org.opencontainers.image.ref.name';

/** Each makes an archive or a layout that has a name of an image of the host, and returns the reference. */
const thieves: readonly {
  readonly name: string;
  readonly make: (lab: Lab, layout: string, name: string, to: string) => Promise<string>;
}[] = [
  {
    name: 'docker-archive:',
    make: async ({ canaryImage }, layout, name, to) => {
      await execOk('skopeo', [
        'copy',
        '--quiet',
        `oci:${layout}:${name}`,
        `docker-archive:${to}:${canaryImage}`,
      ]);
      return 'docker-archive:/usr/lib/app';
    },
  },
  {
    name: 'docker-archive: asked for by that name',
    make: async ({ canaryImage }, layout, name, to) => {
      await execOk('skopeo', [
        'copy',
        '--quiet',
        `oci:${layout}:${name}`,
        `docker-archive:${to}:${canaryImage}`,
      ]);
      return `docker-archive:/usr/lib/app:${canaryImage}`;
    },
  },
  ...[refName, 'io.containerd.image.name'].map((annotation) => ({
    name: `oci-archive: with ${annotation}`,
    make: async ({ canaryImage }: Lab, layout: string, _: string, to: string) => {
      await nameImages(layout, { [annotation]: canaryImage });
      await execOk('tar', ['-C', layout, '-cf', to, '.']);
      return 'oci-archive:/usr/lib/app';
    },
  })),
  {
    name: 'oci: asked for by that name',
    make: async ({ canaryImage }, layout, _, to) => {
      await nameImages(layout, { [refName]: canaryImage });
      await rename(layout, to);
      return `oci:/usr/lib/app:${canaryImage}`;
    },
  },
  ...(['oci', 'dir'] as const).map((transport) => ({
    name: `${transport}: whose path is that name`,
    make: async ({ canaryImage, store }: Lab, layout: string, name: string, to: string) => {
      await store.podman(['tag', canaryImage, 'localhost/usr/lib/app:latest']);
      if (transport === 'oci') await rename(layout, to);
      else await execOk('skopeo', ['copy', '--quiet', `oci:${layout}:${name}`, `dir:${to}`]);
      return `${transport}:/usr/lib/app`;
    },
  })),
];

async function nameImages(layout: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  const file = join(layout, 'index.json');
  const index: { manifests: readonly object[] } = JSON.parse(await readFile(file, 'utf8'));
  const manifests = index.manifests.map((each) => ({ ...each, annotations }));
  await writeFile(file, JSON.stringify({ ...index, manifests }));
}

/** The host may start a service from what has that name, before anybody has booted the root. */
const thiefRows: readonly Row[] = thieves.map(({ name, make }) => ({
  name: `an archive with the name of an image of the host: ${name}`,
  fault: 'the name moved to the image of the root',
  ownStore: true,
  attack: (lab) => {
    const idOf = async (image: string) =>
      (await lab.store.podman(['image', 'inspect', '--format', '{{.Id}}', image])).stdout.trim();
    const local = 'localhost/usr/lib/app:latest';
    let before: readonly string[] = [];
    return {
      newRoot: { 'usr/lib/os-release': 'ID=hostile\n' },
      prepare: async ({ newRoot }) => {
        const directory = join(lab.scratch, 'layout');
        await mkdir(directory);
        const image = await (await newImageLayout(directory)).addImage({
          layers: [{ seed: name, sizeBytes: 1024 }],
        });
        const to = join(newRoot, 'usr/lib/app');
        await writeTree(newRoot, unit(await make(lab, directory, layoutName(image.digest), to)));
        before = [await idOf(lab.canaryImage), await idOf(local)];
      },
      runs: [{ command: 'pull', status: [0] }],
      afterwards: async () => {
        expect([await idOf(lab.canaryImage), await idOf(local)]).toEqual(before);
        expect(await lab.store.images()).toHaveLength(2);
      },
    };
  },
}));

export const archiveTransportRows: readonly Row[] = [
  ...inLayout,
  ...inArchive,
  ...archiveRows,
  ...pathRows,
  ...dirRows,
  ...good,
  ...thiefRows,
];
