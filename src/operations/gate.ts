import { type Holder, isPrepared } from '../model/deployment.js';
import type { Observe } from '../model/events.js';
import type { FindHost } from '../model/ports.js';
import { sayAccepted } from './accepted.js';
import { type Examined, type ExaminePorts, examine } from './examine.js';
import { findTarget, keepOut } from './target.js';

export interface GateInput {
  /** Instead of the staged deployment. */
  readonly root?: string | undefined;
  /** Holds what cannot be proved to be complete. */
  readonly hold: boolean;
  readonly signal: AbortSignal;
}

export interface GatePorts extends ExaminePorts {
  readonly findHost: FindHost;
  readonly observe: Observe;
}

export type GateResult = { readonly kind: 'nothing-staged' } | GateExamined;

export interface GateExamined extends Examined {
  readonly kind: 'examined';
  readonly target: { readonly id: string; readonly root: string };
  /** Who holds it now; null: nobody, or there is nothing to hold. */
  readonly heldBy: Holder | null;
  /** Whether it is prepared for a soft reboot, or was until now; null: it was not. */
  readonly softReboot: 'prepared' | 'cleared' | null;
}

/**
 * Whether every image of the staged deployment is there, and what they carry for it. Asks no registry and pulls nothing.
 *
 * @throws BoundImagesError when that cannot be told, after it was held; `deployment` or `busy` when it could not be
 *   held; the reason of `signal`.
 */
export async function gate(input: GateInput, ports: GatePorts): Promise<GateResult> {
  const { signal } = input;
  const warn = (text: string) => ports.observe({ kind: 'note', level: 'warning', text });
  for (;;) {
    const target = await findTarget(input.root, ports.findHost, signal);
    if (target === undefined) return { kind: 'nothing-staged' };
    const examined = await examine(target, ports, signal).catch((cause: unknown) => ({ cause }));
    const isComplete = 'verdict' in examined && examined.verdict === 'complete';
    // What cannot be proved to be complete does not become bootable.
    const found = target.own?.deployment;
    const { held: heldBy, wasPrepared } =
      input.hold && !isComplete
        ? await keepOut(target, ports.observe)
        : { held: found?.heldBy ?? null, wasPrepared: false };
    const softReboot = wasPrepared ? 'cleared' : found !== undefined && isPrepared(found) ? 'prepared' : null;
    if (heldBy === 'not-staged') {
      warn('another deployment was staged meanwhile: starting over with that one');
      continue;
    }
    const { id, root } = target;
    if ('cause' in examined) {
      if (heldBy !== null) warn(`${id} is held`);
      throw examined.cause;
    }
    ports.observe({ kind: 'findings', diagnostics: examined.diagnostics });
    const missing = [
      ...examined.images.flatMap(({ isPresent, resolved }) =>
        isPresent ? [] : resolved.image.reference.text,
      ),
      ...new Set(examined.payloads.flatMap(({ isPresent, reference }) => (isPresent ? [] : reference))),
    ];
    const accepted = sayAccepted(missing, examined.accepted, ports.observe);
    return { kind: 'examined', target: { id, root }, heldBy, softReboot, ...examined, accepted };
  }
}
