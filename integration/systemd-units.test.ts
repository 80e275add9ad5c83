import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { program } from '../src/cli/program.js';
import { exec } from './support/exec.js';
import { writeTree } from './support/host.js';
import { ownPresets, ownUnits, unitTree, upstreamUnits, uupdDropIn } from './support/systemd-units.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const directory = 'usr/lib/systemd/system';
const unitsDocument = 'contrib/docs/units.md';
const programs = ['bound-images', 'bootc', 'rpm-ostree', 'ostree', 'uupd', 'sh'];
const files = await ownUnits();
const unitNames = Object.keys(files).filter((path) => !path.includes('/'));

/** A root with the units and, for the programs that they start, files that can be executed. */
let root: string;

beforeAll(async () => {
  root = await tempDir(cleanup);
  const executables = programs.map((name) => [`usr/bin/${name}`, { text: '', mode: 0o755 }] as const);
  await writeTree(root, {
    ...(await unitTree(directory, { 'uupd.service.d/bound-images.conf': await uupdDropIn() })),
    ...Object.fromEntries(executables),
    bin: { link: 'usr/bin' },
  });
});

/** The growing waits came with systemd 254; before, a warning says that the keys for them are ignored. */
const ignoredBefore254 = /: Unknown key(?: name)? '(?:RestartSteps|RestartMaxDelaySec)' in section /;

async function verify(unit: string) {
  const { exitCode, stderr } = await exec('systemd-analyze', ['verify', `--root=${root}`, '--man=no', unit]);
  return { exitCode, said: stderr.split('\n').filter((line) => line !== '' && !ignoredBefore254.test(line)) };
}

test.each([...unitNames, ...Object.keys(upstreamUnits)])(
  'systemd finds nothing to complain about in %s and its drop-ins',
  async (unit) => {
    expect(await verify(unit)).toEqual({ exitCode: 0, said: [] });
  },
);

test('systemd finds nothing to complain about in the drop-in for metered links', async () => {
  const [, text = ''] =
    /metered\.conf`:\n\n((?: {4}.*\n)+)/.exec(await readFile(unitsDocument, 'utf8')) ?? [];
  expect(text).toContain('BOUND_IMAGES_LIMIT_RATE=');
  const path = `${directory}/bound-images-stage.service.d/metered.conf`;
  await writeTree(root, { [path]: text.replaceAll(/^ {4}/gm, '') });
  expect(await verify('bound-images-stage.service')).toEqual({ exitCode: 0, said: [] });
  await rm(join(root, path));
});

test('the service that pulls may have a port that other users cannot take', () => {
  const having = unitNames.filter((name) =>
    /^CapabilityBoundingSet=.*CAP_NET_BIND_SERVICE/m.test(files[name] ?? ''),
  );
  expect(having).toEqual(['bound-images-stage.service']);
});

test('every drop-in is one of a unit that systemd has looked at', () => {
  const units = [...unitNames, ...Object.keys(upstreamUnits)];
  const dropIns = Object.keys(files).filter((path) => path.includes('/'));
  expect(dropIns.filter((path) => !units.some((unit) => path.startsWith(`${unit}.d/`)))).toEqual([]);
  expect(dropIns).toHaveLength(2);
});

// On the scale of systemd-analyze(1), where 10.0 is no protection at all. What remains is what podman and libostree
// need; the service that pulls has the network, too. Newer systemds ask for more, which the margin is for.
test.each([
  { unit: 'bound-images-stage.service', exposure: 5.5 },
  { unit: 'bound-images-gate.service', exposure: 4.6 },
  { unit: 'bound-images-prune.service', exposure: 4.5 },
  { unit: 'bound-images-payloads.service', exposure: 1.7 },
])('$unit is exposed to no more than $exposure', async ({ unit, exposure }) => {
  const args = [`--root=${root}`, '--offline=yes', `--threshold=${exposure * 10}`, '--no-pager'];
  const { exitCode, stdout, stderr } = await exec('systemd-analyze', ['security', ...args, unit]);
  expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' });
});

/** A line that starts our program, of whichever key. The units quote no argument of it. */
const commandLine = /^Exec\w+=\/usr\/bin\/bound-images (.*)$/gm;

const commandLines = Object.entries(files).flatMap(([path, text]) =>
  [...text.matchAll(commandLine)].map(([, line = '']) => ({ path, line })),
);

describe('the command lines of the units', () => {
  test('are in every service and drop-in', () => {
    const paths = Object.keys(files).filter((path) => /\.(?:service|conf)$/.test(path));
    expect([...new Set(commandLines.map(({ path }) => path))]).toEqual(paths);
  });

  test.each(commandLines)('are understood by the program: $line', async ({ line }) => {
    vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
    const understood: string[] = [];
    const parser = program(() => undefined);
    for (const command of parser.commands) {
      command.action(() => {
        understood.push(command.name());
      });
    }
    await silenced(parser).parseAsync(line.split(' '), { from: 'user' });
    expect(understood).toEqual(line.split(' ', 1));
  });
});

/** What is wrong with a command line is in the error that it throws. */
function silenced(parser: Command): Command {
  for (const command of [parser, ...parser.commands]) command.configureOutput({ writeErr: () => undefined });
  return parser;
}

test('a preset names every unit that can be enabled, and no other', async () => {
  const presets = Object.values(await ownPresets()).join('');
  const named = [...presets.matchAll(/^(?:enable|disable) (\S+)$/gm)].map(([, unit]) => unit);
  const installable = unitNames.filter((name) => files[name]?.includes('\n[Install]\n'));
  expect(named.sort()).toEqual(installable);
});
