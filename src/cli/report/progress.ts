import { BoundImagesError } from '../../model/error.js';
import { isGivenDescriptor } from '../../tools/process/given-descriptor.js';
import { isJournal } from './journal.js';
import type { ProgressDisplay } from './progress-display.js';
import { progressJson } from './progress-json.js';
import type { ProgressKind } from './progress-kinds.js';
import { progressPlain } from './progress-plain.js';
import { progressTerminal } from './progress-terminal.js';
import { styleFor } from './style.js';
import { droppingWriter, streamTo } from './unread.js';

export interface ProgressOptions {
  /** Leaves out what is for people; notes, which the caller has chosen, and JSON remain. */
  readonly quiet: boolean;
  /** Where JSON goes instead of stderr. */
  readonly fd?: number | undefined;
}

/**
 * The display that was asked for, on this process's stderr.
 *
 * @throws BoundImagesError `usage` when `fd` is not open, or given for another kind than JSON.
 */
export function progressFor(kind: ProgressKind, { quiet, fd }: ProgressOptions): ProgressDisplay {
  if (fd !== undefined && kind !== 'json') {
    throw new BoundImagesError('usage', `--progress-fd is for JSON lines, not for --progress ${kind}`, {
      hint: 'leave out one of the two',
    });
  }
  const { stderr, env } = process;
  const write = droppingWriter(stderr);
  if (kind === 'json') {
    const now = () => new Date();
    return fd === undefined ? progressJson(write, now) : progressJson(writerTo(fd), now, write);
  }
  if (kind === 'none' || quiet) return { observer: () => undefined, note: write, close: () => undefined };
  const now = () => performance.now();
  const style = styleFor(stderr);
  if (kind === 'auto' && isLive(stderr.isTTY, env)) return progressTerminal(stderr, style, now);
  const inJournal = isJournal(stderr.fd, env.JOURNAL_STREAM);
  return progressPlain({ write, style: inJournal ? (_, text) => text : style, priorities: inJournal }, now);
}

/** Whether lines can be drawn again in place, and somebody may be there to see it. */
export function isLive(isTTY: boolean, { TERM, CI }: NodeJS.ProcessEnv): boolean {
  return isTTY && TERM !== 'dumb' && (CI === undefined || CI === '');
}

function writerTo(fd: number): (text: string) => unknown {
  if (!isGivenDescriptor(fd)) {
    throw new BoundImagesError('usage', `file descriptor ${fd} is not open`, {
      hint: `open it where bound-images is started, in a shell with ${fd}>FILE`,
    });
  }
  return droppingWriter(streamTo(fd));
}
