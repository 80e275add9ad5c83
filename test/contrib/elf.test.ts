import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withoutPages, withResource } from '../../contrib/package/elf.js';
import { withEnglishAlone } from '../../contrib/package/icu.js';

const numbers = (entry: Buffer, ...at: readonly number[]) =>
  at.map((each) => Number(entry.readBigUInt64LE(each)));

/** Of a program, as the System V ABI has them. */
function tables(program: Buffer) {
  const entries = (at: number, sizeAt: number) => {
    const size = program.readUInt16LE(sizeAt);
    return Array.from({ length: program.readUInt16LE(sizeAt + 2) }, (_, index) =>
      program.subarray(Number(program.readBigUInt64LE(at)) + index * size).subarray(0, size),
    );
  };
  const sections = entries(40, 58);
  const [names = 0] = numbers(sections[program.readUInt16LE(62)] ?? Buffer.alloc(64), 24);
  const nameOf = (header: Buffer) => {
    const from = names + header.readUInt32LE(0);
    return program.toString('latin1', from, program.indexOf(0, from));
  };
  return {
    segments: entries(32, 54),
    sections: sections.map((header) => ({ name: nameOf(header), header })),
  };
}

/** A program of a segment with code, a table and notes, and one with data, and with the sections of both. */
function small(): Buffer {
  const program = Buffer.alloc(0x50000 + 4 * 64);
  for (let at = 0x300; at < 0x50000; at += 4) program.writeUInt32LE(at, at);
  program.write('\x7fELF\x02\x01', 'latin1');
  const sized = (at: number, values: readonly number[]) =>
    values.forEach((value, index) => void program.writeBigUInt64LE(BigInt(value), at + 8 * index));
  const segment = (index: number, type: number, offset: number, address: number, size: number) => {
    program.writeUInt32LE(type, 64 + 56 * index);
    sized(64 + 56 * index + 8, [offset, address, address, size, size, 0x1000]);
  };
  sized(32, [64, 0x50000]);
  for (const [at, value] of [
    [54, 56],
    [56, 5],
    [58, 64],
    [60, 4],
    [62, 0],
  ] as const)
    program.writeUInt16LE(value, at);
  const path = 64 + 5 * 56;
  segment(0, 6, 64, 0x400040, 5 * 56);
  segment(1, 3, path, 0x400000 + path, 11);
  segment(2, 1, 0, 0x400000, 0x40000);
  segment(3, 1, 0x40000, 0x850000, 0x1000);
  segment(4, 4, path + 11, 0x400000 + path + 11, 68);
  program.write('/lib/ld.so\0', path, 'latin1');
  const section = (index: number, type: number, offset: number, size: number) => {
    program.writeUInt32LE(type, 0x50000 + 64 * index + 4);
    sized(0x50000 + 64 * index + 8, [2, 0x400000 + offset, offset, size]);
  };
  section(1, 1, path, 11);
  section(2, 7, path + 11, 68);
  section(3, 1, 0x300, 0x40000 - 0x300);
  return program;
}

/** As ICU's own tools write it: where each name is, where what it names. */
function icuData(names: readonly string[]): Buffer {
  const [head, toc, content] = [Buffer.alloc(32), Buffer.alloc(4 + 8 * names.length), Buffer.alloc(4096)];
  head.writeUInt16LE(32, 0);
  head.writeUInt16BE(0xda27, 2);
  head.write('CmnD', 12, 'latin1');
  toc.writeUInt32LE(names.length, 0);
  let at = 0;
  for (const [index, name] of names.entries()) {
    toc.writeUInt32LE(toc.length + at, 4 + 8 * index);
    at += content.write(`icudt/${name}\0`, at, 'latin1');
  }
  at = Math.ceil(at / 16) * 16 + 12 - (toc.length % 16);
  for (const [index, name] of names.entries()) {
    toc.writeUInt32LE(toc.length + at, 8 + 8 * index);
    content.write(name, at, 'latin1');
    at += 32;
  }
  return Buffer.concat([head, toc, content]);
}

const kind = (entry: Buffer) => entry.readUInt32LE(0);

test('a program gets a resource, and keeps what it has in memory and nothing else', () => {
  const program = readFileSync(process.execPath);
  const resource = Buffer.from('what it is to find');
  const made = withResource(program, 'NAME', resource);
  const [before, after] = [tables(program), tables(made)];

  const notes = after.segments.filter((segment) => kind(segment) === 4);
  const [note = Buffer.alloc(56)] = notes;
  const [offset = 0, address = 0, , size = 0] = numbers(note, 8, 16, 24, 32);
  const content = made.subarray(offset, offset + size);
  expect([0, 4].map((at) => content.readUInt32LE(at))).toEqual([5, resource.length]);
  expect(content.toString('latin1', 12, 17)).toBe('NAME\0');
  expect(content.subarray(20, 20 + resource.length)).toEqual(resource);

  const loads = (segments: readonly Buffer[]) => segments.filter((segment) => kind(segment) === 1);
  expect(loads(after.segments)).toHaveLength(loads(before.segments).length);
  for (const [index, segment] of loads(before.segments).entries()) {
    const [from = 0, filled = 0] = numbers(segment, 8, 32);
    const now = loads(after.segments)[index] ?? Buffer.alloc(56);
    expect(numbers(now, 8, 16)).toEqual(numbers(segment, 8, 16));
    // But for the program's own header, and the table of segments behind it.
    const skipped = from === 0 ? 4096 : 0;
    expect(
      made.subarray(from + skipped, from + filled).equals(program.subarray(from + skipped, from + filled)),
    ).toBe(true);
  }
  const last = loads(after.segments).at(-1) ?? Buffer.alloc(56);
  const [start = 0, at = 0, filled = 0, inMemory = 0] = numbers(last, 8, 16, 32, 40);
  expect(filled).toBe(inMemory);
  expect([offset - start, offset + size]).toEqual([address - at, start + filled]);

  const loaded = before.sections.filter(({ header }) => (header.readBigUInt64LE(8) & 2n) > 0n);
  expect(after.sections.map(({ name }) => name)).toEqual([
    '',
    ...loaded.map(({ name }) => name),
    '.note.resource',
    '.shstrtab',
  ]);
});

/** What a program has in memory, by address, where that comes from the file. */
function inMemory(program: Buffer): readonly { readonly address: number; readonly content: Buffer }[] {
  return tables(program)
    .segments.filter((segment) => kind(segment) === 1)
    .map((segment) => {
      const [offset = 0, address = 0, , filled = 0] = numbers(segment, 8, 16, 24, 32);
      return { address, content: program.subarray(offset, offset + filled) };
    });
}

test('a program loses pages that it does not use, and has all others where they were', () => {
  const program = small();
  const made = withoutPages(program, { from: 0x10100, to: 0x30000 });
  expect(made.length).toBe(program.length - 0x10000);
  const [before, after] = [inMemory(program), inMemory(made)];
  expect(after.map(({ address }) => address)).toEqual([0x400000, 0x430000, 0x850000]);
  const [first = Buffer.alloc(0), second, last] = after.map(({ content }) => content);
  const [all = Buffer.alloc(0), data] = before.map(({ content }) => content);
  expect(first.subarray(0x300).equals(all.subarray(0x300, 0x20000))).toBe(true);
  expect(second?.equals(all.subarray(0x30000))).toBe(true);
  expect(last?.equals(data ?? first)).toBe(true);

  const loader = tables(made).segments.find((segment) => kind(segment) === 3) ?? Buffer.alloc(56);
  const [offset = 0, address = 0, , size = 0] = numbers(loader, 8, 16, 24, 32);
  expect(made.toString('latin1', offset, offset + size)).toBe('/lib/ld.so\0');
  expect(address).toBe(0x400000 + offset);
});

test('of the data of ICU, that of other languages goes, and the rest is where its table says', () => {
  const names = ['brkitr/thai.dict', 'de.res', 'en.res', 'ibm-37.cnv', 'root.res', 'zone/en_GB.res'];
  const data = icuData(names);
  const { program, unused } = withEnglishAlone(Buffer.concat([Buffer.alloc(48), data]));
  const table = 48 + program.readUInt16LE(48);
  const found = Array.from({ length: program.readUInt32LE(table) }, (_, index) => {
    const [name = 0, at = 0] = [4, 8].map((each) => table + program.readUInt32LE(table + each + 8 * index));
    return [
      program.toString('latin1', name, program.indexOf(0, name)),
      program.toString('latin1', at, at + 20),
    ];
  });
  expect(found.map(([name]) => name)).toEqual(['icudt/en.res', 'icudt/root.res']);
  for (const [name = '', content] of found) expect(content).toMatch(name.replace('icudt/', ''));
  expect(program.subarray(unused.from, unused.to).every((byte) => byte === 0)).toBe(true);
});

test('anything else is refused', () => {
  expect(() => withResource(Buffer.from('#!/bin/sh\n'), 'NAME', Buffer.alloc(1))).toThrow('no ELF program');
});
