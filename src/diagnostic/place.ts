/**
 * Where in a root something stands. `entry` is the name of the bound-images entry that led there, `file`
 * the path inside the root (it begins with `/`) of the file that holds the text; they differ where an entry
 * is a link or one unit refers to another. `line` and `column` count from 1, `column` in UTF-16 code units.
 */
export interface Place {
  readonly entry: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The file on this host, printable, where somebody may want to open it; null where there is none. */
  readonly path?: string | null;
}

export const nowhere: Place = { entry: null, file: null, line: null, column: null };

export function inFile(file: string): Place {
  return { ...nowhere, file };
}

/** As it stands in a sentence. */
export function formatPlace({ file, line }: Place): string {
  return line === null ? `${file}` : `${file}:${line}`;
}
