import type { PlannedImage } from '../../model/plan.js';
import type { PlanResult } from '../../operations/plan.js';
import { missingLayers, separateBytes, uniqueBytes } from '../../plan/space.js';
import { formatBytes } from '../../text/format.js';
import { failureJson, inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { type ImageRow, imageLines } from './image-lines.js';
import { findingJson } from './place-json.js';
import { schemaVersion } from './schema-version.js';
import { shownPath } from './shown-path.js';
import { inStore, storeOf } from './shown-store.js';
import { styleFor } from './style.js';

/** What `plan --format json` prints. `layers` is null for an image whose layers nobody knows. */
export function planJson({ root, images, space, diagnostics }: Omit<PlanResult, 'valid'>): object {
  const wanted = images.filter(isWanted);
  const unique = uniqueBytes(wanted);
  return {
    schemaVersion,
    root,
    images: images.map(({ resolved, state, digest, layers, startsAfter, problem, error }) => ({
      reference: resolved.image.reference.text,
      store: storeOf(resolved),
      state,
      digest,
      layers: layers?.map(({ tocDigest: _, ...layer }) => layer) ?? null,
      startsAfter: startsAfter.map(({ text }) => text),
      problem: problem && inOptions(problem),
      error: error && failureJson(error),
    })),
    totals: {
      images: images.length,
      missing: images.filter(({ state }) => state !== 'present').length,
      layers: missingLayers(wanted).size,
      downloadBytes: unique,
      sharedBytesSaved: separateBytes(wanted) - unique,
      // Images whose layers are not in these sums.
      unknown: wanted.filter(({ layers }) => layers === null).length,
    },
    space,
    diagnostics: diagnostics.map(findingJson),
  };
}

/** The same for a person: a line for each image, and what it all costs. */
export function planText(
  { root, images, space }: Pick<PlanResult, 'root' | 'images' | 'space'>,
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const colours = { present: 'dim', missing: 'yellow', stale: 'yellow', failed: 'red' } as const;
  const rows = images.map((image) => {
    const state = image.error === null ? image.state : ('failed' as const);
    return { image, state, ...sizes(image) };
  });
  const width = Math.max(8, ...rows.map(({ size }) => size.length));
  const imageRows = rows.map(({ image, state, size, layers }): ImageRow => {
    const { resolved, startsAfter, problem } = image;
    const error = image.error && inOptions(image.error);
    const own = [
      `${style(colours[state], state.padEnd(7))} ${size.padStart(width)}  ${layers.padEnd(16)} ${resolved.image.reference.text}${inStore(resolved)}`,
      ...startsAfter.map(({ text }) => style('dim', `${' '.repeat(width + 27)}after ${text}`)),
    ];
    const why =
      problem === null || problem.message === error?.message
        ? []
        : [{ message: problem.message, hint: null }];
    return { own, said: [...why, ...(error === null ? [] : [{ message: error.message, hint: error.hint }])] };
  });
  const wanted = images.filter(isWanted);
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const counts = ['present', 'missing', 'stale', 'failed']
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  const summary = `${plural(images.length, 'bound image')} in ${shownPath(root)}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
  return `${[...imageLines(imageRows, stream), summary, ...costs(wanted), ...room(space)].join('\n')}\n`;
}

/** It is to be pulled, or would be if there were room for it: then its size is what matters most. */
function isWanted({ state, error }: PlannedImage): boolean {
  return state !== 'present' && (error === null || error.code === 'no-space');
}

function sizes(image: PlannedImage): { size: string; layers: string } {
  const { layers } = image;
  if (!isWanted(image)) return { size: '', layers: '' };
  if (layers === null) return { size: '?', layers: 'unknown layers' };
  const missing = layers.filter(({ present }) => !present);
  const size = formatBytes(missing.reduce((sum, layer) => sum + layer.size, 0));
  return { size, layers: `${missing.length} of ${plural(layers.length, 'layer')}` };
}

function costs(wanted: readonly PlannedImage[]): readonly string[] {
  if (wanted.length === 0) return [];
  const unique = uniqueBytes(wanted);
  const saved = separateBytes(wanted) - unique;
  const unknown = wanted.filter(({ layers }) => layers === null).length;
  const parts = [
    `to download: ${formatBytes(unique)} in ${plural(missingLayers(wanted).size, 'layer')}`,
    ...(saved > 0 ? [`${formatBytes(saved)} saved by sharing`] : []),
    ...(unknown > 0 ? [`and ${plural(unknown, 'image')} of unknown size`] : []),
  ];
  return [parts.join(', ')];
}

function room(space: PlanResult['space']): readonly string[] {
  if (space === null) return [];
  return space.fileSystems.map(({ directories, freeBytes, neededBytes }) => {
    const after = formatBytes(Math.max(0, freeBytes - neededBytes));
    return `${directories.join(' and ')}: ${formatBytes(freeBytes)} free, about ${after} during the pulls`;
  });
}
