import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dropIn } from '../../support/entries.js';
import { hostPlatform } from '../../support/images.js';
import type { Store } from '../../support/store.js';
import type { Lab, LabImage, Row, Run } from '../row.js';

const foreign = {
  os: 'linux',
  architecture: hostPlatform.architecture === 'arm64' ? 'amd64' : 'arm64',
  ...(hostPlatform.architecture === 'arm64' ? {} : { variant: 'v8' }),
};
const both = { platforms: [hostPlatform, foreign] };

/** What a root is: it binds something, and says which system it is. */
export const osRelease = { 'usr/lib/os-release': 'ID=hostile\n' };

/** The command that would make a deployment bootable; it must not run where anything is missing. */
export function commit({ scratch }: Lab): readonly string[] {
  return ['--', 'touch', join(scratch, 'committed')];
}

export function isCommitted({ scratch }: Lab): boolean {
  return existsSync(join(scratch, 'committed'));
}

async function podman(store: Store, ...args: readonly string[]): Promise<void> {
  const result = await store.podman(args);
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

const pullForeign = (store: Store, reference: string) =>
  podman(store, 'pull', '--quiet', '--tls-verify=false', '--arch', foreign.architecture, reference);

/** The architecture of an image of the store; undefined when it is not there. */
async function architectureOf(store: Store, reference: string): Promise<string | undefined> {
  const result = await store.podman(['image', 'inspect', '--format', '{{.Architecture}}', reference]);
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** Either the right image is there afterwards, or the run failed and committed nothing. */
function neverWrong(lab: Lab, reference: string, right = hostPlatform.architecture) {
  return async (_: unknown, results: readonly { readonly exitCode: number | undefined }[]) => {
    const isRight = (await architectureOf(lab.store, reference)) === right;
    const last = results.at(-1)?.exitCode;
    if (isRight) expect({ last, committed: isCommitted(lab) }).toEqual({ last: 0, committed: true });
    else
      expect({ failed: last !== 0, committed: isCommitted(lab) }).toEqual({ failed: true, committed: false });
  };
}

const fault = 'the image of another architecture counted as present, and was committed';

interface PlatformAttack {
  readonly name: string;
  readonly fault?: string;
  /** Prepares the store or the registry, and returns what the root binds. */
  readonly prepare: (lab: Lab) => Promise<string>;
  readonly args?: readonly string[];
  readonly can: 'bring' | 'refuse';
}

const platforms: readonly PlatformAttack[] = [
  {
    name: 'left under the bound tag by a pull for another architecture',
    fault,
    can: 'bring',
    prepare: async ({ image, store }) => {
      const app = image(both);
      await pullForeign(store, app.tagged);
      return app.tagged;
    },
  },
  {
    name: 'left under the bound tag, and only what is missing is pulled',
    fault,
    can: 'bring',
    args: ['--pull-policy', 'missing'],
    prepare: async ({ image, store }) => {
      const app = image(both);
      await pullForeign(store, app.tagged);
      return app.tagged;
    },
  },
  {
    name: 'left under the digest of its index',
    fault,
    can: 'bring',
    prepare: async ({ image, store }) => {
      const app = image(both);
      await pullForeign(store, app.pinned);
      return app.pinned;
    },
  },
  {
    name: 'bound by the digest of the other one’s manifest',
    fault,
    can: 'refuse',
    prepare: async ({ image, store, registry }) => {
      const app = image(both);
      const reference = `${registry.host}/${app.repository}@${app.manifests[1]}`;
      await podman(store, 'pull', '--quiet', '--tls-verify=false', reference);
      return reference;
    },
  },
  {
    name: 'the only one under the tag, present before',
    fault,
    can: 'refuse',
    args: ['--pull-policy', 'missing'],
    prepare: async ({ image, store }) => {
      const app = image({ platforms: [foreign] });
      await podman(store, 'pull', '--quiet', '--tls-verify=false', app.tagged);
      return app.tagged;
    },
  },
  {
    name: 'the only one under the tag, to be pulled',
    can: 'refuse',
    prepare: async ({ image }) => {
      const app = image({ platforms: [foreign] });
      return app.tagged;
    },
  },
  {
    name: 'the only one under the tag, and only podman asks',
    fault,
    can: 'refuse',
    prepare: async ({ image, registry }) => {
      const app = image({ platforms: [foreign] });
      registry.misbehave((request, response) => {
        if (!request.headers['user-agent']?.startsWith('bound-images/')) return false;
        // A scheme that we do not know.
        response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end();
        return true;
      });
      return app.tagged;
    },
  },
  {
    name: 'the only one of the index',
    can: 'refuse',
    prepare: async ({ image }) => {
      const app = image({ platforms: [foreign], index: true });
      return app.tagged;
    },
  },
  {
    name: 'there when the tag has moved between the plan and a pull by podman itself',
    args: ['--direct'],
    fault: 'the image of another architecture was pulled as good, and committed',
    can: 'refuse',
    prepare: async ({ image, registry }) => {
      const app = image();
      const other = image({ platforms: [foreign] });
      registry.misbehave((request, response) => {
        if (request.kind !== 'manifest' || request.repository !== app.repository) return false;
        if (request.headers['user-agent']?.startsWith('bound-images/')) return false;
        // podman asks later than we do: by then the tag means another image.
        response.writeHead(307, { location: `/v2/${other.repository}/manifests/1` }).end();
        return true;
      });
      return app.tagged;
    },
  },
];

const platformRows: readonly Row[] = platforms.map(({ name, prepare, args = [], can, fault: was }) => ({
  name: `an image of another architecture: ${name}`,
  ...(was !== undefined && { fault: was }),
  attack: async (lab) => {
    const reference = await prepare(lab);
    const status = can === 'bring' ? [0, 1, 75] : [1, 3, 75];
    return {
      newRoot: { ...osRelease, ...dropIn('x', [reference]) },
      runs: [{ command: 'stage', args: [...args, ...commit(lab)], status, never: [/mistake in/] }],
      afterwards: neverWrong(lab, reference),
    };
  },
}));

const wanted: Row = {
  name: 'an image of this architecture where the entry wants another one',
  attack: async (lab) => {
    const app = lab.image(both);
    await podman(lab.store, 'pull', '--quiet', '--tls-verify=false', app.tagged);
    return {
      newRoot: {
        ...osRelease,
        ...dropIn('x', [app.tagged], { 'tls-verify': false, arch: foreign.architecture }),
      },
      runs: [{ command: 'stage', args: commit(lab), status: [0, 1, 75] }],
      afterwards: neverWrong(lab, app.tagged, foreign.architecture),
    };
  },
};

const planned: Row = {
  name: 'plan, where an image of another architecture is left under the tag',
  fault: 'plan said present',
  attack: async ({ image, store }) => {
    const app = image(both);
    await pullForeign(store, app.tagged);
    return {
      newRoot: dropIn('x', [app.tagged]),
      runs: [
        { command: 'plan', args: ['--format', 'json'], status: [0, 1, 3], never: [/"state": ?"present"/] },
      ],
    };
  },
};

/** The layers of a store as it lists them, with the directory that each one has. */
async function layersOf(store: Store): Promise<{
  readonly directory: string;
  readonly list: string;
  readonly rows: readonly { id: string; 'compressed-diff-digest'?: string }[];
}> {
  const name = (await readdir(store.root)).find((each) => each.endsWith('-layers')) ?? '';
  const list = join(store.root, name, 'layers.json');
  return {
    directory: join(store.root, name.replace('-layers', '')),
    list,
    rows: JSON.parse(await readFile(list, 'utf8')),
  };
}

interface Damage {
  readonly name: string;
  readonly fault?: string;
  readonly damage: (store: Store, image: LabImage) => Promise<void>;
  readonly args?: readonly string[];
}

async function layerDirectory(store: Store, { layers }: LabImage): Promise<string> {
  const { directory, rows } = await layersOf(store);
  const row = rows.find((each) => each['compressed-diff-digest'] === layers[0]);
  if (row === undefined) throw new Error('The layer is not in the store');
  return existsSync(join(directory, row.id)) ? join(directory, row.id) : join(directory, 'dir', row.id);
}

const damages: readonly Damage[] = [
  {
    name: 'the directory of its layer',
    fault: 'the image counted as present, and was committed',
    damage: async (store, image) => rm(await layerDirectory(store, image), { recursive: true }),
  },
  {
    name: 'the content of its layer',
    fault: 'the image counted as present, and was committed',
    damage: async (store, image) => {
      const directory = await layerDirectory(store, image);
      const diff = join(directory, 'diff');
      await rm(existsSync(diff) ? diff : directory, { recursive: true });
    },
  },
  {
    name: 'all its layers in the list',
    damage: async (store, image) => {
      const { list, rows } = await layersOf(store);
      const left = rows.filter((row) => row['compressed-diff-digest'] !== image.layers[0]);
      await writeFile(list, JSON.stringify(left));
    },
  },
];

const contentRows: readonly Row[] = damages.flatMap(({ name, damage, args = [], fault: was }) =>
  (['tagged', 'pinned'] as const).map((how) => ({
    name: `a store that has lost of an image (${how}): ${name}`,
    ...(was !== undefined && { fault: was }),
    ownStore: true,
    attack: async (lab: Lab) => {
      const app = lab.image();
      const reference = app[how];
      await podman(lab.store, 'pull', '--quiet', '--tls-verify=false', reference);
      await damage(lab.store, app);
      return {
        newRoot: { ...osRelease, ...dropIn('x', [reference]) },
        runs: [{ command: 'stage' as const, args: [...args, ...commit(lab)], status: [0, 1, 75] }],
        afterwards: async (_: unknown, [result]: readonly { readonly exitCode: number | undefined }[]) => {
          const content = await lab.store.contents(reference, 'data/content').catch(() => undefined);
          // A run that succeeds has mended it.
          if (content === undefined) {
            expect({ failed: result?.exitCode !== 0, committed: isCommitted(lab) }).toEqual({
              failed: true,
              committed: false,
            });
          } else
            expect({ status: result?.exitCode, committed: isCommitted(lab) }).toEqual({
              status: 0,
              committed: true,
            });
        },
      };
    },
  })),
);

const deep: Row = {
  name: 'a store in which a byte of an image is another one, with --verify deep',
  fault: 'there was no such proof',
  ownStore: true,
  attack: async (lab) => {
    const app = lab.image();
    await podman(lab.store, 'pull', '--quiet', '--tls-verify=false', app.tagged);
    const directory = await layerDirectory(lab.store, app);
    const file =
      [join(directory, 'diff/data/content'), join(directory, 'data/content')].find(existsSync) ?? '';
    const content = await readFile(file, 'utf8');
    await writeFile(file, content.replace(/^./, 'X'));
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      runs: [{ command: 'stage', args: ['--verify', 'deep', ...commit(lab)], status: [0, 1, 75] }],
      afterwards: async (_, [result]) => {
        const isMended = (await lab.store.contents(app.tagged, 'data/content').catch(() => '')) === content;
        expect({ status: result?.exitCode === 0, committed: isCommitted(lab) }).toEqual({
          status: isMended,
          committed: isMended,
        });
      },
    };
  },
};

interface Empty {
  readonly name: string;
  readonly root: (lab: Lab) => Readonly<Record<string, string | { readonly directory: true }>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly passes?: boolean;
  readonly fault?: string;
}

const ran = 'stage ran the command';
/** If it is found, it is not there. */
const unreachable = 'images = ["127.0.0.1:9/none:1"]\n';

const empties: readonly Empty[] = [
  {
    name: 'a --dir that is not there',
    root: () => osRelease,
    args: ['--dir', '/usr/lib/bound-image.d'],
    fault: ran,
  },
  {
    name: 'one --dir of two that is not there',
    root: () => ({ ...osRelease, 'usr/lib/a/x.txt~': '' }),
    args: ['--dir', '/usr/lib/a', '--dir', '/usr/lib/b'],
    fault: ran,
  },
  {
    name: 'two directories as one in the environment',
    root: () => ({ ...osRelease, 'a/x.toml': unreachable, 'b/x~': '' }),
    env: { BOUND_IMAGES_DIR: '/a,/b' },
    fault: ran,
  },
  {
    name: 'a --dir that is a file',
    root: () => ({ ...osRelease, 'usr/lib/x': '' }),
    args: ['--dir', '/usr/lib/x'],
  },
  { name: 'a root that is an empty directory', root: () => ({}), fault: ran },
  {
    name: 'a root that has nothing but empty directories',
    root: () => ({ usr: { directory: true }, etc: { directory: true } }),
    fault: ran,
  },
  {
    name: 'a root whose os-release is a directory',
    root: () => ({ 'usr/lib/os-release': { directory: true } }),
    fault: ran,
  },
  { name: 'a root that binds nothing', root: () => osRelease, passes: true },
  {
    name: 'a root that binds nothing, with its os-release in /etc',
    root: () => ({ 'etc/os-release': 'ID=x\n' }),
    passes: true,
  },
  {
    name: 'a root whose directory is empty',
    root: () => ({ ...osRelease, 'usr/lib/bound-images.d': { directory: true } }),
    passes: true,
  },
  {
    name: 'a --dir that is empty',
    root: () => ({ ...osRelease, 'usr/lib/x': { directory: true } }),
    args: ['--dir', '/usr/lib/x'],
    passes: true,
  },
];

export const emptyRows: readonly Row[] = empties.map(
  ({ name, root, args = [], env = {}, passes = false, fault: was }) => ({
    name: `stage with ${name} ${passes ? 'commits' : 'does not commit'}`,
    only: 'oldest',
    ...(was !== undefined && { fault: was }),
    attack: (lab) => {
      const run: Run = {
        command: 'stage',
        args: [...args, ...commit(lab)],
        status: passes ? [0] : [1, 2, 3, 4, 75],
      };
      return {
        newRoot: root(lab),
        env,
        runs: [run],
        afterwards: async () => expect(isCommitted(lab)).toBe(passes),
      };
    },
  }),
);

/** `podman manifest create` makes what is listed like an image, and is none. */
const listRow: Row = {
  name: 'a store that has a list of no images under the bound tag',
  fault: 'the list counted as present, and gate passed',
  ownStore: true,
  attack: async (lab) => {
    const app = lab.image();
    await podman(lab.store, 'manifest', 'create', app.tagged);
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      runs: [
        { command: 'gate', status: [1], says: [/list of images/] },
        { command: 'plan', args: ['--format', 'json'], status: [0], never: [/"state": ?"present"/] },
        { command: 'stage', args: commit(lab), status: [0] },
        { command: 'gate', status: [0] },
      ],
      afterwards: async () => expect(isCommitted(lab)).toBe(true),
    };
  },
};

export const storeRows: readonly Row[] = [...platformRows, wanted, planned, ...contentRows, deep, listRow];
