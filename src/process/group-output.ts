import { readdirSync, readFileSync } from 'node:fs';

/**
 * How many bytes the processes of a group have written so far, to files and elsewhere; a sign of life of a
 * podman that unpacks a large layer. Source: proc(5), `wchar` in /proc/PID/io.
 */
export function writtenBytes(group: number): number {
  let sum = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || groupOf(pid) !== group) continue;
    sum += Number(/^wchar: (\d+)/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0);
  }
  return sum;
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
