import { readdirSync, readFileSync } from 'node:fs';

/**
 * How many bytes the processes of each of these groups have written so far, to files and elsewhere; a sign of
 * life of a podman that unpacks a large layer. Source: proc(5), `wchar` in /proc/PID/io.
 */
export function writtenBytes(groups: ReadonlySet<number>): ReadonlyMap<number, number> {
  const written = new Map<number, number>();
  if (groups.size === 0) return written;
  for (const pid of readdirSync('/proc')) {
    const group = /^\d+$/.test(pid) ? groupOf(pid) : undefined;
    if (group === undefined || !groups.has(group)) continue;
    const bytes = Number(/^wchar: (\d+)/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0);
    written.set(group, (written.get(group) ?? 0) + bytes);
  }
  return written;
}

function groupOf(pid: string): number {
  const stat = read(`/proc/${pid}/stat`);
  // The second field may hold blanks and brackets; the group is the third field after it.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** A process may end while we look. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
