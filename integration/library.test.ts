import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { cliFile } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { execOk } from './support/exec.js';
import { newImageSource } from './support/image-source.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const packageRoot = dirname(dirname(cliFile));
const sources = fileURLToPath(new URL('library/', import.meta.url));

let project: string;

/** An empty project in which the packed package is installed, with no registry to ask for anything besides. */
beforeAll(async () => {
  project = await tempDir(cleanup);
  const env = { npm_config_update_notifier: 'false' };
  const packing = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  const name = (await execOk('npm', packing, { cwd: packageRoot, env })).trim();
  await writeFile(join(project, 'package.json'), '{ "type": "module" }\n');
  const installing = ['install', '--offline', '--no-audit', '--no-fund', `./${name}`];
  await execOk('npm', installing, { cwd: project, env });
  await mkdir(join(project, 'node_modules/@types'));
  await symlink(join(packageRoot, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  await cp(sources, project, { recursive: true });
});

test('the package is all that is installed', async () => {
  const installed = await readdir(join(project, 'node_modules'));
  expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['@types', 'bound-images']);
  const cli = join(project, 'node_modules/.bin/bound-images');
  expect(await execOk(cli, ['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('publint finds nothing wrong with the package', async () => {
  const { messages } = await publint({ pkgDir: join(project, 'node_modules/bound-images'), pack: false });
  expect(messages).toEqual([]);
});

test('it has the types in one file, and tells what is bundled', async () => {
  const dist = join(project, 'node_modules/bound-images/dist');
  const files = await readdir(dist, { recursive: true });
  expect(files.filter((name) => name.endsWith('.d.ts'))).toEqual(['index.d.ts']);
  expect(await readFile(join(dist, 'index.d.ts'), 'utf8')).not.toMatch(/ from '\.|import\('\./);
  const notices = await readFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  expect(notices).toMatch(/^execa \d[\d.]+: MIT$/m);
});

test('a program that is written against the packed package lists, checks, plans, pulls and stages', async () => {
  await execOk(join(packageRoot, 'node_modules/.bin/tsc'), ['-p', project], { cwd: project });
  const source = await newImageSource(cleanup);
  const [app, db] = [await source.push('team/app:1'), await source.push('team/db:1')];
  const host = await newBoundHost(cleanup, {
    newRoot: { 'usr/lib/os-release': 'ID=test\n', ...dropIn('team', [app.tagged, db.pinned]) },
  });
  const { newRoot: root, currentRoot, store } = host;
  const given = {
    root,
    currentRoot,
    storageRoot: store.root,
    storageRunroot: store.runroot,
    stateDir: host.state,
  };
  const env = { ...store.env, TMPDIR: host.temporary };
  const program = [join(project, 'out/consumer.js'), JSON.stringify(given)];
  const printed = await execOk(process.execPath, program, { cwd: project, env });
  expect(JSON.parse(printed)).toEqual({
    list: [app.tagged, db.pinned],
    check: {
      verdict: 'sound',
      rules: ['tls-not-verified', 'tls-not-verified'],
      digests: [app.digest, db.digest],
    },
    plan: [
      { state: 'missing', bytes: [expect.any(Number)] },
      { state: 'missing', bytes: [expect.any(Number)] },
    ],
    pull: [
      { reference: app.tagged, state: 'pulled', digest: app.digest, isHopeless: false },
      { reference: db.pinned, state: 'pulled', digest: db.digest, isHopeless: false },
    ],
    events: expect.arrayContaining(['findings', 'command', 'plan', 'start', 'end', 'summary']),
    again: ['present', 'present'],
    stage: { state: 'staged', images: ['present', 'present'] },
    stopped: 'AbortError',
    wrong: 'usage',
  });
  expect(await host.stored()).toEqual([app.tagged, db.pinned].sort());
  expect(await readdir(host.state)).toHaveLength(1);
  expect(await host.leftovers()).toEqual([]);
});
