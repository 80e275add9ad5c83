/** What of a blob an answer has: bytes `from` to `to`, both included. */
export interface ContentRange {
  readonly from: number;
  readonly to: number;
  /** Of the whole; null where the server does not know it. */
  readonly size: number | null;
}

/** Reads the one `Content-Range` that a part has (RFC 9110, section 14.4); null where it says nothing sound. */
export function parseContentRange(fields: readonly string[]): ContentRange | null {
  const [field = ''] = fields;
  const match = fields.length === 1 ? /^bytes (\d{1,15})-(\d{1,15})\/(?:(\d{1,15})|\*)$/i.exec(field) : null;
  if (match === null) return null;
  const [, from, to, size] = match;
  const range = { from: Number(from), to: Number(to), size: size === undefined ? null : Number(size) };
  return range.from <= range.to && (range.size === null || range.to < range.size) ? range : null;
}
