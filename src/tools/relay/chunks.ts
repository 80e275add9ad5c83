/** Bytes in a row, as they came, of which the first go again. */
export interface Chunks {
  /** They are those from `start` up to `end` of something. */
  readonly start: number;
  readonly end: number;
  append(chunk: Buffer): void;
  /** All from a position on, about `most` bytes of them at most; `start <= at < end`. */
  from(at: number, most: number): readonly Buffer[];
  /** Those before a position are no longer needed. */
  dropBefore(at: number): void;
}

export function newChunks(start: number): Chunks {
  const chunks: Buffer[] = [];
  let first = start;
  let end = start;

  return {
    get start() {
      return first;
    },
    get end() {
      return end;
    },
    append: (chunk) => {
      chunks.push(chunk);
      end += chunk.length;
    },
    from: (at, most) => {
      // Whoever follows what arrives wants the last of them.
      let index = chunks.length;
      let position = end;
      while (position > at) {
        index -= 1;
        position -= chunks[index]?.length ?? 0;
      }
      const wanted: Buffer[] = [];
      for (let bytes = 0; index < chunks.length && bytes < most; index += 1) {
        const chunk = chunks[index] as Buffer;
        const piece = wanted.length === 0 ? chunk.subarray(at - position) : chunk;
        wanted.push(piece);
        bytes += piece.length;
      }
      return wanted;
    },
    dropBefore: (at) => {
      let count = 0;
      for (const chunk of chunks) {
        if (first + chunk.length > at) break;
        first += chunk.length;
        count += 1;
      }
      chunks.splice(0, count);
    },
  };
}
