import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What has arrived, in bytes. */
export interface Received {
  readonly bytes: number;
  readonly largestBlob: number;
}

export const nothingReceived: Received = { bytes: 0, largestBlob: 0 };

/**
 * Makes a function that says how many bytes have arrived in a directory so far, none before there is one. podman
 * writes each blob to a file of its own below TMPDIR as it comes, and removes it when the layer is unpacked, or at
 * the end: each file counts with the most that it ever held (seen with podman 4.3, 5.4 and 5.8).
 */
export function receivedMeter(directory: () => string | undefined): () => Received {
  const files = new Map<string, number>();
  const visit = (path: string): void => {
    for (const entry of list(path)) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) visit(child);
      else if (entry.isFile()) files.set(child, Math.max(files.get(child) ?? 0, sizeOf(child)));
    }
  };
  return () => {
    const path = directory();
    if (path !== undefined) visit(path);
    let [bytes, largestBlob] = [0, 0];
    for (const size of files.values()) {
      bytes += size;
      largestBlob = Math.max(largestBlob, size);
    }
    return { bytes, largestBlob };
  };
}

/** A file may be gone between the listing and the look. */
function list(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
