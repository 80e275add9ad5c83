import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Receipt, receiptShape, writtenReceipt } from '../model/receipt.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { mismatch, type Shape } from '../text/shape.js';
import { fileName } from './file-name.js';
import { type ReadState, type StateFile, stateFile } from './state-file.js';

export type ReadReceipt = ReadState<Receipt>;

/** The receipts of a state directory, one file for each deployment, named after it. */
export interface ReceiptStore {
  read(deployment: string): ReadReceipt;
  /**
   * Replaces the deployment's receipt; a damaged one is kept aside.
   * @throws BoundImagesError `state`; then the old one is as it was.
   */
  write(receipt: Receipt): void;
  /** Every receipt and every damaged one, sorted by file name; none of kind `none`. */
  all(): readonly ReadReceipt[];
  /** @throws BoundImagesError `state`. */
  remove(deployment: string): void;
}

export function receiptStore(stateDirectory: string): ReceiptStore {
  const file = (name: string) => receiptFile(join(stateDirectory, name), name);
  const named = (deployment: string) => file(receiptName(deployment));
  return {
    read: (deployment) => named(deployment).read(),
    write: (receipt) => named(receipt.deployment).write(writtenReceipt(receipt)),
    all: () => {
      const names = listNames(stateDirectory);
      if (!Array.isArray(names)) return [names];
      return names.map((name) => file(name).read()).filter(({ kind }) => kind !== 'none');
    },
    remove: (deployment) => named(deployment).remove(),
  };
}

function receiptName(deployment: string): string {
  return `${fileName(deployment)}.json`;
}

function receiptFile(path: string, name: string): StateFile<Receipt> {
  const shape: Shape<Receipt> = (value, at) => {
    const receipt = receiptShape(value, at);
    return receiptName(receipt.deployment) === name
      ? receipt
      : mismatch(at, 'is the receipt of another deployment');
  };
  return stateFile(path, 1, shape);
}

function listNames(directory: string): string[] | Extract<ReadReceipt, { kind: 'damaged' }> {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort();
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    const message = `${directory} cannot be read: ${errnoReason(error)}`;
    const hint = 'make it a directory that this user may read, or name another';
    const reason = { kind: 'receipts-directory' } as const;
    return { kind: 'damaged', damage: { file: directory, message, hint, reason } };
  }
}
