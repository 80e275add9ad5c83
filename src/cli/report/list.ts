import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { AuthCandidate, ResolvedImage } from '../../model/resolved-image.js';
import { printable } from '../../text/printable.js';
import { findingInOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

/** What `list --format json` prints. */
export function listJson(
  root: string,
  images: readonly ResolvedImage[],
  diagnostics: readonly Diagnostic[],
): object {
  return {
    schemaVersion,
    root,
    images: images.map(({ image, credentials }) => ({
      kind: image.kind,
      reference: image.reference.text,
      sources: image.sources.map(printablePlace),
      arguments: image.arguments,
      globalArguments: image.globalArguments,
      authfile: authfileJson(credentials),
    })),
    diagnostics: diagnostics.map(findingInOptions),
  };
}

function authfileJson(credentials: readonly AuthCandidate[]): object | null {
  const chosen = credentials[0];
  if (chosen?.kind !== 'file') return null;
  return { path: chosen.path, root: chosen.root, from: chosen.from };
}

/** The same for a person. */
export function listText(images: readonly ResolvedImage[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const blocks = images.map(({ image, credentials }) => {
    const sources = image.sources
      .map(printablePlace)
      .map(
        ({ entry, file, line }) => `${entry} ${style('dim', `${file}${line === null ? '' : `:${line}`}`)}`,
      );
    return [
      style('bold', image.reference.text),
      ...sources.map((source) => `  bound by ${source}`),
      ...authLines(credentials),
      ...(image.arguments.length === 0 ? [] : [`  options  ${printable(image.arguments.join(' '))}`]),
    ].join('\n');
  });
  const summary = images.length === 0 ? 'the root binds no image' : `${plural(images.length, 'bound image')}`;
  return `${[...blocks, summary].join('\n')}\n`;
}

function authLines(credentials: readonly AuthCandidate[]): readonly string[] {
  return credentials.flatMap((candidate) => {
    if (candidate.kind === 'own') return [];
    if (candidate.kind === 'creds') return ['  auth     Creds= of the unit'];
    const entry = candidate.hasEntry ? 'with an entry' : 'without an entry';
    return [`  auth     ${printable(candidate.path)}, ${candidate.root} root, ${entry} for the registry`];
  });
}

/** Names come from the root, and findings show them in this form, too. */
function printablePlace(place: Place): Place {
  return {
    ...place,
    entry: place.entry === null ? null : printable(place.entry),
    file: place.file === null ? null : printable(place.file),
  };
}
