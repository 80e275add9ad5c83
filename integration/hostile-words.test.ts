import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, parseReport } from './support/bound-host.js';
import { dropIn, quadlet } from './support/entries.js';
import { makeRoots, type Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { dealt } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';
import { podmanVersions } from './support/unpacked-podman.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

/** What stands for the files of a host that a root must not get at. */
interface Canary {
  readonly directory: string;
  /** A program that leaves a mark in `directory`. */
  readonly program: string;
  readonly file: string;
  /** In `directory`, and not there. */
  readonly absent: string;
  /** An image that is in the store. */
  readonly image: string;
}

interface Row {
  readonly name: string;
  readonly words: (canary: Canary) => string;
  /** Left out where the words are for the boot only; else the entry is an error. */
  readonly becomes: 'left out' | 'refused';
}

const options: readonly Row[] = [
  {
    name: 'programs',
    words: ({ program }) =>
      `--conmon=${program} --runtime=${program} --network-cmd-path ${program} --storage-opt=overlay.mount_program=${program}`,
    becomes: 'left out',
  },
  { name: '--conmon', words: ({ program }) => `--conmon=${program}`, becomes: 'left out' },
  { name: '--cpu-profile', words: ({ file }) => `--cpu-profile=${file}`, becomes: 'left out' },
  { name: '--memory-profile', words: ({ file }) => `--memory-profile ${file}`, becomes: 'left out' },
  { name: '--out', words: ({ file }) => `--out=${file}`, becomes: 'left out' },
  { name: '--tmpdir', words: ({ absent }) => `--tmpdir=${absent}`, becomes: 'left out' },
  {
    name: 'directories',
    words: ({ absent }) =>
      `--network-config-dir=${absent} --volumepath=${absent} --hooks-dir=${absent} --cdi-spec-dir=${absent} --config=${absent}`,
    becomes: 'left out',
  },
  {
    name: 'a store beside this one, which is not there',
    words: ({ absent }) => `--storage-opt additionalimagestore=${absent}`,
    becomes: 'left out',
  },
  {
    name: 'a store beside this one, which is a directory of the host',
    words: ({ directory }) => `--storage-opt=overlay.imagestore=${directory}`,
    becomes: 'left out',
  },
  {
    name: 'what podman says, and to whom',
    words: ({ file }) =>
      `--log-level=trace -D --syslog --noout --trace=1 --events-backend=file --runtime-flag=log=${file} --default-mounts-file=${file}`,
    becomes: 'left out',
  },
  {
    name: 'other values',
    words: ({ file }) =>
      `--db-backend=${file} --namespace=x --max-workers=0 --identity=${file} --ssh=native --pull-option=ostree_repos=${file} --cgroup-manager=x`,
    becomes: 'left out',
  },
  ...(
    [
      ['another store', ({ absent }) => `--root=${absent}`],
      ['another runroot', ({ absent }) => `--runroot ${absent}`],
      ['another image store', ({ absent }) => `--imagestore=${absent}`],
      ['another driver', () => '--storage-driver=vfs'],
      ['other registries', ({ file }) => `--registries-conf=${file}`],
      ['another host', ({ directory }) => `--url=unix://${directory}/socket`],
      ['another host, in short', () => '-c x'],
      ['help', () => '--help'],
      ['an option that podman does not have', ({ program }) => `--program=${program}`],
      ['an option without its value', () => '--conmon'],
      ['a command that removes an image', ({ image }) => `rmi --force ${image} --`],
      ['the same behind an option', ({ image }) => `--syslog rmi --force ${image} --`],
      ['the same behind two dashes', ({ image }) => `-- x rmi --force ${image} --`],
      ['the same in quotes', ({ image }) => `"rmi" '--force' "${image}" --`],
      ['a command that removes all images', () => 'image prune --all --force --'],
      ['a command that runs a container', ({ image }) => `run --rm ${image}`],
      ['a command that writes an image', ({ image, file }) => `image save -o ${file} ${image} --`],
    ] as const satisfies readonly (readonly [string, Row['words']])[]
  ).map(([name, words]): Row => ({ name, words, becomes: 'refused' })),
];

/** Settings of `[engine]` in a module. */
const settings: readonly (readonly [names: readonly string[], lines: (canary: Canary) => string])[] = [
  [['env'], ({ absent }) => `env = ["LD_DEBUG=libs", "LD_DEBUG_OUTPUT=${absent}"]`],
  [['env'], () => 'env = ["REGISTRY_AUTH_FILE=/etc/shadow", "HTTP_PROXY=http://127.0.0.1:1"]'],
  [
    ['events_logger', 'events_logfile_path'],
    ({ file }) => `events_logger = "file"\nevents_logfile_path = "${file}"`,
  ],
  [
    ['static_dir', 'tmp_dir', 'volume_path', 'image_copy_tmp_dir'],
    ({ absent }) =>
      ['static_dir', 'tmp_dir', 'volume_path', 'image_copy_tmp_dir']
        .map((name) => `${name} = "${absent}"\n`)
        .join(''),
  ],
  [
    ['helper_binaries_dir', 'hooks_dir', 'conmon_path', 'runtime', 'runtimes'],
    ({ directory, program }) =>
      `helper_binaries_dir = ["${directory}"]\nhooks_dir = ["${directory}"]\nconmon_path = ["${program}"]\nruntime = "x"\n[engine.runtimes]\nx = ["${program}"]`,
  ],
];

let source: ImageSource;
let kept: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  kept = await source.push('team/kept:1', { sizeBytes: 2000 });
});

async function newCanary(): Promise<Canary> {
  const directory = await tempDir(cleanup);
  const [program, file, mark] = ['program', 'file', 'mark'].map((name) => join(directory, name));
  await writeFile(program ?? '', `#!/bin/sh\n: >'${mark}'\necho 99.0.0\n`, { mode: 0o755 });
  // What podman looks for by name.
  for (const name of ['conmon', 'netavark', 'crun', 'catatonit']) {
    await writeFile(join(directory, name), `#!/bin/sh\n: >'${mark}'\necho 99.0.0\n`, { mode: 0o755 });
  }
  await writeFile(file ?? '', '');
  return {
    directory,
    program: program ?? '',
    file: file ?? '',
    absent: join(directory, 'absent'),
    image: kept.tagged,
  };
}

async function contentOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const contents = names.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, entry.isFile() ? await readFile(path, 'latin1') : 'no file'] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

const versions = podmanVersions;

// Most rows meet one of the podmans; all of them all with `npm run test:podmans`.
describe.each(versions)('with podman %s, nothing on the host is touched by', (version) => {
  let host: BoundHost;
  let number = 0;

  beforeAll(async () => {
    const programs = await podmanOf(version);
    host = await newBoundHost(cleanup, { newRoot: dropIn('kept', [kept.tagged]), programs });
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
  });

  /** Pulls a new image as a unit with these lines says, and proves that nothing but that came of it. */
  async function pulls(lines: readonly string[], canary: Canary, files: Tree = {}) {
    number += 1;
    const image = await source.push(`team/${version}-${number}:1`, { sizeBytes: 2000 });
    const unit = quadlet('app.image', `Image=${image.tagged}`, 'TLSVerify=false', 'Policy=missing', ...lines);
    const { newRoot } = await cleanup.use(makeRoots({ newRoot: { ...unit, ...files } }));
    const before = await contentOf(canary.directory);
    const { exitCode, report } = await host.pull('--root', newRoot);
    expect(await contentOf(canary.directory)).toEqual(before);
    const stored = await host.stored();
    expect(stored).toContain(kept.tagged);
    const errors = report?.diagnostics.filter(({ severity }) => severity === 'error');
    return {
      exitCode,
      newRoot,
      isStored: stored.includes(image.tagged),
      errors: errors?.map(({ rule }) => rule),
    };
  }

  const done = { exitCode: 0, isStored: true, errors: [] };

  test.each(dealt(options, version, versions))('$name', async ({ words, becomes }) => {
    const canary = await newCanary();
    const refused = { exitCode: 3, isStored: false, errors: ['podman-arguments'] };
    const result = await pulls([`GlobalArgs=${words(canary)}`], canary);
    expect(result).toMatchObject(becomes === 'refused' ? refused : done);
  });

  test.each(dealt(settings, version, versions))('a module with %j', async (names, lines) => {
    const canary = await newCanary();
    const module = { 'etc/m.conf': `[engine]\n${lines(canary)}\n` };
    const { newRoot, ...result } = await pulls(['ContainersConfModule=/etc/m.conf'], canary, module);
    expect(result).toEqual(done);
    const checked = parseReport((await host.run('check', '--root', newRoot, '--format', 'json')).stdout);
    const said = checked?.diagnostics.find(({ rule }) => rule === 'module-settings-left-out');
    expect(said?.message).toContain(names.map((name) => `engine.${name}`).join(', '));
  });

  test('a module that is no TOML', async () => {
    const canary = await newCanary();
    const result = await pulls(['GlobalArgs=--module /etc/m.conf'], canary, { 'etc/m.conf': '[engine\n' });
    expect(result).toMatchObject({ exitCode: 3, isStored: false, errors: ['path-unusable'] });
  });
});
