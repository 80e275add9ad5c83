import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findPodman, type Podman } from '../src/tools/podman/podman.js';
import { podmanOf } from './support/podman-suites.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const { signal } = new AbortController();
let store: Store;
let podman: Podman;
beforeAll(async () => {
  const { podman: program } = await podmanOf('5.8');
  store = await cleanup.use(newStore(undefined, program));
  // podman waits for its database itself, for 100 s unless it is told otherwise; in milliseconds.
  const env = { ...store.env, PODMAN_SQLITE_BUSY_TIMEOUT: '100' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { root, runroot } = store;
  podman = findPodman(program, { store: { root, runroot }, nice: false, layerConcurrency: undefined });
  await podman.images(signal);
});

/** Has the lock of SQLite's that keeps everybody out (sqlite3 os.h, `PENDING_BYTE`) until it is killed. */
async function lockDatabase(): Promise<ChildProcess> {
  const path = join(store.root, 'db.sql');
  expect(existsSync(path)).toBe(true);
  const script = `use Fcntl; open(my $file, '+<', $ARGV[0]) or die $!;
    my $lock = pack('s s x4 q q l x4', F_WRLCK, 0, 0x40000000, 512, 0);
    fcntl($file, F_SETLKW, $lock) or die $!; $| = 1; print "locked\\n"; sleep 600;`;
  const holder = spawn('perl', ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanup.add(() => {
    holder.kill('SIGKILL');
  });
  await once(holder.stdout, 'data');
  return holder;
}

test('a question is asked again while another program has the database of podman', async () => {
  const holder = await lockDatabase();
  const images = podman.images(signal);
  await sleep(2000);
  holder.kill('SIGKILL');
  expect(await images).toEqual([]);
});

test('a database that stays locked is said to be busy, and stops to be asked with the run', async () => {
  const holder = await lockDatabase();
  const stop = new AbortController();
  const stopped = podman.usedImages(stop.signal).catch((error: unknown) => error);
  await expect(podman.images(signal)).rejects.toMatchObject({
    code: 'store-busy',
    message: expect.stringContaining('database is locked'),
  });
  stop.abort();
  expect(await stopped).toBeInstanceOf(Error);
  holder.kill('SIGKILL');
});
