import { beforeAll, describe, expect, test } from 'vitest';
import { isSwitch, type OptionNames } from '../src/scan/words/option-words.js';
import {
  artifactOptions,
  kubeOptions,
  podOptions,
  pullOptions,
  runOptions,
} from '../src/scan/words/podman-arguments.js';
import { parseFlags } from '../src/tools/podman/features.js';
import { isOlder } from '../src/tools/process/is-older.js';
import { exec } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { podmanVersions } from './support/unpacked-podman.js';

interface Command {
  readonly words: readonly string[];
  readonly names: OptionNames;
  /** The table has every option of the command, and not only those that are about images. */
  readonly isWhole: boolean;
  /** The first podman that has an option, where that is newer than 4.3. */
  readonly since: Readonly<Record<string, string>>;
}

const retries = { retry: '5.0.0', 'retry-delay': '5.0.0' };
const runSince = { ...retries, 'decryption-key': '4.4.0', creds: '5.5.0', 'cert-dir': '5.5.0' };

const commands: readonly Command[] = [
  {
    words: ['image', 'pull'],
    names: pullOptions,
    isWhole: true,
    since: { ...retries, 'decryption-key': '4.4.0', policy: '5.5.0' },
  },
  {
    words: ['run'],
    names: runOptions,
    isWhole: false,
    since: runSince,
  },
  {
    words: ['create'],
    names: runOptions,
    isWhole: false,
    since: runSince,
  },
  { words: ['pod', 'create'], names: podOptions, isWhole: false, since: {} },
  { words: ['kube', 'play'], names: kubeOptions, isWhole: false, since: {} },
  { words: ['artifact', 'pull'], names: artifactOptions, isWhole: true, since: {} },
];

/** Options of the others that have such a name and are about no image that is pulled. */
const aboutOtherThings =
  /^--(?:dns-search|image-volume|infra|infra-command|infra-conmon-pidfile|infra-name|os-features|restart-policy|exit-policy|seccomp-policy|tmpfs|volume|volumes-from|read-only-tmpfs|rootfs|rmi|secret)$/;

/** Others have these, too, which say nothing of their images. */
const aboutMore: ReadonlySet<string> = new Set(['quiet', 'disable-content-trust']);

const all = [...new Set(commands.flatMap(({ names }) => Object.keys(names)))].filter(
  (name) => name.length > 1,
);

describe.each(oneOf('podman-hidden-options', podmanVersions))('podman %s', (minor) => {
  let podman: string;
  let version: string;
  beforeAll(async () => {
    podman = (await podmanOf(minor)).podman;
    version = /\d+\.\d+\.\d+/.exec((await exec(podman, ['--version'])).stdout)?.[0] ?? '';
  });

  const there = minor === '4.3' ? commands.filter(({ words }) => words[0] !== 'artifact') : commands;

  describe.each(there)('$words', ({ words, names, isWhole, since }) => {
    test('has just the options that it is said to have, the hidden ones included', async () => {
      const found: string[] = [];
      const asked = all.filter((name) => isWhole || !aboutMore.has(name));
      for (const name of asked) {
        const { stderr } = await exec(podman, [...words, `--${name}=0`, '--help']);
        if (!stderr.includes(`unknown flag: --${name}`)) found.push(name);
      }
      const expected = asked.filter(
        (name) => Object.hasOwn(names, name) && !isOlder(version, since[name] ?? '4.3.0'),
      );
      expect(found).toEqual(expected);
    });

    test('has no option in its help that is not known and is about images', async () => {
      const { stdout } = await exec(podman, [...words, '--help']);
      const flags = [...parseFlags(stdout.slice(stdout.indexOf('\nOptions:')))];
      const about = /image|pull|auth|cred|cert|tls|arch|platform|variant|policy|decrypt|retry|^--os/;
      const concerned = isWhole
        ? flags
        : flags.filter((flag) => about.test(flag) && !aboutOtherThings.test(flag));
      expect(concerned.length).toBeGreaterThan(0);
      expect(concerned.filter((flag) => !Object.hasOwn(names, flag.slice(2)))).toEqual([]);
    });

    test('wants a value for all of them but switches', async () => {
      const wanting: string[] = [];
      const known = Object.keys(names).filter(
        (name) => name.length > 1 && !isOlder(version, since[name] ?? '4.3.0'),
      );
      for (const name of known) {
        const { stderr } = await exec(podman, [...words, `--${name}`]);
        if (stderr.includes('flag needs an argument')) wanting.push(name);
      }
      const texts = known.filter((name) => {
        const about = names[name];
        return about !== undefined && !isSwitch(about);
      });
      expect(wanting).toEqual(texts);
    });
  });
});
