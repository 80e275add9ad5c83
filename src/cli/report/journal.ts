import { fstatSync } from 'node:fs';

/** sd-daemon(3): the journal takes the priority of a line from the number before it. */
export const priorities = { info: '<6>', warning: '<4>', error: '<3>' } as const;

/**
 * Whether a file descriptor is the connection to the journal that systemd made for this service, and not
 * what somebody put in its place. `journalStream` is $JOURNAL_STREAM, `device:inode` (systemd.exec(5)).
 */
export function isJournal(fd: number, journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return journalStream === `${dev}:${ino}`;
  } catch {
    // A descriptor that is closed leads nowhere.
    return false;
  }
}
