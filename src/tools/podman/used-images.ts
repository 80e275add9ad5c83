import { absentAs, anything, elseAs, list, object, text } from '../../text/shape.js';
import { printed } from './printed.js';

/** What `podman ps --all --external --format json` says of images (podman 4.3 to 5.8). */
export interface Containers {
  /** IDs of the images that containers were made from, those of volumes and of builds included. */
  readonly imageIds: ReadonlySet<string>;
  /** IDs of the containers that mount anything, images perhaps. */
  readonly mounting: readonly string[];
}

const listed = list(
  object({ Id: elseAs(null, text), ImageID: elseAs(null, text), Mounts: absentAs([], list(anything)) }),
);

export function parseContainers(json: string): Containers {
  const rows = printed(listed)(json);
  return {
    imageIds: new Set(rows.flatMap(({ ImageID }) => ImageID ?? [])),
    mounting: rows.flatMap(({ Id, Mounts }) => (Mounts.length > 0 ? (Id ?? []) : [])),
  };
}

const inspected = list(
  object({ Mounts: absentAs([], list(object({ Type: elseAs('', text), Source: elseAs('', text) }))) }),
);

/** Reads what `podman container inspect` prints: the images that containers mount, as whoever made them named them. */
export function parseMountedImages(json: string): readonly string[] {
  const mounts = printed(inspected)(json).flatMap(({ Mounts }) => Mounts);
  return [...new Set(mounts.flatMap(({ Type, Source }) => (Type === 'image' ? Source : [])))];
}

const mounted = list(object({ id: text }));

/** Reads what `podman image mount --format json` prints: the IDs of the images that are mounted by themselves. */
export function parseImageMounts(json: string): readonly string[] {
  return printed(mounted)(json).map(({ id }) => id);
}
