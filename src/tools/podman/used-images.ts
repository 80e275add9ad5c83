/** What `podman ps --all --external --format json` says of images (podman 4.3 to 5.8). */
export interface Containers {
  /** IDs of the images that containers were made from, those of volumes and of builds included. */
  readonly imageIds: ReadonlySet<string>;
  /** IDs of the containers that mount anything, images perhaps. */
  readonly mounting: readonly string[];
}

export function parseContainers(json: string): Containers {
  const rows = parseArray(json);
  return {
    imageIds: new Set(rows.flatMap(({ ImageID }) => (typeof ImageID === 'string' ? ImageID : []))),
    mounting: rows.flatMap(({ Id, Mounts }) =>
      typeof Id === 'string' && Array.isArray(Mounts) && Mounts.length > 0 ? Id : [],
    ),
  };
}

/** Reads what `podman container inspect` prints: the images that containers mount, as whoever made them named them. */
export function parseMountedImages(json: string): readonly string[] {
  const sources = parseArray(json).flatMap(({ Mounts }) =>
    (Array.isArray(Mounts) ? Mounts : []).flatMap(({ Type, Source }: Record<string, unknown>) =>
      Type === 'image' ? String(Source) : [],
    ),
  );
  return [...new Set(sources)];
}

/** Reads what `podman image mount --format json` prints: the IDs of the images that are mounted by themselves. */
export function parseImageMounts(json: string): readonly string[] {
  return parseArray(json).map(({ id }) => String(id));
}

function parseArray(json: string): readonly Record<string, unknown>[] {
  const rows: unknown = JSON.parse(json);
  if (!Array.isArray(rows)) throw new TypeError('podman printed no array');
  return rows;
}
