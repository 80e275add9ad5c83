import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tarArchive } from '../../integration/support/tar.js';

/** An entry of a table of contents, as the table has it. */
export interface TocEntry {
  readonly type: string;
  readonly name: string;
  readonly linkName?: string;
  readonly size?: number;
  readonly digest?: string;
}

export interface EstargzLayer {
  readonly blob: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A file of the table, with the digest that its text would have. */
export function tocFile(name: string, text: string): TocEntry {
  return { type: 'reg', name, size: text.length, digest: sha256(Buffer.from(text)) };
}

/** A layer in eStargz's form, of which only the table and the footer are true: nobody who reads these needs the rest. */
export function estargzLayer(entries: readonly TocEntry[]): EstargzLayer {
  return estargzOf(Buffer.from(JSON.stringify({ version: 1, entries })));
}

/** The same of any text in the place of the table. */
export function estargzOf(json: Buffer, offset?: number): EstargzLayer {
  const data = gzipSync(Buffer.alloc(1024));
  const files = [{ path: 'stargz.index.json', sizeBytes: json.length, content: [json] }];
  const table = gzipSync(Buffer.concat([...tarArchive(files)]));
  return {
    blob: Buffer.concat([data, table, footer(offset ?? data.length)]),
    annotations: { 'containerd.io/snapshot/stargz/toc.digest': sha256(json) },
  };
}

/** Source: stargz-snapshotter, docs/estargz.md, “Footer”. */
function footer(offset: number): Buffer {
  const extra = Buffer.from(`${offset.toString(16).padStart(16, '0')}STARGZ`);
  const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, extra.length + 4, 0]);
  const field = Buffer.from([0x53, 0x47, extra.length, 0]);
  const empty = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, field, extra, empty]);
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
