import type { PrefetchResult } from '../../operations/prefetch.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { failureJson, inOptions } from '../hints.js';
import { imageLines } from './image-lines.js';
import { pullEndText, pulledJson, pullText } from './pull.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

const nothingPulled = { outcomes: [], payloads: [], origins: [], seconds: 0, diagnostics: [] } as const;

/** What `prefetch --format json` prints. Sizes are in bytes; `error` is why it is not known what the OS image binds. */
export function prefetchJson(result: PrefetchResult): object {
  if (result.kind === 'failed') {
    const { reference } = result.osImage;
    return {
      schemaVersion,
      osImage: { reference, digest: null, readFrom: null, bytes: 0 },
      keptUntil: null,
      error: failureJson(result.failure),
      ...pulledJson(nothingPulled),
    };
  }
  const { osImage, pulled, lease } = result;
  const { reference, digest, readFrom, bytes } = osImage;
  return {
    schemaVersion,
    osImage: { reference, digest, readFrom, bytes },
    keptUntil: lease?.until ?? null,
    error: null,
    ...pulledJson(pulled),
  };
}

/** The same for a person. @param isTold progress was shown on the same terminal, and has said what was pulled */
export function prefetchText(result: PrefetchResult, stream: NodeJS.WriteStream, isTold: boolean): string {
  const style = styleFor(stream);
  if (result.kind === 'failed') {
    const { message, hint } = inOptions(result.failure);
    const own = [`${style('red', 'failed ')} ${printable(result.osImage.reference)}`];
    return `${imageLines([{ own, said: [{ message, hint }] }], stream).join('\n')}\n`;
  }
  const { osImage, pulled, lease } = result;
  const text = (isTold ? pullEndText : pullText)(pulled, stream);
  const read = {
    label: 'its label',
    storage: 'local storage',
    layers: `${formatBytes(osImage.bytes)} of layers`,
  }[osImage.readFrom];
  const kept = lease === null ? '' : `; prune keeps them until ${lease.until.slice(0, 10)}`;
  return `${text}${style('dim', `what ${printable(osImage.reference)} binds was read from ${read}${kept}`)}\n`;
}
