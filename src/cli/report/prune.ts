import type { BoundImagesError } from '../../model/error.js';
import type { PrunedImage, PruneResult } from '../../operations/prune.js';
import { isKept } from '../../plan/prunable.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';
import { inStore } from './shown-store.js';
import { styleFor } from './style.js';

/**
 * What `prune --format json` prints: every image that this tool pulled, and all that came of layers when a pull could not
 * finish. `size` is in bytes, unpacked; `bytes` are as they came.
 */
export function pruneJson({ images, parts, payloads, isDryRun, unforgotten }: PruneResult): object {
  return {
    schemaVersion,
    dryRun: isDryRun,
    images: images.map(({ id, store, names, pulledAs, size, action, isDone, error }) => ({
      id,
      store,
      names,
      pulledAs,
      size,
      action,
      done: isDone,
      error,
    })),
    parts: parts.map(({ digest, store, bytes, changedMs, action, isDone }) => ({
      digest,
      store,
      bytes,
      changedAt: new Date(changedMs).toISOString(),
      action,
      done: isDone,
    })),
    payloads: payloads.map(({ deployment, directory, bytes, action, isDone }) => ({
      deployment,
      directory,
      bytes,
      action,
      done: isDone,
    })),
    error: unforgotten && errorOf(unforgotten),
  };
}

function errorOf({ code, message, hint, reason }: BoundImagesError): object {
  return { code, ...inOptions({ message, hint, reason }) };
}

/** The same for a person: what goes, what stays and why. */
export function pruneText(
  { images, parts, payloads, isDryRun }: PruneResult,
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const words = { remove: 'remove', untag: 'untag', bound: 'bound', leased: 'kept', used: 'in use' } as const;
  const lines = images.flatMap((image) => {
    const { action, error } = image;
    const colour = error !== null ? 'red' : isKept(image) ? 'dim' : 'yellow';
    return [
      `${style(colour, words[action].padEnd(7))} ${printable(nameOf(image))}${inStore(image)}`,
      ...(error === null ? [] : [`        ${printable(error)}`]),
    ];
  });
  const partLines = parts.map(({ digest, bytes, action }) => {
    const word = action === 'remove' ? style('yellow', 'remove '.padEnd(7)) : style('dim', 'keep'.padEnd(7));
    return `${word} ${formatBytes(bytes)} of the layer ${printable(digest)}`;
  });
  const gone = payloads.filter(({ action }) => action === 'remove');
  const payloadLines = gone.map(
    ({ deployment, bytes }) =>
      `${style('yellow', 'remove '.padEnd(7))} ${formatBytes(bytes)} of payloads of ${printable(deployment)}`,
  );
  const goingParts = parts.filter(({ action, isDone }) => action === 'remove' && (isDryRun || isDone));
  const partBytes = goingParts.reduce((sum, part) => sum + part.bytes, 0);
  const ofParts =
    goingParts.length === 0
      ? ''
      : `; ${formatBytes(partBytes)} of ${plural(goingParts.length, 'layer')}, too`;
  const going = images.filter(({ action, isDone }) => action === 'remove' && (isDryRun || isDone));
  const bytes = going.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const verb = isDryRun ? 'would be removed' : 'removed';
  // Layers that are shared with images that stay are counted in their sizes.
  const freed = bytes === 0 ? '' : `, up to ${formatBytes(bytes)}`;
  const summary = `${plural(going.length, 'image')} ${verb}${freed}${ofParts}`;
  return `${[...lines, ...partLines, ...payloadLines, summary].join('\n')}\n`;
}

/** An image whose names are another's by now must not be taken for that. */
function nameOf({ id, names, pulledAs }: PrunedImage): string {
  return names.length > 0 ? names.join(' ') : `${id.slice(0, 12)} (was ${pulledAs.join(' ')})`;
}
