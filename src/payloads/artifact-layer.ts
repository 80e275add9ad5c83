import type { PayloadSource } from '../model/payload.js';
import { printable } from '../text/printable.js';
import { type ArtifactLayer, parseArtifactLayers } from '../tools/registry/artifact-layers.js';
import { refused } from './problem.js';

const mostListed = 10;

/** The one layer of an artifact that has this title or media type. @throws PayloadProblem */
export function artifactLayer(
  manifest: string,
  source: Exclude<PayloadSource, { kind: 'path' }>,
): ArtifactLayer {
  const read = parseArtifactLayers(manifest);
  if (read.kind === 'unreadable') throw refused('corrupt', `the manifest cannot be read: ${read.problem}`);
  const found = read.layers.filter((layer) =>
    source.kind === 'title' ? layer.title === source.title : layer.mediaType === source.mediaType,
  );
  const [first, ...others] = found;
  const [what, wanted] = source.kind === 'title' ? ['title', source.title] : ['media type', source.mediaType];
  if (first === undefined) {
    const has = read.layers.map((layer) => (source.kind === 'title' ? layer.title : layer.mediaType));
    throw refused('not-in-image', `no layer has the ${what} ${printable(wanted)}: ${listed(has)}`);
  }
  if (others.length > 0) {
    const titles = listed(found.map(({ title }) => title));
    throw refused(
      'not-in-image',
      `${found.length} layers have the ${what} ${printable(wanted)}: ${titles}`,
      source.kind === 'title' ? null : 'name the layer by its title',
    );
  }
  return first;
}

function listed(texts: readonly string[]): string {
  const named = [...new Set(texts.filter((text) => text !== ''))];
  if (named.length === 0) return 'there is none that has one';
  const more = named.length - mostListed;
  return `there is ${named.slice(0, mostListed).map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
