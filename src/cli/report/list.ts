import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { AuthCandidate, ResolvedImage } from '../../model/resolved-image.js';
import { printable } from '../../text/printable.js';
import { plural } from './diagnostics-text.js';
import { findingJson, placeJson } from './place-json.js';
import { schemaVersion } from './schema-version.js';
import { shownFile, shownPath } from './shown-path.js';
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
      sources: image.sources.map(placeJson),
      arguments: image.arguments,
      globalArguments: image.globalArguments,
      authfile: authfileJson(credentials),
    })),
    diagnostics: diagnostics.map(findingJson),
  };
}

function authfileJson(credentials: readonly AuthCandidate[]): object | null {
  const chosen = credentials[0];
  if (chosen?.kind !== 'file') return null;
  return { path: chosen.path, root: chosen.root, from: chosen.from };
}

/** The same for a person. */
export function listText(root: string, images: readonly ResolvedImage[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const blocks = images.map(({ image, credentials }) => {
    const sources = image.sources.map((place) => {
      const at = `${shownFile(place)}${place.line === null ? '' : `:${place.line}`}`;
      return `${printable(place.entry ?? '')} ${style('dim', at)}`;
    });
    return [
      style('bold', image.reference.text),
      ...sources.map((source) => `  bound by ${source}`),
      ...authLines(credentials),
      ...(image.arguments.length === 0 ? [] : [`  options  ${printable(image.arguments.join(' '))}`]),
    ].join('\n');
  });
  const summary = `${plural(images.length, 'bound image')} in ${shownPath(root)}`;
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
