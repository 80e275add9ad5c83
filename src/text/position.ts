/** Counts from 1, the column in UTF-16 code units of the decoded line; a byte order mark takes no column. */
export interface Position {
  readonly line: number;
  readonly column: number;
}
