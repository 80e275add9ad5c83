/**
 * The fields of one line of comma-separated values; `undefined` where the text is no such line, or several.
 * Source: Go's encoding/csv, with which podman reads what `--mount` is given (RFC 4180).
 */
export function readCsvRecord(text: string): readonly CsvField[] | undefined {
  const fields: CsvField[] = [];
  // Lines without anything are passed over.
  const start = /^(?:\r?\n)*/.exec(text)?.[0].length ?? 0;
  const line = text
    .slice(start)
    .replace(/(?:\r?\n)+$/, '')
    .replace(/\r$/, '');
  if (line === '') return undefined;
  for (let at = 0; ; ) {
    field.lastIndex = at;
    const [written, quoted] = field.exec(line) ?? [];
    if (written === undefined) return undefined;
    const value = quoted === undefined ? written : quoted.replaceAll('""', '"').replaceAll('\r\n', '\n');
    fields.push({ value, offset: start + at + (quoted === undefined ? 0 : 1) });
    at += written.length;
    if (at === line.length) return fields;
    if (line[at] !== ',') return undefined;
    at += 1;
  }
}

/** A field, and where in the text its value begins. */
export interface CsvField {
  readonly value: string;
  readonly offset: number;
}

/** In quotes, two quotes stand for one; outside, there may be none, and no end of line. */
const field = /"((?:[^"]|"")*)"|[^",\n][^",\n]*|(?=,|$)/y;
