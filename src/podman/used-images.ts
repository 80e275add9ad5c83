/** Reads what `podman ps --all --external --format json` prints (podman 4.3 to 5.8): the IDs of the images in use. */
export function parseUsedImages(json: string): ReadonlySet<string> {
  const rows: unknown = JSON.parse(json);
  if (!Array.isArray(rows)) throw new TypeError('podman printed no array of containers');
  return new Set(
    rows.map(({ ImageID }: Record<string, unknown>) => ImageID).filter((id) => typeof id === 'string'),
  );
}
