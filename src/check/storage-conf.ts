import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Subject } from './subject.js';

/** The new root's storage.conf (containers-storage.conf(5)), and images that are pulled into a store that it does not name. */
export function checkStorageConf(_subject: Subject): readonly Diagnostic[] {
  return [];
}
