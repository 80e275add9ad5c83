import type { Deployment } from '../../model/deployment.js';
import { reasonOf } from '../../model/reason.js';
import type { Acceptance, Receipt } from '../../model/receipt.js';
import type { DeploymentStatus, LeaseStatus, StatusReport } from '../../operations/status.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { missingLines, presenceJson } from './gate.js';
import { imageLines } from './image-lines.js';
import { missingPayloadRows, payloadPresenceJson } from './payloads.js';
import { schemaVersion } from './schema-version.js';
import { shortDigests } from './shorten.js';
import { styleFor } from './style.js';

/** What `status --format json` prints. */
export function statusJson({ kind, deployments, worker, parts, leases, damaged }: StatusReport): object {
  return {
    schemaVersion,
    host: kind,
    deployments: deployments.map(({ deployment, images, payloads, receipt, ...status }) => {
      const { id, root, booted, staged, rollback, pinned, softReboot } = deployment;
      return {
        id,
        root,
        booted,
        staged,
        rollback,
        pinned,
        softReboot,
        finalizationLock: deployment.heldBy,
        images: images.map(presenceJson),
        payloads: payloads.map(payloadPresenceJson),
        receipt,
        error: errorOf(status),
      };
    }),
    keptParts: { layers: parts.length, bytes: bytesOf(parts) },
    leases: leases.map(({ osImage, until, isOver, images }) => ({
      osImage,
      until,
      expired: isOver,
      images: images.map(({ id, names }) => ({
        id,
        names: names ?? [],
        state: names === null ? 'missing' : 'present',
      })),
    })),
    busy: worker.kind === 'busy' ? { holder: worker.holder } : null,
    damaged: damaged.map(inOptions),
  };
}

function bytesOf(parts: StatusReport['parts']): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function errorOf({ error, reason }: Pick<DeploymentStatus, 'error' | 'reason'>): string | null {
  if (error === null) return null;
  if (reason?.kind === 'root-invalid') return `${error}: see bound-images check`;
  return inOptions({ message: error, hint: null, ...reasonOf({ reason }) }).message;
}

/** The same for a person: what is present in few words, what is missing in full. */
export function statusText(
  { deployments, worker, parts, leases }: StatusReport,
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const lines = deployments.flatMap(({ deployment, images, payloads, receipt, ...status }) => {
    const error = errorOf(status);
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
      ...missingLines(missing, stream, 4).map((line) => `    ${line}`),
      ...payloadLines(payloads, stream).map((line) => `    ${line}`),
      ...(error === null ? [] : [`    ${style('red', printable(error))}`]),
      ...(receipt === null ? [] : [`    ${style('dim', lastRun(receipt))}`]),
      ...(receipt?.accepted
        ? acceptedLines(receipt.accepted).map((line) => `    ${style('yellow', line)}`)
        : []),
      ...(receipt?.error ? [`    ${printable(receipt.error.message)}`] : []),
      ...(receipt === null ? [] : failures(receipt)).map((line) => `    ${line}`),
    ];
  });
  const working =
    worker.kind === 'busy'
      ? [
          `at work now: ${worker.holder === null ? 'another bound-images' : `process ${worker.holder.pid}, “${printable(worker.holder.command)}”`}`,
        ]
      : [];
  const kept =
    parts.length === 0
      ? []
      : [`kept for the next pull: ${formatBytes(bytesOf(parts))} of ${plural(parts.length, 'layer')}`];
  return `${[...lines, ...leases.flatMap((lease) => leaseLines(lease, style)), ...kept, ...working].join('\n')}\n`;
}

/** How many are there, and which are not. */
function payloadLines(payloads: DeploymentStatus['payloads'], stream: NodeJS.WriteStream): readonly string[] {
  if (payloads.length === 0) return [];
  const style = styleFor(stream);
  const missing = missingPayloadRows(payloads, stream);
  const count = plural(payloads.length, 'payload');
  const bytes = payloads.reduce((sum, payload) => sum + (payload.bytes ?? 0), 0);
  return missing.length === 0
    ? [`${style('green', `${count} present`)}${style('dim', `, ${formatBytes(bytes)}`)}`]
    : [style('red', `${missing.length} of ${count} missing`), ...imageLines(missing, stream, 4)];
}

function leaseLines(
  { osImage, until, isOver, images }: LeaseStatus,
  style: ReturnType<typeof styleFor>,
): readonly string[] {
  const day = until.slice(0, 10);
  const kept = `kept until ${day}${isOver ? ', which is over: prune may remove what nothing else keeps' : ''}`;
  return [
    `prefetched for ${printable(osImage)}: ${plural(images.length, 'image')}, ${style(isOver ? 'yellow' : 'dim', kept)}`,
    ...images.map(({ id, names }) => {
      const name = printable(shortDigests(names?.[0] ?? id.slice(0, 12)));
      return `    ${name}${names === null ? style('dim', ' is not there any more') : ''}`;
    }),
  ];
}

function wordsOf(deployment: Deployment): string {
  const { booted, staged, rollback, pinned, softReboot, heldBy } = deployment;
  const words = [
    ...(booted ? ['booted'] : []),
    ...(staged ? ['staged'] : []),
    ...(rollback ? ['rollback'] : []),
    ...(pinned ? ['pinned'] : []),
    ...(softReboot ? ['prepared for a soft reboot'] : []),
    ...(heldBy === null ? [] : [heldBy === 'ours' ? 'held by bound-images' : 'held by someone else']),
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

function acceptedLines({ references, reason, at }: Acceptance): readonly string[] {
  return [
    `accepted as missing at ${at}: ${printable(reason)}`,
    ...references.map((each) => `  ${printable(each)}`),
  ];
}

/** Why images and payloads failed, each reason once. */
function failures({ images, payloads }: Receipt): readonly string[] {
  const names = new Map<string, string[]>();
  const named = payloads.map(({ as, error }) => ({ reference: as, error }));
  for (const { reference, error } of [...images, ...named]) {
    if (error === null) continue;
    const message = printable(shortDigests(error.message));
    names.set(message, [...(names.get(message) ?? []), printable(reference)]);
  }
  return [...names].map(([message, references]) => `${references.join(', ')}: ${message}`);
}
