import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.js';
import type { PlanningInput } from '../../operations/inputs.js';
import { makePlan, type Planned, podmanOf, withTimeout } from '../../operations/planning.js';
import { readRoot } from '../../operations/read-root.js';
import { removeLeftovers, workDirectory } from '../../pull/work-directory.js';
import { exitStatus, statusOfErrors } from '../exit-status.js';
import { showFindings } from '../findings.js';
import { listenForInterruption, statusOfStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { planJson, planText } from '../report/plan.js';

export interface PlanOptions extends RootOptions, PlanningInput {
  readonly offline: boolean;
}

/** `bound-images plan`: what a pull would do, and whether it can. Nothing is pulled. */
export async function plan(options: PlanOptions): Promise<number> {
  removeLeftovers();
  const read = readRoot(options);
  const images = read.images.filter(({ valid }) => valid);
  const statusOf = (planned: Planned) => {
    if (hasErrors(read.diagnostics)) return exitStatus.configuration;
    const { images: planImages, diagnostics } = planned.plan;
    const status = statusOfErrors(planImages.flatMap(({ error }) => error ?? []));
    const isPartial = diagnostics.some(({ rule }) => rule === 'not-looked-up');
    return status === exitStatus.ok && isPartial ? exitStatus.transient : status;
  };
  const show = (planned: Planned, diagnostics: readonly Diagnostic[]) => {
    showFindings(diagnostics, options);
    const { format } = options;
    writeResult(
      format === 'json' ? planJson(read.root, planned, diagnostics) : planText(planned, process.stdout),
    );
    return statusOf(planned);
  };
  if (images.length === 0) return show(nothing, read.diagnostics);
  const observe = observerFor(options);
  const podman = podmanOf(options, observe);
  const work = workDirectory();
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  try {
    const planned = await makePlan(images, options, podman, work, signal, observe);
    const interrupted = interruption.exitStatus();
    if (interrupted !== undefined) return interrupted;
    return show(planned, [...read.diagnostics, ...planned.plan.diagnostics]);
  } catch (error) {
    return statusOfStop(error, signal, interruption);
  } finally {
    work.remove();
    interruption.release();
  }
}

/** A root that binds nothing needs no podman. */
const nothing: Planned = {
  plan: { images: [], diagnostics: [] },
  space: null,
  storedLayers: () => ({ digests: new Set(), compressedBytes: 0, unpackedBytes: 0 }),
  store: null,
};
