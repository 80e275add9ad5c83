import type { ResolvedImage } from '../../model/resolved-image.js';
import { layersOfModules } from '../../model/resolved-image.js';
import { goRuntime } from '../process/go-runtime.js';
import type { PodmanFeatures } from './features.js';
import { limitLayers } from './layer-concurrency.js';
import type { PodmanSettings, PullRun } from './pull-run.js';

/**
 * The variables of one pull, on top of this process's own environment. Of a root there is a number of layers among
 * them, in a containers.conf of ours, and nothing else.
 */
export function pullEnvironment(
  { modules }: Pick<ResolvedImage, 'modules'>,
  features: PodmanFeatures,
  { directory, blobs }: Pick<PullRun, 'directory' | 'blobs'>,
  { layerConcurrency }: Pick<PodmanSettings, 'layerConcurrency'>,
): Readonly<Record<string, string>> {
  const layers = layerConcurrency ?? layersOfModules(modules);
  const limit = layers === undefined ? {} : limitLayers(layers, features, directory);
  return { ...goRuntime(), ...limit, TMPDIR: blobs };
}
