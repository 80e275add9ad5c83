const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** `100 MiB`, `1.5 GB`, `512 B` → bytes, rounded; `undefined` for what is no size, or none that can be counted. */
export function readSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGTk]?i?B)$/.exec(text) ?? [];
  const factor = unitBytes[unit];
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The same the other way round, in the largest unit of 1024 that is exact: `100 MiB`, `1000 B`. */
export function writeSize(bytes: number): string {
  const power = [4, 3, 2, 1].find((each) => bytes > 0 && bytes % 1024 ** each === 0) ?? 0;
  return `${bytes / 1024 ** power} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}
