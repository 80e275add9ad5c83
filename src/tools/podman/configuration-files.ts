import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseToml, type Table } from '../../text/toml.js';

/** Where a user's own containers.conf and storage.conf lie; see “FILES” in their manual pages. */
export function userDirectory(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'containers');
}

/** The names of the drop-ins in a directory, sorted; none where there is no such directory. */
export function listDropIns(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf'))
      .sort();
  } catch {
    return [];
  }
}

/** What cannot be read is podman's to complain about, and says nothing here. */
export function readToml(path: string): Table {
  try {
    const parsed = parseToml(readFileSync(path, 'utf8'));
    return parsed.ok ? parsed.table : {};
  } catch {
    return {};
  }
}
