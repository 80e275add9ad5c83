import type { Deployment } from '../../model/deployment.js';
import type { Receipt } from '../../model/receipt.js';
import type { Presence } from '../../plan/presence.js';
import type { Damage } from '../../state/state-file.js';
import type { LockHolder } from '../../state/store-lock.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { plural } from './diagnostics-text.js';
import { missingLines, presenceJson } from './gate.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

export interface DeploymentStatus {
  readonly deployment: Deployment;
  readonly images: readonly Presence[];
  readonly receipt: Receipt | null;
  /** Why its images are not known, or not all of them. */
  readonly error: string | null;
}

export interface StatusReport {
  readonly kind: 'bootc' | 'rpm-ostree' | 'ostree';
  /** The one that boots next comes first. */
  readonly deployments: readonly DeploymentStatus[];
  /** Another bound-images is at work on the store. */
  readonly busy: { readonly holder: LockHolder | null } | null;
  readonly damaged: readonly Damage[];
}

/** What `status --format json` prints. */
export function statusJson({ kind, deployments, busy, damaged }: StatusReport): object {
  return {
    schemaVersion,
    host: kind,
    deployments: deployments.map(({ deployment, images, receipt, error }) => {
      const { id, root, booted, staged, rollback, pinned } = deployment;
      return {
        id,
        root,
        booted,
        staged,
        rollback,
        pinned,
        finalizationLock: heldBy(deployment),
        images: images.map(presenceJson),
        receipt,
        error,
      };
    }),
    busy,
    damaged,
  };
}

/** Whose hold keeps it from becoming bootable; null: nobody's. */
export function heldBy({ locked, lockedByUs }: Deployment): 'ours' | 'theirs' | null {
  if (!locked) return null;
  return lockedByUs ? 'ours' : 'theirs';
}

/** The same for a person: what is present in few words, what is missing in full. */
export function statusText({ deployments, busy }: StatusReport, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const lines = deployments.flatMap(({ deployment, images, receipt, error }) => {
    const missing = images.filter(({ isPresent }) => !isPresent);
    const size = images.reduce((sum, image) => sum + (image.isPresent ? (image.size ?? 0) : 0), 0);
    const counts =
      missing.length === 0
        ? style(error === null ? 'green' : 'dim', `${plural(images.length, 'bound image')} present`)
        : style('red', `${missing.length} of ${plural(images.length, 'bound image')} missing`);
    const isUnknown = error !== null && images.length === 0;
    return [
      `${deployment.booted ? '*' : ' '} ${style('bold', printable(deployment.id))}${wordsOf(deployment)}`,
      ...(isUnknown
        ? []
        : [`    ${counts}${size === 0 ? '' : style('dim', `, ${formatBytes(size)} with shared layers`)}`]),
      ...missing.flatMap((image) => missingLines(image, style).map((line) => `    ${line}`)),
      ...(error === null ? [] : [`    ${style('red', printable(error))}`]),
      ...(receipt === null ? [] : [`    ${style('dim', lastRun(receipt))}`]),
      ...(receipt?.error ? [`    ${printable(receipt.error.message)}`] : []),
      ...(receipt?.images ?? []).flatMap(({ reference, error: why }) =>
        why === null ? [] : [`    ${printable(reference)}: ${printable(why.message)}`],
      ),
    ];
  });
  const working =
    busy === null
      ? []
      : [
          `at work now: ${busy.holder === null ? 'another bound-images' : `process ${busy.holder.pid}, “${printable(busy.holder.command)}”`}`,
        ];
  return `${[...lines, ...working].join('\n')}\n`;
}

function wordsOf(deployment: Deployment): string {
  const { booted, staged, rollback, pinned } = deployment;
  const held = heldBy(deployment);
  const words = [
    ...(booted ? ['booted'] : []),
    ...(staged ? ['staged'] : []),
    ...(rollback ? ['rollback'] : []),
    ...(pinned ? ['pinned'] : []),
    ...(held === null ? [] : [held === 'ours' ? 'held by bound-images' : 'held by someone else']),
  ];
  return words.length === 0 ? '' : `  ${words.join(', ')}`;
}

function lastRun({ state, runs, updatedAt }: Receipt): string {
  const words = {
    checking: 'was checking',
    downloading: 'was downloading',
    staged: 'completed it',
    failed: 'failed',
  };
  return `stage ${words[state]} at ${updatedAt}${runs > 1 ? `, in ${runs} runs` : ''}`;
}
