/**
 * Programs of 64 bits and the byte order of x86-64 and aarch64. Source: System V ABI, chapters 4 and 5; elf(5). No strip
 * of a distribution knows both processors, and what it writes depends on its version.
 */

const [segmentLoaded, segmentOfLoader, segmentOfNotes, segmentOfTable] = [1, 3, 4, 6];
const [headerSize, segmentSize] = [64, 56];
const [sectionOfText, sectionOfNotes] = [3, 7];
const [isAllocated, hasLinkInInfo] = [0x2n, 0x40n];
/** Of x86-64, and the largest of aarch64. */
const [page, largePage] = [0x1000, 0x10000];

/**
 * The same program with what Node.js finds as that resource of its own, and without what is not loaded when it runs:
 * symbols, and what is for debuggers.
 *
 * A segment more would need room in the table of segments, which has none. So the last one, of the data, goes on behind
 * what it has in memory, and the one of notes is moved there.
 *
 * @throws Error when the program is none that this can be done with.
 */
export function withResource(program: Buffer, name: string, resource: Buffer): Buffer {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('this is no ELF program');
  const copy = Buffer.from(program);
  const segments = tableAt(copy, 32, 54);
  const data = segments.findLast(isLoaded);
  const notes = segments.find((segment) => segment.readUInt32LE(0) === segmentOfNotes);
  if (data === undefined || notes === undefined) throw new Error('the program has no data, or no notes');

  const [offset, address, filled, inMemory] = [8, 16, 32, 40].map((at) => number(data, at)) as Four;
  const before = Math.ceil((address + inMemory) / page) * page - address + gap;
  const added = noteOf(name, resource);
  for (const at of [32, 40]) setNumber(data, at, before + added.length);
  const place = { offset: offset + before, address: address + before, size: added.length };
  writeNumbers(notes, 8, [place.offset, place.address, place.address, place.size, place.size, 4]);

  const loaded = [copy.subarray(0, offset + filled), Buffer.alloc(before - filled), added];
  return withSections(Buffer.concat(loaded), [
    ...loadedSections(program),
    { name: '.note.resource', header: headerOf(sectionOfNotes, place) },
  ]);
}

/** Of bytes in a file: from this one, up to that one. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The same program without the pages of its file that are in `unused`. In memory there is nothing in their place, so
 * the segment that they were in becomes two. In the table of segments, the one more takes the room of the notes behind
 * it, which are gone.
 *
 * @throws Error when they are in no segment, or when there is no such room.
 */
export function withoutPages(program: Buffer, unused: Range): Buffer {
  const from = Math.ceil(unused.from / largePage) * largePage;
  const to = Math.floor(unused.to / largePage) * largePage;
  const copy = Buffer.from(program);
  const segments = tableAt(copy, 32, 54).map((segment) => Buffer.from(segment));
  const sections = tableAt(copy, 40, 58);
  const cut = segments.find((segment) => isLoaded(segment) && holds(segment, 8, 32, from));
  const cutSection = sections.find((section) => holds(section, 24, 32, from));
  const [freeSection] = sections.filter(isOfNotes);
  if (!cut || !cutSection || !freeSection || from >= to) throw new Error('no pages can be left out');

  makeRoom(copy, segments, sections);
  const address = number(cut, 16) + to - number(cut, 8);
  const [second, size] = [Buffer.from(cut), number(cut, 8) + number(cut, 32) - to];
  writeNumbers(second, 8, [to, address, address, size, size]);
  for (const at of [32, 40]) setNumber(cut, at, from - number(cut, 8));
  cutSection.copy(freeSection);
  writeNumbers(freeSection, 16, [address, to, number(cutSection, 24) + number(cutSection, 32) - to]);
  setNumber(cutSection, 32, from - number(cutSection, 24));

  const moved = (entry: Buffer, at: number) => {
    if (number(entry, at) >= to) setNumber(entry, at, number(entry, at) - (to - from));
  };
  const table = segments.flatMap((segment) => (segment === cut ? [segment, second] : [segment]));
  for (const segment of table) moved(segment, 8);
  for (const section of sections) moved(section, 24);
  moved(copy, 40);
  copy.writeUInt16LE(table.length, 56);
  Buffer.concat(table).copy(copy, headerSize);
  return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
}

/** Room for one segment more: the path of what loads the program moves, and the notes behind it go. */
function makeRoom(program: Buffer, segments: readonly Buffer[], sections: readonly Buffer[]): void {
  const size = segmentSize * (segments.length + 1);
  const at = headerSize + size;
  const [head, table, loader] = [segmentLoaded, segmentOfTable, segmentOfLoader].map((kind) =>
    segments.find((segment) => segment.readUInt32LE(0) === kind),
  );
  if (!head || !table || !loader) throw new Error('the program has none of the segments that are known');
  const path = Buffer.from(program.subarray(number(loader, 8), number(loader, 8) + number(loader, 32)));
  const pathSection = sections.find((section) => number(section, 24) === number(loader, 8));
  const staying = sections.filter((section) => section !== pathSection && !isOfNotes(section));
  const limit = Math.min(...staying.map((section) => number(section, 24)).filter((offset) => offset > 0));
  if (at + path.length > limit) throw new Error('the table of segments has no room for one more');

  const address = number(head, 16) + at;
  for (const sizeAt of [32, 40]) setNumber(table, sizeAt, size);
  writeNumbers(loader, 8, [at, address, address]);
  if (pathSection !== undefined) writeNumbers(pathSection, 16, [address, at]);
  for (const section of sections.filter(isOfNotes)) section.fill(0);
  program.fill(0, at, limit);
  path.copy(program, at);
}

const isLoaded = (segment: Buffer) => segment.readUInt32LE(0) === segmentLoaded;
const isOfNotes = (section: Buffer) => section.readUInt32LE(4) === sectionOfNotes;

/** Whether an entry, which says where it begins and how large it is, has that byte of the file. */
function holds(entry: Buffer, offsetAt: number, sizeAt: number, at: number): boolean {
  return number(entry, offsetAt) <= at && at < number(entry, offsetAt) + number(entry, sizeAt);
}

type Four = [number, number, number, number];

/** In front of the note, so that the resource begins at a multiple of 16. */
const gap = 4;

function noteOf(name: string, resource: Buffer): Buffer {
  const title = Buffer.from(`${name}\0`);
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(title.length, 0);
  sizes.writeUInt32LE(resource.length, 4);
  const padded = (part: Buffer) => [part, Buffer.alloc(-part.length & 3)];
  return Buffer.concat([sizes, ...padded(title), ...padded(resource)]);
}

interface Section {
  readonly name: string;
  readonly header: Buffer;
}

/** Those that the program has in memory, behind the empty one that each table begins with. */
function loadedSections(program: Buffer): readonly Section[] {
  const headers = tableAt(Buffer.from(program), 40, 58);
  const names = number(headers[program.readUInt16LE(62)], 24);
  const kept = headers.filter(
    (header, index) => index === 0 || (header.readBigUInt64LE(8) & isAllocated) > 0n,
  );
  const moved = (index: number) => Math.max(0, kept.indexOf(headers[index] ?? Buffer.alloc(0)));
  return kept.map((old) => {
    const header = Buffer.from(old);
    header.writeUInt32LE(moved(old.readUInt32LE(40)), 40);
    if ((old.readBigUInt64LE(8) & hasLinkInInfo) > 0n) header.writeUInt32LE(moved(old.readUInt32LE(44)), 44);
    const from = names + old.readUInt32LE(0);
    return { name: program.toString('latin1', from, program.indexOf(0, from)), header };
  });
}

/** `loaded`, with a table of these sections and of the names that they have. */
function withSections(loaded: Buffer, sections: readonly Section[]): Buffer {
  const names = [...sections.map(({ name }) => name), '.shstrtab'];
  const text = Buffer.from(`${names.join('\0')}\0`, 'latin1');
  const own = headerOf(sectionOfText, { offset: loaded.length, address: 0, size: text.length });
  const headers = [...sections.map(({ header }) => header), own];
  let from = 0;
  for (const [index, name] of names.entries()) {
    headers[index]?.writeUInt32LE(from, 0);
    from += name.length + 1;
  }
  const padding = Buffer.alloc(-(loaded.length + text.length) & 7);
  const whole = Buffer.concat([loaded, text, padding, ...headers]);
  setNumber(whole, 40, loaded.length + text.length + padding.length);
  whole.writeUInt16LE(headers.length, 60);
  whole.writeUInt16LE(headers.length - 1, 62);
  return whole;
}

function headerOf(kind: number, place: { offset: number; address: number; size: number }): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(kind, 4);
  setNumber(header, 8, place.address === 0 ? 0 : Number(isAllocated));
  writeNumbers(header, 16, [place.address, place.offset, place.size]);
  setNumber(header, 48, place.address === 0 ? 1 : 4);
  return header;
}

/** The entries of a table of which the header of the program says at `offsetAt` where it is, at `sizeAt` how large. */
function tableAt(program: Buffer, offsetAt: number, sizeAt: number): readonly Buffer[] {
  const [offset, size] = [number(program, offsetAt), program.readUInt16LE(sizeAt)];
  return Array.from({ length: program.readUInt16LE(sizeAt + 2) }, (_, index) =>
    program.subarray(offset + index * size, offset + (index + 1) * size),
  );
}

function number(entry: Buffer | undefined, at: number): number {
  return Number(entry?.readBigUInt64LE(at) ?? 0);
}

function setNumber(entry: Buffer, at: number, value: number): void {
  entry.writeBigUInt64LE(BigInt(value), at);
}

function writeNumbers(entry: Buffer, at: number, values: readonly number[]): void {
  for (const [index, value] of values.entries()) setNumber(entry, at + 8 * index, value);
}
