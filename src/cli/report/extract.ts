import type { PayloadSource } from '../../model/payload.js';
import type { ExtractResult, ReadFrom } from '../../operations/extract.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { failureJson, inOptions } from '../hints.js';
import { imageLines } from './image-lines.js';
import { schemaVersion } from './schema-version.js';
import { shownPath } from './shown-path.js';
import { styleFor } from './style.js';

/** What `extract --format json` prints. Sizes are in bytes. */
export function extractJson(result: ExtractResult): object {
  const { reference, source } = result;
  const wanted = {
    path: source.kind === 'path' ? source.path : null,
    title: source.kind === 'title' ? source.title : null,
    mediaType: source.kind === 'media-type' ? source.mediaType : null,
  };
  if (result.kind === 'failed') {
    return {
      schemaVersion,
      reference,
      ...wanted,
      ...{ imageDigest: null, readFrom: null, bytesRead: 0, output: null, kind: null },
      ...{ size: 0, files: 0, digest: null },
      error: failureJson(result.failure),
    };
  }
  const { taken, from, digest, bytesRead, output } = result;
  return {
    schemaVersion,
    reference,
    ...wanted,
    imageDigest: digest,
    readFrom: from,
    bytesRead,
    output,
    kind: taken.kind,
    size: taken.bytes,
    files: taken.files,
    digest: taken.digest,
    error: null,
  };
}

const places: Readonly<Record<ReadFrom, string>> = {
  storage: 'local storage',
  registry: 'the registry',
  archive: 'the archive',
};

/** The same for a person. */
export function extractText(result: ExtractResult, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const { reference, source } = result;
  if (result.kind === 'failed') {
    const { message, hint } = inOptions(result.failure);
    const own = [`${style('red', 'failed ')} ${printable(reference)} ${nameOf(source)}`];
    return `${imageLines([{ own, said: [{ message, hint }] }], stream).join('\n')}\n`;
  }
  const { taken, from, bytesRead, output } = result;
  const size = formatBytes(taken.bytes);
  const what = taken.kind === 'file' ? `${size}  ${taken.digest}` : `${size} in ${taken.files} files`;
  const to = output === '-' ? '' : `  ${printable(shownPath(output))}`;
  const read = `read from ${places[from]}: ${formatBytes(bytesRead)}`;
  return `${style('green', 'extracted')} ${nameOf(source)}${to}  ${what}\n${style('dim', read)}\n`;
}

function nameOf(source: PayloadSource): string {
  switch (source.kind) {
    case 'path':
      return printable(source.path);
    case 'title':
      return printable(source.title);
    case 'media-type':
      return printable(source.mediaType);
  }
}
