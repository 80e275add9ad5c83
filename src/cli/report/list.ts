import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { type Payload, payloadName } from '../../model/payload.js';
import type { AuthCandidate, ResolvedImage } from '../../model/resolved-image.js';
import { printable } from '../../text/printable.js';
import { writeSize } from '../../text/size.js';
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
      payloads: (image.payloads ?? []).map(payloadJson),
    })),
    diagnostics: diagnostics.map(findingJson),
  };
}

function payloadJson({ source, as, maxBytes, mode, digest, place }: Payload): object {
  return {
    path: source.kind === 'path' ? source.path : null,
    title: source.kind === 'title' ? source.title : null,
    mediaType: source.kind === 'media-type' ? source.mediaType : null,
    as,
    maxBytes,
    mode: mode === undefined ? null : formatMode(mode),
    digest: digest ?? null,
    source: placeJson(place),
  };
}

/** `0644` */
function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
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
      ...(image.payloads ?? []).map(payloadLine),
    ].join('\n');
  });
  const summary = `${plural(images.length, 'bound image')} in ${shownPath(root)}`;
  return `${[...blocks, summary].join('\n')}\n`;
}

function payloadLine({ source, as, maxBytes, mode, digest }: Payload): string {
  const wanted = payloadName(source);
  const kept = [
    `at most ${writeSize(maxBytes)}`,
    ...(mode === undefined ? [] : [`mode ${formatMode(mode)}`]),
    ...(digest === undefined ? [] : [digest]),
  ];
  return `  payload  ${printable(`${wanted} → ${as}`)}, ${kept.join(', ')}`;
}

function authLines(credentials: readonly AuthCandidate[]): readonly string[] {
  return credentials.flatMap((candidate) => {
    if (candidate.kind === 'own') return [];
    if (candidate.kind === 'creds') return ['  auth     Creds= of the unit'];
    const entry = candidate.hasEntry ? 'with an entry' : 'without an entry';
    return [`  auth     ${printable(candidate.path)}, ${candidate.root} root, ${entry} for the registry`];
  });
}
