import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BoundHost, newBoundHost, outputOf } from './bound-host.js';
import type { LiveCli } from './cli.js';
import { type CutDisk, newCutDisk } from './cut-disk.js';
import { dropIn } from './entries.js';
import { execOk } from './exec.js';
import { imageContents } from './image-contents.js';
import { type ImageSource, newImageSource } from './image-source.js';
import { killTree } from './kill-tree.js';
import type { LayerSpec } from './layer.js';
import { type PodmanPrograms, podmanOf } from './podman-suites.js';
import { processesOf } from './processes.js';
import { randomFraction } from './random-fraction.js';
import { type Cleanup, newCleanup } from './temp.js';
import { blobTraffic, totalBytes } from './traffic.js';
import type { PodmanVersion } from './unpacked-podman.js';

/** A pull from which the power was taken, and what the next boot made of it. */
export type PowerCut = {
  /** After so much of a run that nobody disturbs; over 1, it had ended. */
  readonly fraction: number;
  /** What the next boot has said that it removed. */
  readonly removed: readonly string[];
  /** Bytes of blobs in both runs, over those of the images. */
  readonly bytesTwice: number;
  /** What did not hold; nothing when all is well. */
  readonly problems: readonly string[];
};

const [kib, mib] = [1024, 1024 * 1024];
const diskBytes = 512 * mib;
/** A pull takes some seconds, in which the kernel writes out some of it, and not all. */
const bytesPerSecond = 8 * mib;

function layer(seed: string, sizeBytes: number): LayerSpec {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`etc/${seed}/${index}`, `${seed} ${index}\n`]),
  );
  return { seed, sizeBytes, files };
}

const base = [layer('base', 3 * mib), layer('middle', 300 * kib)];
const images: Readonly<Record<string, readonly LayerSpec[]>> = {
  'family/a': [...base, layer('a', 2 * mib)],
  'family/b': [...base, layer('b', 200 * kib), layer('b-top', 100 * kib)],
  'large/c': [layer('c', 20 * mib), layer('c-top', 100 * kib)],
  'small/d': [layer('d', 50 * kib)],
};

/** The images in a registry, and what a store shows of them that nothing ever happened to. */
type Subject = {
  readonly source: ImageSource;
  readonly references: readonly string[];
  readonly programs: PodmanPrograms;
  readonly undisturbed: readonly (readonly string[])[];
  readonly runMs: number;
  readonly bytes: number;
};

/** Takes the power at random moments, each time from a new disk. */
export async function* powerCuts(
  { podman, cuts, seed }: { readonly podman: PodmanVersion; readonly cuts: number; readonly seed: number },
  cleanup: Cleanup,
): AsyncGenerator<PowerCut> {
  const subject = await newSubject(podman, cleanup);
  for (let cut = 1; cut <= cuts; cut += 1) {
    yield await powerCut(subject, randomFraction(seed, `cut ${cut}`) * 1.05);
  }
}

/** Takes the power as soon as a run has said that all is there. */
export async function cutAfterTheEnd(podman: PodmanVersion, cleanup: Cleanup): Promise<PowerCut> {
  return await powerCut(await newSubject(podman, cleanup), Number.POSITIVE_INFINITY);
}

async function newSubject(version: PodmanVersion, cleanup: Cleanup): Promise<Subject> {
  const source = await newImageSource(cleanup);
  const pushed = await Promise.all(
    Object.entries(images).map(([name, layers]) => source.pushSpec(`${name}:1`, { layers })),
  );
  source.proxy.throttle(bytesPerSecond);
  const references = pushed.map(({ pinned }) => pinned);
  const programs = await podmanOf(version);
  const own = newCleanup();
  try {
    const { host, disk } = await newHost(references, programs, own);
    const { durationMs, exitCode, stderr } = await start(host, disk).finished;
    if (exitCode !== 0) throw new Error(`The images cannot be pulled:\n${stderr}`);
    const bytes = totalBytes(source.proxy.requests());
    const undisturbed = await Promise.all(references.map((each) => contentsOf(host, programs, each)));
    return { source, references, programs, undisturbed, runMs: durationMs, bytes };
  } finally {
    await own.run();
  }
}

async function newHost(references: readonly string[], programs: PodmanPrograms, cleanup: Cleanup) {
  const disk = await cleanup.use(newCutDisk(diskBytes));
  const host = await newBoundHost(cleanup, {
    newRoot: dropIn('apps', references),
    programs,
    storeParent: disk.path,
  });
  return { host, disk };
}

function start(host: BoundHost, { inThisBoot }: CutDisk): LiveCli {
  return host.start('pull', ['--format', 'json', '--retries', '1'], { behind: inThisBoot });
}

async function powerCut(subject: Subject, fraction: number): Promise<PowerCut> {
  const { source, references, programs, undisturbed, runMs, bytes } = subject;
  const { proxy } = source;
  const cleanup = newCleanup();
  const problems: string[] = [];
  try {
    const { host, disk } = await newHost(references, programs, cleanup);
    proxy.forget();
    const live = start(host, disk);
    const ended = await Promise.race([
      live.finished,
      ...(Number.isFinite(fraction) ? [sleep(fraction * runMs)] : []),
    ]);
    if (ended === undefined) await freeze(live);
    await disk.cut();
    if (ended === undefined) await killTree(live);
    await rm(host.store.runroot, { recursive: true, force: true });
    await mkdir(host.store.runroot, { recursive: true });

    const examine = async () => {
      const found = await Promise.allSettled(references.map((each) => contentsOf(host, programs, each)));
      return found.flatMap((result, index) => {
        const lines = result.status === 'fulfilled' ? result.value : [String(result.reason)];
        const expected = undisturbed[index] ?? [];
        const wrong = lines.filter((line) => !expected.includes(line)).slice(0, 3);
        const missing = expected.filter((line) => !lines.includes(line)).slice(0, 3);
        if (wrong.length + missing.length === 0) return [];
        return [`${references[index]}: has ${wrong.join(', ')}; misses ${missing.join(', ')}`];
      });
    };
    if (ended?.exitCode === 0) {
      const lost = await examine();
      problems.push(...lost.map((text) => `after a run that had said that it is there: ${text}`));
    }
    const gate = await host.start('gate', [], { behind: disk.inThisBoot }).finished;
    if (gate.exitCode === 0) {
      const wrong = await examine();
      problems.push(...wrong.map((text) => `the gate has said that it is there: ${text}`));
    }
    const again = await start(host, disk).finished;
    if (again.exitCode !== 0) problems.push(`the next run did not complete: ${outputOf(again)}`);
    problems.push(...(await examine()));
    const fetched = [...blobTraffic(proxy.requests()).values()].reduce((sum, each) => sum + each.bytes, 0);
    const removed = again.stderr.split('\n').filter((line) => line.startsWith('removed '));
    return { fraction, removed, bytesTwice: fetched / bytes, problems };
  } finally {
    await cleanup.run();
  }
}

/** Stops the program and all that it has started. */
async function freeze(live: LiveCli): Promise<void> {
  live.kill('SIGSTOP');
  const frozen = new Set<number>();
  for (;;) {
    const running = (await processesOf(live.marker)).filter(({ pid }) => !frozen.has(pid));
    if (running.length === 0) return;
    for (const { pid } of running) {
      frozen.add(pid);
      try {
        process.kill(pid, 'SIGSTOP');
      } catch {
        // ESRCH: it has ended.
      }
    }
  }
}

async function contentsOf(
  { store }: BoundHost,
  { podman }: PodmanPrograms,
  reference: string,
): Promise<readonly string[]> {
  const call = (...args: readonly string[]) =>
    execOk(podman, [...store.podmanArgs, ...args], { env: store.env });
  return await imageContents(podman, call, reference);
}
