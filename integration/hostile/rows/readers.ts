import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BoundHost } from '../../support/bound-host.js';
import { cliCommand } from '../../support/cli.js';
import { dropIn } from '../../support/entries.js';
import { podmanOf } from '../../support/podman-suites.js';
import type { Lab, Row } from '../row.js';

/** How a run ends whose output nobody takes. */
async function ends(
  script: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<number | string> {
  const child = spawn('bash', ['-c', script, ...cliCommand, ...args], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  });
  const closed = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing')),
  );
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('hung'), 30_000);
  });
  const how = await Promise.race([closed, hung]);
  clearTimeout(timer);
  if (how === 'hung' && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await closed;
  return how;
}

/** The same of a pull on a host. */
async function pullEnds(
  { version, store, scratch }: Lab,
  { newRoot, currentRoot, temporary, state }: BoundHost,
  script: string,
  more: readonly string[] = [],
): Promise<number | string> {
  const { podman } = await podmanOf(version);
  const args = [
    ...['pull', '--root', newRoot, '--current-root', currentRoot, '--retries', '0'],
    ...['--storage-root', store.root, '--storage-runroot', store.runroot],
    ...['--podman', podman],
    ...more,
  ];
  const env = { ...store.env, TMPDIR: temporary, BOUND_IMAGES_STATE_DIR: state, HOME: scratch };
  return ends(script, env, args);
}

/** A pipe that is full, and stays so. `$0` is node, `$@` the program and its arguments. */
const full = (descriptor: string, use: string) =>
  `p=$(mktemp -u) && mkfifo "$p" && exec 8<>"$p" && rm "$p" &&
   { dd if=/dev/zero bs=4096 count=1024 oflag=nonblock of=/proc/self/fd/8 2>/dev/null || true; } &&
   exec ${descriptor}>&8 && exec "$0" "$@" ${use}`;

const readers: readonly { readonly name: string; readonly script: string }[] = [
  { name: '--progress-fd', script: full('9', '--progress-fd 9') },
  { name: '--progress json on stderr', script: full('2', '--progress json') },
  { name: '--progress plain on stderr', script: full('2', '--progress plain') },
];

export const readerRows: readonly Row[] = readers.flatMap(({ name, script }) =>
  (['--timeout 5s', 'no time limit'] as const).map((limit) => ({
    short: 'some',
    name: `a reader of ${name} that reads no more, with ${limit}`,
    fault: 'the process never ended',
    only: 'oldest',
    attack: (lab) => {
      const app = lab.image();
      return {
        newRoot: dropIn('x', [app.tagged]),
        runs: [],
        afterwards: async (host) => {
          const more = limit.startsWith('--') ? limit.split(' ') : [];
          expect(await pullEnds(lab, host, script, more)).toBeOneOf([0, 75]);
        },
      };
    },
  })),
);

/** Few descriptors: a limit of this host, and no mistake of the program. */
export const limitRows: readonly Row[] = [20, 24, 32].map((count) => ({
  name: `ulimit -n ${count}`,
  ...(count === 24 && { fault: 'it was called a mistake in bound-images' }),
  attack: (lab) => {
    const app = lab.image();
    return {
      newRoot: dropIn('x', [app.tagged]),
      runs: [],
      afterwards: async (host) => {
        const script = `ulimit -n ${count}; exec "$0" "$@" 2>'${lab.scratch}/said'`;
        expect(await pullEnds(lab, host, script)).toBeOneOf([0, 1, 4, 75]);
        const said = await readFile(join(lab.scratch, 'said'), 'utf8');
        expect(said).toMatch(/may not open more files|too many open files|pulled/);
        expect(said).not.toMatch(/mistake in bound-images/);
      },
    };
  },
  only: 'oldest',
}));
