import type { Inspected, InspectResult } from '../../operations/inspect.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { failureJson, inOptions } from '../hints.js';
import { imageLines } from './image-lines.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

/** What `inspect --format json` prints. Sizes are in bytes. */
export function inspectJson(result: InspectResult): object {
  const { reference } = result;
  if (result.kind === 'failed') {
    return {
      schemaVersion,
      reference,
      ...{ kind: null, readFrom: null, digest: null, mediaType: null, artifactType: null },
      ...{ annotations: {}, labels: {}, platforms: [], manifest: null, layers: [], candidates: [] },
      error: failureJson(result.failure),
    };
  }
  const { kind, from, digest, mediaType, artifactType, annotations, labels, ...rest } = result.inspected;
  return {
    schemaVersion,
    reference,
    kind,
    readFrom: from,
    digest,
    mediaType: mediaType || null,
    artifactType,
    annotations: Object.fromEntries(annotations),
    labels: Object.fromEntries(labels),
    platforms: rest.platforms.map((each) => ({
      platform: each.platform,
      digest: each.digest,
      size: each.size,
      artifactType: each.artifactType || null,
      annotations: Object.fromEntries(each.annotations),
    })),
    manifest: rest.manifest,
    layers: rest.layers.map((each) => ({
      ...each,
      title: each.title || null,
      annotations: Object.fromEntries(each.annotations),
    })),
    candidates: rest.candidates.map((each) => ({ ...each, title: each.title || null })),
    error: null,
  };
}

/** The same for a person. */
export function inspectText(result: InspectResult, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  if (result.kind === 'failed') {
    const { message, hint } = inOptions(result.failure);
    const own = [`${style('red', 'failed ')} ${printable(result.reference)}`];
    return `${imageLines([{ own, said: [{ message, hint }] }], stream).join('\n')}\n`;
  }
  const { inspected } = result;
  const section = (title: string, rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : ['', style('bold', title), ...table(rows)];
  const lines = [
    `${printable(result.reference)}: ${kindText(inspected)}`,
    ...(inspected.digest === null ? [] : [inspected.digest]),
    ...section('Platforms', platformRows(inspected)),
    ...section(layersTitle(inspected), layerRows(inspected)),
    ...section('May be a payload', candidateRows(inspected)),
    ...section('Annotations', mapRows(inspected.annotations)),
    ...section('Labels', mapRows(inspected.labels)),
  ];
  return `${lines.join('\n')}\n`;
}

function kindText({ kind, artifactType, layers }: Inspected): string {
  const size = formatBytes(layers.reduce((sum, each) => sum + each.size, 0));
  const total = layers.length === 0 ? '' : `, ${size}`;
  if (kind === 'index') return 'an index';
  if (kind === 'image') return `an image${total}`;
  return `an artifact${artifactType === null ? '' : ` of the type ${printable(artifactType)}`}${total}`;
}

function platformRows({ platforms, manifest }: Inspected): readonly (readonly string[])[] {
  return platforms.map(({ platform, digest, size, artifactType }) => [
    printable(platform ?? (artifactType || 'no platform')),
    digest ?? '',
    size === null ? '' : formatBytes(size),
    digest !== null && digest === manifest?.digest && platforms.length > 1 ? 'looked at' : '',
  ]);
}

function layersTitle({ kind, manifest }: Inspected): string {
  return kind === 'index' && manifest?.platform != null
    ? `Layers for ${printable(manifest.platform)}`
    : 'Layers';
}

function layerRows({ layers }: Inspected): readonly (readonly string[])[] {
  return layers.map(({ digest, size, mediaType, title }) => [
    digest,
    formatBytes(size),
    printable(mediaType),
    printable(title),
  ]);
}

function candidateRows({ candidates }: Inspected): readonly (readonly string[])[] {
  return candidates.map(({ title, mediaType, size, looksLike }) => [
    title === '' ? `media-type = ${toml(mediaType)}` : `title = ${toml(title)}`,
    formatBytes(size),
    looksLike === 'file'
      ? ''
      : `looks like ${looksLike === 'kernel' ? 'a' : 'an'} ${looksLike}`.replace('an uki', 'a UKI'),
  ]);
}

const toml = (text: string) => `"${printable(text)}"`;

function mapRows(texts: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  return [...texts].map(([name, value]) => [printable(name), printable(value)]);
}

/** Columns as wide as what is in them. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) =>
    `  ${row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ')}`.trimEnd(),
  );
}
