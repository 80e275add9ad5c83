import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { type Presence, presenceOf } from '../plan/presence.js';
import { readStoreContent } from '../podman/store-content.js';
import { gateJson, gateText } from '../report/gate.js';
import { type ReceiptStore, receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { exitStatus } from './exit-status.js';
import { showFindings, traceCommands } from './findings.js';
import { listenForInterruption } from './interruption.js';
import type { RootOptions } from './options.js';
import { writeNote, writeResult } from './output.js';
import { podmanOf, type StoreOptions, withTimeout } from './planning.js';
import { readRoot } from './read-root.js';
import { findTarget, type Target } from './target.js';

export interface GateOptions extends Omit<RootOptions, 'root'>, StoreOptions {
  /** Instead of the staged deployment. */
  readonly root?: string;
  readonly stateDir?: string;
  readonly hold: boolean;
  readonly timeout?: number;
}

/** `bound-images gate`: whether every image of the staged deployment is there. Asks no registry, pulls nothing. */
export async function gate(options: GateOptions): Promise<number> {
  const trace = options.verbose ? traceCommands() : undefined;
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  try {
    const target = await findTarget(options.root, signal, trace);
    if (target === undefined) {
      writeResult(options.format === 'json' ? gateJson(undefined) : 'nothing is staged\n');
      return exitStatus.ok;
    }
    let lock: Awaited<ReturnType<typeof hold>> = null;
    let examined: Examined;
    try {
      examined = await examine(target, options, signal, trace);
      if (examined.status !== exitStatus.ok && options.hold) lock = await hold(target);
    } catch (error) {
      // What cannot be proved to be complete does not become bootable.
      if (options.hold) await hold(target);
      throw error;
    }
    showFindings(examined.diagnostics, options);
    const result = { target, lock, ...examined };
    writeResult(options.format === 'json' ? gateJson(result) : gateText(result, process.stdout));
    return examined.status;
  } catch (error) {
    if (!signal.aborted) throw error;
    return interruption.exitStatus() ?? exitStatus.transient;
  } finally {
    interruption.release();
  }
}

interface Examined {
  readonly images: readonly Presence[];
  readonly diagnostics: readonly Diagnostic[];
  readonly status: number;
}

async function examine(
  { id, root }: Target,
  options: GateOptions,
  signal: AbortSignal,
  trace: ReturnType<typeof traceCommands> | undefined,
): Promise<Examined> {
  const { images: bound, diagnostics } = readRoot({ ...options, root });
  const content =
    bound.length === 0
      ? { images: [], artifacts: new Map() }
      : await readStoreContent(podmanOf(options, trace), bound, signal);
  const images = presenceOf(
    bound,
    content,
    recordedDigests(receiptStore(stateDirectory(options.stateDir)), id),
  );
  const isComplete = images.every(({ isPresent }) => isPresent);
  const status = isComplete ? exitStatus.ok : exitStatus.imageMissing;
  return { images, diagnostics, status: hasErrors(diagnostics) ? exitStatus.configuration : status };
}

/** Reference → digest that was proved to be there when the deployment was completed. */
export function recordedDigests(receipts: ReceiptStore, id: string): ReadonlyMap<string, string> {
  const receipt = receipts.read(id);
  if (receipt.kind !== 'read') return new Map();
  const { images } = receipt.value;
  return new Map(images.flatMap(({ reference, digest }) => (digest === null ? [] : [[reference, digest]])));
}

/** Not stopped with the rest: it takes a moment, and is the point of it all. */
async function hold({ staged }: Target): Promise<'ours' | 'theirs' | 'not-staged' | null> {
  if (staged === undefined) return null;
  return await staged.host.lock(staged.deployment, AbortSignal.timeout(holdLimitMs));
}

const holdLimitMs = 60_000;
