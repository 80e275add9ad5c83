/** A source of numbers that the seed decides, so that an input can be made again. */
export interface Random {
  /** A number in [0, 1). */
  readonly fraction: () => number;
  /** A whole number in [0, limit). */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  /** @throws RangeError when there is nothing to choose from. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** A power of two up to `limit`. Large ones are so rare that they take no more of the time than small ones. */
  readonly size: (limit: number) => number;
}

/** Returns the numbers of case `index` under `seed`. Source: the public-domain generators splitmix32 and sfc32. */
export function randomOf(seed: number, index: number): Random {
  const state = splitmix(Math.imul(seed, 0x9e3779b1) ^ index);
  let [a, b, c, d] = [state(), state(), state(), index | 1];
  const next = () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  const fraction = () => next() / 2 ** 32;
  const below = (limit: number) => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('nothing to choose from');
      return item;
    },
    size: (limit) => {
      let size = 1;
      while (size * 2 <= limit && fraction() < 0.4) size *= 2;
      return size;
    },
  };
}

function splitmix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
