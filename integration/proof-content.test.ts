import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { execOk } from './support/exec.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { dealt, oneOf } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  await perTest.run();
});

let source: ImageSource;
let one: SourceImage;
let two: SourceImage;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  const layer = (seed: string) => ({ seed, sizeBytes: 3000, files: { [`etc/${seed}`]: seed } });
  one = await source.pushSpec('team/one:1', { layers: ['base', 'middle', 'one'].map(layer) });
  two = await source.pushSpec('team/two:1', { layers: ['base', 'middle', 'two'].map(layer) });
});

/** The files of a store, as far as tests damage them. */
function filesOf(root: string) {
  const list = join(root, 'overlay-layers/layers.json');
  const layers = (): readonly { id: string; parent?: string }[] => JSON.parse(readFileSync(list, 'utf8'));
  const images: readonly { id: string; names?: readonly string[]; layer: string }[] = JSON.parse(
    readFileSync(join(root, 'overlay-images/images.json'), 'utf8'),
  );
  const overlay = join(root, 'overlay');
  const imageOf = ({ tagged }: SourceImage) => images.find(({ names }) => names?.includes(tagged));
  const top = (image: SourceImage) => imageOf(image)?.layer ?? '';
  return {
    top,
    base: (image: SourceImage) => {
      for (let id = top(image); ; ) {
        const { parent } = layers().find((layer) => layer.id === id) ?? {};
        if (parent === undefined) return id;
        id = parent;
      }
    },
    layer: (id: string, name = '') => join(overlay, id, name),
    link: (id: string) => join(overlay, 'l', readFileSync(join(overlay, id, 'link'), 'utf8')),
    forget: (id: string) => writeFileSync(list, JSON.stringify(layers().filter((layer) => layer.id !== id))),
    parts: (image: SourceImage) => {
      const directory = join(root, 'overlay-images', imageOf(image)?.id ?? '');
      return readdirSync(directory).map((name) => join(directory, name));
    },
  };
}
type Files = ReturnType<typeof filesOf>;

const remove = (path: string) => rmSync(path, { recursive: true, force: true });
const truncate = (path: string) => writeFileSync(path, '');
const config = (path: string) => readFileSync(path, 'utf8').includes('"rootfs"');

async function look(host: BoundHost, command: 'plan' | 'gate', ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await host.run(command, '--format', 'json', ...args);
  return { exitCode, images: stdout === '' ? stderr : JSON.parse(stdout).images };
}

const states = (images: readonly { state: string }[]) => images.map(({ state }) => state);

/** What a container of each image sees: a file of every layer. */
async function contentsOf(host: BoundHost, ...images: readonly SourceImage[]) {
  const names = images.map(({ tagged }) => /team\/(\w+)/.exec(tagged)?.[1] ?? '');
  const seen: string[] = [];
  for (const [index, { tagged }] of images.entries()) {
    for (const name of ['base', 'middle', names[index] ?? '']) {
      seen.push(await host.store.contents(tagged, `etc/${name}`));
    }
  }
  expect(seen).toEqual(names.flatMap((name) => ['base', 'middle', name]));
}

const versions = ['4.3', '5.8', '6.1'] as const;

describe.each(oneOf('proof-content', versions))('with podman %s', (version) => {
  const some = <T>(rows: readonly T[]) => dealt(rows, version, versions);
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });
  const newHost = async (...bound: readonly SourceImage[]) => {
    const newRoot = {
      'usr/lib/os-release': 'ID=test\n',
      ...dropIn(
        'apps',
        bound.map(({ tagged }) => tagged),
      ),
    };
    const host = await newBoundHost(perTest, { newRoot, programs });
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    return host;
  };
  const alsoPull = async (host: BoundHost, { tagged }: SourceImage) => {
    const pulled = await host.store.podman(['pull', '--quiet', '--tls-verify=false', tagged]);
    expect(pulled).toMatchObject({ exitCode: 0 });
  };

  interface Damage {
    readonly name: string;
    readonly damage: (files: Files) => void;
    /** Both images stand on what is damaged. */
    readonly isShared?: boolean;
    /** podman does not even list what it has. */
    readonly isUnlisted?: boolean;
  }
  const damages: readonly Damage[] = [
    {
      name: 'the directory of a shared layer is gone',
      damage: (files) => remove(files.layer(files.base(one))),
      isShared: true,
    },
    {
      name: 'the files of a shared layer are gone',
      damage: (files) => remove(files.layer(files.base(one), 'diff')),
      isShared: true,
    },
    {
      name: 'the directory of the last layer is gone',
      damage: (files) => remove(files.layer(files.top(one))),
    },
    {
      name: 'the name of a layer is cut short',
      damage: (files) => truncate(files.layer(files.top(one), 'link')),
    },
    { name: 'the name of a layer is gone', damage: (files) => remove(files.layer(files.top(one), 'link')) },
    {
      name: 'the list of lower layers is cut short',
      damage: (files) => {
        truncate(files.layer(files.top(one), 'lower'));
        truncate(files.layer(files.top(one), 'lower-layers'));
      },
    },
    {
      name: 'the list of lower layers is gone',
      damage: (files) => {
        remove(files.layer(files.top(one), 'lower'));
        remove(files.layer(files.top(one), 'lower-layers'));
      },
    },
    { name: 'a layer is not listed', damage: (files) => files.forget(files.top(one)) },
    { name: 'the config is gone', damage: (files) => files.parts(one).filter(config).forEach(remove) },
    { name: 'the config is cut short', damage: (files) => files.parts(one).filter(config).forEach(truncate) },
    { name: 'all about the image is cut short', damage: (files) => files.parts(one).forEach(truncate) },
  ];
  test.each(some(damages))(
    'an image is not present when $name, and pulled anew',
    async ({ damage, isShared = false }) => {
      const host = await newHost(one, two);
      damage(filesOf(host.store.root));
      const expected = isShared ? ['missing', 'missing'] : ['missing', 'present'];
      const gated = await look(host, 'gate');
      expect([gated.exitCode, states(gated.images)]).toEqual([1, expected]);
      expect(states((await look(host, 'plan')).images)).toEqual(expected);

      const pulled = await host.pull();
      expect(pulled.report?.images.map(({ state }) => state)).toEqual(
        expected.map((state) => (state === 'missing' ? 'pulled' : 'present')),
      );
      expect(pulled.exitCode).toBe(0);
      expect(await look(host, 'gate')).toMatchObject({ exitCode: 0 });
      await contentsOf(host, one, two);
    },
  );

  test('the manifest of an image that is gone is not a proof either', async () => {
    const host = await newHost(one, two);
    for (const path of filesOf(host.store.root).parts(one)) if (!config(path)) remove(path);
    expect(await host.run('gate')).not.toMatchObject({ exitCode: 0 });
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    expect(await look(host, 'gate')).toMatchObject({ exitCode: 0 });
    await contentsOf(host, one, two);
  });

  test.each([
    { name: 'of one layer', links: (files: Files) => [files.link(files.base(one))] },
    { name: 'of all layers', links: (files: Files) => [files.layer('l')] },
  ])('links $name that podman makes again, or does without, are no damage', async ({ links }) => {
    const host = await newHost(one);
    links(filesOf(host.store.root)).forEach(remove);
    expect(await look(host, 'gate')).toMatchObject({ exitCode: 0, images: [{ state: 'present' }] });
    await contentsOf(host, one);
  });

  interface Kept {
    readonly name: string;
    readonly before: (host: BoundHost) => Promise<unknown>;
    readonly why: string;
    readonly hint: string;
    readonly code?: string;
    readonly exitCode?: number;
  }
  test.each<Kept>([
    {
      name: 'its registry does not answer',
      before: async () => source.proxy.addFault({ path: /./, action: { kind: 'status', status: 503 } }),
      why: '',
      hint: '',
      code: 'server-error',
      exitCode: 75,
    },
    {
      name: 'an image that nobody bound stands on its damaged layer',
      before: (host) => alsoPull(host, two),
      why: 'other images, which are not bound, stand on the damaged layer',
      hint: 'podman image rm ',
    },
    {
      name: 'a container uses it',
      before: (host) => host.store.podman(['create', one.tagged, 'none']),
      why: 'a container uses it',
      hint: 'podman ps ',
    },
  ])('is left as it is, and said to be damaged, when $name', async (row) => {
    const { before, why, hint, code = 'damaged', exitCode: status = 1 } = row;
    const host = await newHost(one);
    await before(host);
    const files = filesOf(host.store.root);
    remove(files.layer(files.base(one)));
    const names = await host.stored();
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      {
        state: 'failed',
        attempts: expect.any(Number),
        error: {
          code,
          message: expect.stringContaining(why),
          hint: expect.stringContaining(hint),
        },
      },
    ]);
    expect(exitCode).toBe(status);
    expect(await host.stored()).toEqual(names);
    expect(await look(host, 'gate')).toMatchObject({
      exitCode: 1,
      images: [{ problem: { code: 'damaged' } }],
    });
  });

  test('names that somebody else gave a damaged image are given back', async () => {
    const host = await newHost(one);
    await host.store.podman(['tag', one.tagged, 'localhost/mine:1']);
    const files = filesOf(host.store.root);
    remove(files.layer(files.top(one)));
    expect(await host.pull()).toMatchObject({ exitCode: 0, report: { images: [{ state: 'pulled' }] } });
    expect(await host.stored()).toEqual([one.tagged, 'localhost/mine:1'].sort());
  });

  const changes = [
    {
      name: 'a file is another one',
      change: (diff: string) => writeFileSync(join(diff, 'etc/base'), 'evil'),
    },
    { name: 'a file is gone', change: (diff: string) => remove(join(diff, 'data/base')) },
    { name: 'a file is cut short', change: (diff: string) => truncate(join(diff, 'data/base')) },
    {
      name: 'all files are gone',
      change: (diff: string) => ['etc', 'data'].map((name) => remove(join(diff, name))),
    },
  ];
  test.each(some(changes))('--verify deep sees that $name', async ({ change }) => {
    const host = await newHost(one, two);
    const files = filesOf(host.store.root);
    expect(await look(host, 'gate', '--verify', 'deep')).toMatchObject({ exitCode: 0 });
    change(files.layer(files.base(one), 'diff'));
    expect(await look(host, 'gate')).toMatchObject({ exitCode: 0 });
    const damaged = { state: 'missing', problem: { code: 'damaged' } };
    expect(await look(host, 'gate', '--verify', 'deep')).toMatchObject({
      exitCode: 1,
      images: [damaged, damaged],
    });
    expect(await look(host, 'plan', '--verify', 'deep')).toMatchObject({ images: [damaged, damaged] });
    const pulled = await host.pull('--verify', 'deep');
    expect(pulled).toMatchObject({
      exitCode: 0,
      report: { images: [{ state: 'pulled' }, { state: 'pulled' }] },
    });
    expect(await look(host, 'gate', '--verify', 'deep')).toMatchObject({ exitCode: 0 });
    await contentsOf(host, one, two);
  });

  const kinds = [
    'mkdir -p empty dir/very-long-{1,2,3,4,5,6}-$(printf %080d 0) && touch none dir/none',
    'echo text > file && ln file hard && ln -s file link && ln -s /usr/lib absolute && mkfifo fifo',
    'echo long > dir/$(printf %0150d 1) && ln -s $(printf %0150d 2) far && mknod null c 1 3',
    "touch .wh.gone $'not-\\xff-utf8' $'m\\u00fcll' && echo other > $'\\xfe'",
  ].join(' && ');
  const archives = [
    { format: 'gnu', change: 'rm none' },
    { format: 'pax', change: 'rm link' },
    { format: 'gnu', change: 'ln -sfn elsewhere link' },
    { format: 'pax', change: 'rmdir empty' },
    { format: 'gnu', change: 'rm hard' },
    { format: 'pax', change: 'rm gone' },
    { format: 'gnu', change: "rm $'not-\\xff-utf8'" },
    { format: 'pax', change: "echo x > $'\\xfe'" },
    { format: 'gnu', change: 'echo more >> file' },
    { format: 'pax', change: 'echo more > none' },
    { format: 'gnu', change: 'rm fifo && mkdir fifo && rm link && touch link' },
  ];
  test.each(some(archives))(
    'of an archive of kind $format, --verify deep sees “$change”',
    async ({ format, change }) => {
      const directory = await tempDir(perTest);
      const archive = join(directory, 'layer.tar');
      const bash = (script: string, cwd: string) => execOk('bash', ['-ec', script], { cwd });
      await bash(
        `mkdir tree && cd tree && ${kinds} && tar -c --format=${format} -f ${archive} *  .wh.*`,
        directory,
      );
      const root = { 'usr/lib/os-release': 'ID=test\n', ...dropIn('apps', ['localhost/kinds:1']) };
      const host = await newBoundHost(perTest, { newRoot: root, programs });
      const imported = await host.store.podman(['import', '--quiet', archive, 'localhost/kinds:1']);
      expect(imported).toMatchObject({ exitCode: 0 });
      expect(await look(host, 'gate', '--verify', 'deep')).toMatchObject({ exitCode: 0 });
      const layers: readonly { id: string }[] = JSON.parse(
        readFileSync(join(host.store.root, 'overlay-layers/layers.json'), 'utf8'),
      );
      await bash(change, join(host.store.root, 'overlay', layers[0]?.id ?? '', 'diff'));
      expect(await look(host, 'gate', '--verify', 'deep')).toMatchObject({
        exitCode: 1,
        images: [{ state: 'missing', problem: { code: 'damaged' } }],
      });
    },
  );
});
