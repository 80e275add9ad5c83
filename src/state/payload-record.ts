import type { PayloadSource } from '../model/payload.js';
import { count, list, nullable, object, oneOf, type Shape, text } from '../text/shape.js';
import type { PayloadFile } from './payload-files.js';

/** What of a deployment’s payloads is on the disk, and of which images. */
export interface PayloadRecord {
  readonly schemaVersion: 1;
  /** As its receipt names it. */
  readonly deployment: string;
  readonly payloads: readonly StoredPayload[];
}

/** A payload that was taken, and is as it was. */
export interface StoredPayload {
  /** Of the image or artifact. */
  readonly reference: string;
  /** `algorithm:hex`, of its manifest or index, as the store had it. */
  readonly digest: string;
  readonly source: PayloadSource;
  /** Below the directory of the deployment. */
  readonly as: string;
  /** The permission bits that were asked for; null: those of the image. */
  readonly mode: number | null;
  /** Sorted by path. */
  readonly files: readonly PayloadFile[];
}

const sourceShape: Shape<PayloadSource> = (value, at) => {
  const { kind } = object({ kind: oneOf('path', 'title', 'media-type') })(value, at);
  switch (kind) {
    case 'path':
      return object({ kind: oneOf('path'), path: text })(value, at);
    case 'title':
      return object({ kind: oneOf('title'), title: text })(value, at);
    case 'media-type':
      return object({ kind: oneOf('media-type'), mediaType: text })(value, at);
  }
};

export const payloadRecordShape: Shape<PayloadRecord> = object<PayloadRecord>({
  schemaVersion: oneOf(1),
  deployment: text,
  payloads: list(
    object<StoredPayload>({
      reference: text,
      digest: text,
      source: sourceShape,
      as: text,
      mode: nullable(count),
      files: list(
        object<PayloadFile>({
          path: text,
          type: oneOf('file', 'link', 'directory'),
          size: count,
          mode: count,
          digest: nullable(text),
        }),
      ),
    }),
  ),
});

/**
 * What is wrong with what lies there now, as a clause; null where it is what was recorded.
 *
 * @param found the same paths, perhaps without their digests, which are not compared then
 */
export function differenceOf(recorded: readonly PayloadFile[], found: readonly PayloadFile[]): string | null {
  const named = ({ path }: Pick<PayloadFile, 'path'>) => (path === '' ? 'it' : path);
  const now = new Map(found.map((file) => [file.path, file]));
  for (const file of recorded) {
    const other = now.get(file.path);
    if (other === undefined) return `${named(file)} is missing`;
    if (other.type !== file.type) return `${named(file)} is a ${other.type}, and was a ${file.type}`;
    if (other.size !== file.size)
      return `${named(file)} has ${other.size} bytes, and ${file.size} were taken`;
    if (other.mode !== file.mode)
      return `${named(file)} has the mode ${octal(other.mode)}, and had ${octal(file.mode)}`;
    if (other.digest !== null && other.digest !== file.digest)
      return `${named(file)} has other content than was taken`;
  }
  const before = new Set(recorded.map(({ path }) => path));
  const added = found.find(({ path }) => !before.has(path));
  return added === undefined ? null : `${named(added)} was not taken, and is there`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
