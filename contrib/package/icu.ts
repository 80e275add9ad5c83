import type { Range } from './elf.js';

/**
 * Node.js holds what ICU knows of every language, a quarter of the file. The program is in one language, and formats no
 * dates, so it needs what Node.js had in its builds with “small-icu”: what is of no language, and English. What is
 * asked for in another one is answered in English.
 *
 * @returns the program with that in the place of all, and where nothing is left now.
 * Source: ICU, icu4c/source/common/ucmndata.h (a table of names and places) and udata.h (what is in front of it).
 * @throws Error when the program has no such data.
 */
export function withEnglishAlone(program: Buffer): { readonly program: Buffer; readonly unused: Range } {
  const start = startOfData(program);
  const table = start + program.readUInt16LE(start);
  const count = program.readUInt32LE(table);
  const places = Array.from({ length: count }, (_, index) => program.readUInt32LE(table + 8 + 8 * index));
  const all = places.map((place, index) => {
    const name = table + program.readUInt32LE(table + 4 + 8 * index);
    return {
      name: program.toString('latin1', name, program.indexOf(0, name)),
      content: program.subarray(table + place, table + (places[index + 1] ?? place)),
    };
  });
  // Nothing says how long the last one is.
  const last = all.at(-1);
  if (last === undefined || isNeeded(last.name)) throw new Error('ICU has other data than is known');

  const packed = tableOf(all.filter(({ name }) => isNeeded(name)));
  const copy = Buffer.from(program);
  packed.copy(copy, table);
  const unused = { from: table + packed.length, to: table + (places.at(-1) ?? 0) };
  copy.fill(0, unused.from, unused.to);
  return { program: copy, unused };
}

/** Two bytes of a length, two that are always the same, eight of how it is written, and this name of its form. */
function startOfData(program: Buffer): number {
  for (let at = program.indexOf('CmnD'); at >= 0; at = program.indexOf('CmnD', at + 1)) {
    if (program.readUInt16BE(at - 10) === 0xda27) return at - 12;
  }
  throw new Error('the program has no data of ICU');
}

/** Of languages, of what other languages name, of other encodings than Unicode's, and of where words end without blanks. */
function isNeeded(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/\.(?:cnv|dict)$/.test(name)) return false;
  return !/^[a-z]{2,3}(?:_\w+)?\.res$/.test(name) || /^en(?:_US)?(?:_POSIX)?\.res$/.test(name);
}

interface Item {
  readonly name: string;
  readonly content: Buffer;
}

/** What ICU looks names up in, which are in order already; each item begins at a multiple of 16. */
function tableOf(items: readonly Item[]): Buffer {
  const names = items.map(({ name }) => Buffer.from(`${name}\0`, 'latin1'));
  const head = Buffer.alloc(4 + 8 * items.length);
  head.writeUInt32LE(items.length, 0);
  let nameAt = head.length;
  const lengthOfNames = names.reduce((sum, { length }) => sum + length, 0);
  let at = aligned(head.length + lengthOfNames);
  const parts: Buffer[] = [head, ...names, Buffer.alloc(at - head.length - lengthOfNames)];
  for (const [index, { content }] of items.entries()) {
    head.writeUInt32LE(nameAt, 4 + 8 * index);
    head.writeUInt32LE(at, 8 + 8 * index);
    nameAt += names[index]?.length ?? 0;
    const size = aligned(content.length);
    parts.push(content, Buffer.alloc(size - content.length));
    at += size;
  }
  return Buffer.concat(parts);
}

const aligned = (size: number) => Math.ceil(size / 16) * 16;
