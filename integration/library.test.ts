import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** An empty project with the packed package, as an installation without its dependencies leaves it. */
beforeAll(async () => {
  project = await tempDir(cleanup);
  const packed = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  const name = await execOk('npm', packed, {
    cwd: packageRoot,
    env: { npm_config_update_notifier: 'false' },
  });
  const installed = join(project, 'node_modules/bound-images');
  await mkdir(installed, { recursive: true });
  const archive = join(project, name.trim());
  await execOk('tar', ['-xzf', archive, '--strip-components=1', '-C', installed]);
  await mkdir(join(project, 'node_modules/@types'));
  await symlink(join(packageRoot, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }\n');
  await cp(sources, project, { recursive: true });
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
