const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `512 B`, `12.3 MB`, `123 MB`: powers of 1000, as podman and registries count; at most 7 characters. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1000 belongs to the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 99.95 ? 0 : 1)} ${units[unit]}`;
}

/** `256M`, `1G`, `500 B`: a size as it is given to an option, in powers of 1024 where that is exact. */
export function formatSize(bytes: number): string {
  const power = [4, 3, 2, 1].find((each) => bytes > 0 && bytes % 1024 ** each === 0);
  return power === undefined ? `${bytes} B` : `${bytes / 1024 ** power}${' KMGT'[power]}`;
}

/** `4.1 MB/s` */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** How long something took: `4.1 s` below a minute, else `1:05` or `1:02:03`. */
export function formatDuration(seconds: number): string {
  return seconds < 59.95 ? `${seconds.toFixed(1)} s` : clock(Math.round(seconds));
}

/** How long something will take: `0:08`, `1:05`, `1:02:03`; begun seconds count. */
export function formatTimeLeft(seconds: number): string {
  return clock(Math.ceil(seconds));
}

function clock(seconds: number): string {
  const twoDigits = (count: number) => String(count).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const rest = twoDigits(seconds % 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${rest}`;
}
