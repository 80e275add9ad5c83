import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Where inotify does not tell, as when its watches are used up. */
const pollMs = 2000;

/** Calls `onChange` whenever a file was made, replaced or removed, until the returned function is called. */
export function watchFile(path: string, onChange: () => void): () => void {
  let seen = versionOf(path);
  const look = () => {
    const now = versionOf(path);
    if (now === seen) return;
    seen = now;
    onChange();
  };
  let watcher: FSWatcher | undefined;
  try {
    // The directory: the file itself is another one each time.
    watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) look();
    });
    watcher.on('error', () => undefined);
  } catch {
    // There is the timer.
  }
  const timer = setInterval(look, pollMs).unref();
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}

function versionOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.ino} ${stats.mtimeNs}`;
}
