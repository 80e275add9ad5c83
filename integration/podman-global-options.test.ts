import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GlobalOption, globalOptions } from '../src/scan/words/global-options.js';
import { parseFlags } from '../src/tools/podman/features.js';
import { isOlder } from '../src/tools/process/is-older.js';
import { exec } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';
import { podmanVersions } from './support/unpacked-podman.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

describe.each(oneOf('podman-global-options', podmanVersions))('podman %s', (minor) => {
  let podman: string;
  let version: string;
  let directory: string;
  beforeAll(async () => {
    podman = (await podmanOf(minor)).podman;
    version = /\d+\.\d+\.\d+/.exec((await exec(podman, ['--version'])).stdout)?.[0] ?? '';
    directory = await tempDir(cleanup);
  });

  const isIn = ({ since = '4.3.0', until = '99.0.0' }: GlobalOption) =>
    !isOlder(version, since) && isOlder(version, until);

  test('has no option in its help that is not known', async () => {
    const { stdout } = await exec(podman, ['--help']);
    const options = stdout.slice(stdout.indexOf('\nOptions:'));
    const known = Object.keys(globalOptions).map((name) => `--${name}`);
    expect([...parseFlags(options)].filter((name) => !known.includes(name))).toEqual([]);
    expect(parseFlags(options).size).toBeGreaterThan(20);
    const short = options.match(/^ {2}-(\w), --([a-z-]+)/gm)?.map((text) => text.trim().split(', --'));
    expect(short?.length).toBeGreaterThan(2);
    for (const [letter, name = ''] of short ?? []) expect(`-${globalOptions[name]?.short}`).toBe(letter);
  });

  // That of the version is none where a command follows, and that of the help is shown instead of an error.
  const asked = Object.entries(globalOptions).filter(([name]) => name !== 'version' && name !== 'help');

  test('has just the options that it is said to have, the hidden ones included', async () => {
    const found: string[] = [];
    for (const [name, { takes }] of asked) {
      const value = takes === 'switch' ? 'false' : join(directory, 'x');
      const { stderr } = await exec(podman, [`--${name}=${value}`, 'image', 'ls', '--help']);
      if (!stderr.includes(`unknown flag: --${name}`)) found.push(name);
    }
    expect(found).toEqual(asked.flatMap(([name, option]) => (isIn(option) ? [name] : [])));
  });

  test('wants a value for all of them but switches', async () => {
    const wanting: string[] = [];
    const there = asked.filter(([, option]) => isIn(option));
    for (const [name] of there) {
      const { stderr } = await exec(podman, [`--${name}`]);
      if (stderr.includes('flag needs an argument')) wanting.push(name);
    }
    expect(wanting).toEqual(there.flatMap(([name, { takes }]) => (takes === 'switch' ? [] : [name])));
  });
});
