/** Bytes that come in pieces of any size, read in pieces of the sizes that are wanted. */
export interface ByteReader {
  /** So many bytes; fewer at the end. */
  read(length: number): Promise<Buffer>;
  /** The next bytes as they have come, at most so many; `undefined` at the end. */
  next(length: number): Promise<Buffer | undefined>;
  /** Goes on over so many bytes, and returns how many there were. */
  skip(length: number): Promise<number>;
}

export function byteReader(chunks: AsyncIterable<Buffer>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function next(length: number): Promise<Buffer | undefined> {
    while (rest.length === 0) {
      const { done, value } = await iterator.next();
      if (done) return undefined;
      rest = value;
    }
    const piece = rest.subarray(0, length);
    rest = rest.subarray(piece.length);
    return piece;
  }

  return {
    next,
    read: async (length) => {
      const pieces: Buffer[] = [];
      let missing = length;
      while (missing > 0) {
        const piece = await next(missing);
        if (piece === undefined) break;
        pieces.push(piece);
        missing -= piece.length;
      }
      const [only] = pieces;
      return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    },
    skip: async (length) => {
      let skipped = 0;
      while (skipped < length) {
        const piece = await next(length - skipped);
        if (piece === undefined) break;
        skipped += piece.length;
      }
      return skipped;
    },
  };
}
