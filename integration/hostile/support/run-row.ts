import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { newBoundHost, outputOf } from '../../support/bound-host.js';
import { execOk } from '../../support/exec.js';
import { podmanOf } from '../../support/podman-suites.js';
import { processesEnd } from '../../support/processes.js';
import { newStore, type Store } from '../../support/store.js';
import { type Cleanup, newCleanup, tempDir } from '../../support/temp.js';
import type { PodmanVersion } from '../../support/unpacked-podman.js';
import type { Lab, LabImage, Row, RunResult } from '../row.js';
import { newCanaries, secretStart } from './canaries.js';
import { type MemoryRegistry, startMemoryRegistry } from './memory-registry.js';
import { peakEnv, peakOf } from './peak-memory.js';
import { type RecordedProgram, recordedProgram } from './recorded-program.js';

/** Everything that the rows of one podman share. */
export interface Bench {
  readonly version: PodmanVersion;
  /** `isFirst` is false where another podman has met the row. */
  readonly run: (row: Row, isFirst: boolean) => Promise<void>;
}

/** Ends what hangs, and nothing else: the slowest run of a row takes seconds. */
const hangsAfterMs = 60_000;

/** C0 but tab and line feed, C1, zero-width, bidirectional and tag characters: what may not reach a terminal. */
export const unprintable =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e0fff}]/u;

/** Makes canaries, a registry, a store with a canary image, and recording programs. */
export async function newBench(version: PodmanVersion, cleanup: Cleanup): Promise<Bench> {
  const canaries = await newCanaries(cleanup);
  const registry = await cleanup.use(startMemoryRegistry());
  const real = await podmanOf(version);
  const directory = await tempDir(cleanup);
  const podman = await recordedProgram(directory, 'podman', real.podman);
  // Not every kind of unit can say that its registry has no TLS.
  const registriesConf = join(directory, 'registries.conf');
  await writeFile(registriesConf, `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`);
  const insecure = { CONTAINERS_REGISTRIES_CONF: registriesConf };
  const programs = { ...real, podman: podman.path };
  registry.put('canary/image', '1');
  const canaryImage = `${registry.host}/canary/image:1`;
  const storeWithCanary = async (owner: Cleanup) => {
    const store = await owner.use(newStore(undefined, real.podman));
    const pulled = await store.podman(['pull', '--quiet', '--tls-verify=false', canaryImage]);
    if (pulled.exitCode !== 0) throw new Error(pulled.stderr);
    return store;
  };
  const shared = await storeWithCanary(cleanup);
  let count = 0;

  return {
    version,
    run: async (row, isFirst) => {
      const rowCleanup = newCleanup();
      try {
        const store = row.ownStore ? await storeWithCanary(rowCleanup) : shared;
        const scratch = await tempDir(rowCleanup);
        const image: Lab['image'] = (spec) => {
          count += 1;
          return makeImage(registry, `row/${count}`, spec);
        };
        registry.behave();
        const attack = await row.attack({
          version,
          canaries,
          registry,
          canaryImage,
          store,
          scratch,
          cleanup: rowCleanup,
          image,
        });
        const { newRoot = {} } = attack;
        // Whatever the new root is, the host is one.
        const currentRoot = { 'usr/lib/os-release': 'ID=host\n', ...attack.currentRoot };
        const env = { ...insecure, ...attack.env };
        const host = await newBoundHost(rowCleanup, { newRoot, currentRoot, store, programs, env });
        await attack.prepare?.(host);
        const before = await storedIds(store);
        const canaryId = idOf(before, canaryImage);
        const results: RunResult[] = [];
        for (const run of attack.runs) {
          // It asks no podman: once is enough.
          if (run.command === 'check' && !isFirst) continue;
          await canaries.arm();
          await podman.forget();
          const { command, args = [], cwd } = run;
          const options = { timeoutMs: hangsAfterMs, ...(cwd !== undefined && { cwd }) };
          const given = command === 'pull' || command === 'stage' ? ['--retries', '0', ...args] : args;
          const askedBefore = registry.requests().length;
          const sentBefore = registry.sentBytes();
          const measuring = run.bounds?.peakMegabytes === undefined ? {} : { env: peakEnv(scratch, env) };
          const live = host.start(command, given, { ...options, ...measuring });
          const result = await live.finished;
          const output = outputOf(result);
          const { exitCode, signal } = result;
          results.push({ command, exitCode, output });

          const stored = await storedIds(store);
          const refused = run.mayRefuse !== undefined && exitCode === 3;
          const isRight = refused || (exitCode !== undefined && run.status.includes(exitCode));
          const problems = [
            ...(signal === undefined ? [] : [`ended by ${signal}`]),
            ...(isRight ? [] : [`exit status ${exitCode}`]),
            ...problemsOfOutput(refused ? (run.mayRefuse ?? []) : (run.says ?? []), run.never ?? [], output),
            ...(await canaries.touched()).map((what) => `canary ${what}`),
            ...(output.includes(canaries.token) ? ['the output holds the canary’s text'] : []),
            ...(showsStart.test(output) ? ['the output shows a character of the canary'] : []),
            ...(await holding(host.state, canaries.token)).map((file) => `${file} holds the canary’s text`),
            ...(await problemsOfCalls(podman, run.withheld ?? [], canaries.directory, host.newRoot)),
            ...(idOf(stored, canaryImage) === canaryId ? [] : ['the canary image is not what it was']),
            ...(refused ? [] : (run.stores ?? []))
              .filter((name) => idOf(stored, name) === undefined)
              .map((name) => `${name} is not in the store`),
            ...(run.lacks ?? [])
              .filter((name) => idOf(stored, name) !== undefined)
              .map((name) => `${name} is in the store`),
            ...(await host.leftovers()).map((name) => `left in TMPDIR: ${name}`),
            ...((await processesEnd(live.marker, 2000)) ? [] : ['a process is left']),
            ...(await problemsOfSecrets(attack.secrets ?? [], host.state, output, podman)),
            ...beyond('MB of memory', await peakOf(scratch), run.bounds?.peakMegabytes),
            ...beyond('requests', registry.requests().length - askedBefore, run.bounds?.requests),
            ...beyond('MB sent', (registry.sentBytes() - sentBefore) / 1e6, run.bounds?.sentMegabytes),
          ];
          expect(problems, `bound-images ${command}:\n${output}`).toEqual([]);
        }
        await attack.afterwards?.(host, results);
      } finally {
        await rowCleanup.run();
      }
    },
  };
}

const showsStart = new RegExp(`invalid character '${secretStart}'`);

function makeImage(
  registry: MemoryRegistry,
  repository: string,
  spec: Parameters<Lab['image']>[0],
): LabImage {
  const made = registry.put(repository, '1', spec);
  const name = `${registry.host}/${repository}`;
  return { ...made, repository, tagged: `${name}:1`, pinned: `${name}@${made.digest}` };
}

function problemsOfOutput(
  says: readonly RegExp[],
  never: readonly RegExp[],
  output: string,
): readonly string[] {
  return [
    ...says.filter((text) => !text.test(output)).map((text) => `does not say ${text}`),
    ...never.filter((text) => text.test(output)).map((text) => `says ${text}`),
    ...(unprintable.test(output) ? ['the output holds what is not printable'] : []),
  ];
}

/** Nothing of the canaries, and no path that can be exchanged, may reach a program. */
async function problemsOfCalls(
  program: RecordedProgram,
  withheld: readonly string[],
  canaries: string,
  root: string,
): Promise<readonly string[]> {
  const calls = await program.calls();
  const words = [...new Set(calls.flatMap(({ argv }) => argv))];
  const variables = [...new Set(calls.flatMap(({ environment }) => environment))];
  return [
    ...words.filter((word) => word.includes(canaries)).map((word) => `a program was given ${word}`),
    ...words
      .filter((word) => word.includes(root))
      .map((word) => `a program was given a path of the root: ${word}`),
    ...words
      .filter((word) => withheld.includes(word.replace(/=.*/s, '')))
      .map((word) => `a program was given ${word}`),
    ...variables
      .filter((variable) => variable.includes(canaries))
      .map((variable) => `a program had ${variable} in its environment`),
  ];
}

function beyond(what: string, found: number, most = Number.POSITIVE_INFINITY): readonly string[] {
  return found > most ? [`${Math.ceil(found)} ${what}, where ${most} are most`] : [];
}

async function problemsOfSecrets(
  secrets: readonly RegExp[],
  state: string,
  output: string,
  program: RecordedProgram,
): Promise<readonly string[]> {
  if (secrets.length === 0) return [];
  const calls = await program.calls();
  const places: readonly (readonly [string, string])[] = [
    ['the output', output],
    ['a command line', calls.map(({ argv }) => argv.join(' ')).join('\n')],
    ['the state', await textsBelow(state)],
  ];
  return places.flatMap(([place, text]) =>
    secrets.filter((secret) => secret.test(text)).map((secret) => `${place} holds ${secret}`),
  );
}

async function textsBelow(directory: string): Promise<string> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

/** Image IDs by name. The store's own list is read, because that costs no podman. */
async function storedIds(store: Store): Promise<ReadonlyMap<string, string>> {
  const lists = (await readdir(store.root)).map((name) => join(store.root, name, 'images.json'));
  const list = lists.find((file) => existsSync(file));
  const rows: readonly { id: string; names?: readonly string[] }[] =
    list === undefined ? [] : JSON.parse(await readFile(list, 'utf8'));
  return new Map(rows.flatMap(({ id, names = [] }) => names.map((name) => [name, id] as const)));
}

/** podman records the name by digest of what was pulled by digest. */
function idOf(stored: ReadonlyMap<string, string>, reference: string): string | undefined {
  return stored.get(reference);
}

/** Files below the directory that hold the text. */
async function holding(directory: string, text: string): Promise<readonly string[]> {
  if (!existsSync(directory)) return [];
  const found = await execOk('bash', ['-c', 'grep -rlF -e "$0" -- "$1" || true', text, directory]);
  return found.split('\n').filter(Boolean);
}
