import type { Sited } from '../../model/bound-image.js';
import { type ContainersConf, quoted, through } from '../containers-conf.js';
import { readPlainReference, type WrittenReference } from '../words/reference.js';

/** An image and where it is named. */
export type WrittenImage = WrittenReference & Pick<Sited<string>, 'place'>;

/**
 * The image that podman takes for the infra container of a pod where nothing else is said; undefined for its own, which
 * no registry is asked for. Source: podman pkg/specgen/generate/pause_image.go; `infra_image` of containers.conf(5).
 */
export function infraImageByDefault(
  { infraImage }: ContainersConf,
  entry: string | null,
): WrittenImage | undefined {
  if (infraImage === undefined || infraImage.value === '') return undefined;
  const { value, place, placeAt } = quoted(through(infraImage, entry));
  return { place, ...readPlainReference(value, placeAt) };
}
