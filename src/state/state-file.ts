import { lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reason } from '../model/reason.js';
import { errnoCode } from '../text/errno.js';
import { parseJson } from '../text/json.js';
import { printable } from '../text/printable.js';
import { isObject, readAs, type Shape } from '../text/shape.js';
import { replaceFile } from '../tools/files/atomic-file.js';
import { syncDirectory } from '../tools/files/directories.js';
import { readText } from '../tools/files/read-text.js';
import { stateError } from './state-error.js';

/** A file of the state that is not what this program writes. What it held is unknown; nothing depends on it. */
export interface Damage {
  /** Its absolute path. */
  readonly file: string;
  readonly message: string;
  readonly hint: string;
  readonly reason?: Reason;
}

export type ReadState<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'damaged'; readonly damage: Damage };

/** A JSON file that is replaced as a whole. Its `schemaVersion` changes when older programs would misread it. */
export interface StateFile<T> {
  /** Changes nothing, so that it needs no lock. */
  read(): ReadState<T>;
  /**
   * A damaged file is first kept aside, under the name that `read` gave.
   * @throws BoundImagesError `state`; then there is what was there before.
   */
  write(value: T): void;
  /**
   * No file is fine; a damaged one is kept aside.
   * @throws BoundImagesError `state`.
   */
  remove(): void;
}

export function stateFile<T extends { readonly schemaVersion: number }>(
  path: string,
  version: T['schemaVersion'],
  shape: Shape<T>,
): StateFile<T> {
  const read = (): ReadState<T> => {
    const content = readText(path);
    if (content.kind === 'none') return content;
    const parsed = content.kind === 'text' ? parse(content.text, version, shape) : content;
    if (parsed.kind === 'fits') return { kind: 'read', value: parsed.value };
    return { kind: 'damaged', damage: damage(path, parsed.problem) };
  };
  const keepDamagedAside = () => {
    if (read().kind === 'damaged') renameSync(path, asideName(path));
  };
  return {
    read,
    write: (value) => {
      try {
        keepDamagedAside();
        replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
      } catch (error) {
        throw stateError(path, 'cannot be written', error);
      }
    },
    remove: () => {
      try {
        keepDamagedAside();
        rmSync(path);
        syncDirectory(dirname(path));
      } catch (error) {
        if (errnoCode(error) !== 'ENOENT') throw stateError(path, 'cannot be removed', error);
      }
    },
  };
}

function damage(path: string, problem: string): Damage {
  return {
    file: path,
    message: `${printable(path)} is not used: ${problem}`,
    hint: `it will be kept as ${printable(asideName(path))} when a new one is written`,
  };
}

/** The first name that is free. */
function asideName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.damaged-${number}`;
    if (!isThere(name)) return name;
  }
}

/** Whether anything has that name, be it a link to nothing. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function parse<T>(text: string, version: number, shape: Shape<T>) {
  const parsed = parseJson(text);
  if (!parsed.ok) return { kind: 'mismatch', problem: 'it is not JSON, or only a part of it' } as const;
  const { value } = parsed;
  const actual = isObject(value) ? value.schemaVersion : undefined;
  if (typeof actual === 'number' && actual !== version) {
    const problem = `it has schemaVersion ${actual}, and this program knows only ${version}`;
    return { kind: 'mismatch', problem } as const;
  }
  return readAs(shape, value);
}
