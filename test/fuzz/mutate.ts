import type { Random } from './random.js';
import { brokenBytes, tokens } from './tokens.js';

type Mutator = (bytes: Buffer, random: Random, donors: readonly Buffer[]) => Buffer;

/** Longer inputs would only be slow. */
const limitBytes = 256 * 1024;

const mutators: readonly Mutator[] = [
  function flipBits(bytes, random) {
    const changed = Buffer.from(bytes);
    for (let n = random.size(16); n > 0 && changed.length > 0; n -= 1) {
      const at = random.below(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    }
    return changed;
  },
  function insertToken(bytes, random) {
    return insert(bytes, random.below(bytes.length + 1), random.pick(tokens));
  },
  function insertBrokenBytes(bytes, random) {
    return insert(bytes, random.below(bytes.length + 1), random.pick(brokenBytes));
  },
  function repeatToken(bytes, random) {
    const token = random.pick(tokens);
    return insert(bytes, random.below(bytes.length + 1), repeated(token, random.size(1 << 14)));
  },
  function repeatTwoTokens(bytes, random) {
    const [a, b] = [random.pick(tokens), random.pick(tokens)];
    return insert(
      bytes,
      random.below(bytes.length + 1),
      repeated(Buffer.concat([a, b]), random.size(1 << 13)),
    );
  },
  function replaceByToken(bytes, random) {
    const { start, end } = range(bytes, random, 16);
    return Buffer.concat([bytes.subarray(0, start), random.pick(tokens), bytes.subarray(end)]);
  },
  function remove(bytes, random) {
    const { start, end } = range(bytes, random, 256);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  function repeatRange(bytes, random) {
    const { start, end } = range(bytes, random, 64);
    return insert(bytes, end, repeated(bytes.subarray(start, end), random.size(1 << 10)));
  },
  function splice(bytes, random, donors) {
    const donor = random.pick(donors);
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), donor.subarray(random.below(donor.length + 1))]);
  },
  function insertFromDonor(bytes, random, donors) {
    const donor = random.pick(donors);
    const { start, end } = range(donor, random, 64);
    return insert(bytes, random.below(bytes.length + 1), donor.subarray(start, end));
  },
  function swapLines(bytes, random) {
    const lines = linesOf(bytes);
    const [a, b] = [random.below(lines.length), random.below(lines.length)];
    const swapped = lines.map(
      (line, index) => (index === a ? lines[b] : index === b ? lines[a] : line) ?? line,
    );
    return Buffer.concat(swapped);
  },
  function repeatLine(bytes, random) {
    const lines = linesOf(bytes);
    const at = random.below(lines.length);
    const line = repeated(lines[at] ?? Buffer.alloc(0), random.size(1 << 10));
    return Buffer.concat([...lines.slice(0, at), line, ...lines.slice(at)]);
  },
  function changeLineEndings(bytes, random) {
    const ending = random.pick(['\r\n', '\r', '\\\n', '\n\n', ' ', '']);
    return Buffer.from(bytes.toString('latin1').replaceAll('\n', ending), 'latin1');
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function nest(bytes, random) {
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['{a=', '}'],
      ['[{', '}]'],
      ['- ', '\n'],
      ['"', '"'],
    ] as const);
    const depth = random.size(1 << 13);
    const { start, end } = range(bytes, random, 64);
    const inside = [Buffer.from(open.repeat(depth)), bytes.subarray(start, end)];
    if (random.chance(0.7)) inside.push(Buffer.from(close.repeat(depth)));
    return Buffer.concat([bytes.subarray(0, start), ...inside, bytes.subarray(end)]);
  },
  function random(_, source) {
    return Buffer.from(Array.from({ length: source.size(256) }, () => source.below(256)));
  },
];

/** Bytes made of `bytes` by a few changes; `donors` are others of the same or another kind. */
export function mutate(bytes: Buffer, random: Random, donors: readonly Buffer[]): Buffer {
  let changed = bytes;
  for (let n = random.size(8); n > 0; n -= 1) changed = random.pick(mutators)(changed, random, donors);
  return changed.subarray(0, limitBytes);
}

function insert(bytes: Buffer, at: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(Math.min(bytes.length * times, limitBytes), bytes.length > 0 ? bytes : ' ');
}

function range(
  bytes: Buffer,
  random: Random,
  length: number,
): { readonly start: number; readonly end: number } {
  const start = random.below(bytes.length + 1);
  return { start, end: Math.min(bytes.length, start + random.below(length)) };
}

/** With their ends. */
function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines = bytes.toString('latin1').split(/(?<=\n)/);
  return lines.map((line) => Buffer.from(line, 'latin1'));
}
