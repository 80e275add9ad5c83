import { BoundImagesError } from '../../model/error.js';
import { isGivenDescriptor } from '../../tools/process/given-descriptor.js';
import { isJournal } from './journal.js';
import type { ProgressDisplay } from './progress-display.js';
import { progressJson } from './progress-json.js';
import type { ProgressKind } from './progress-kinds.js';
import { progressPlain } from './progress-plain.js';
import { sentenceOf } from './progress-sentences.js';
import { styleFor } from './style.js';
import { droppingWriter, streamTo } from './unread.js';

export interface ProgressOptions {
  /** Leaves out what is for people; notes, which the caller has chosen, and JSON remain. */
  readonly quiet: boolean;
  /** Where JSON goes instead of stderr. */
  readonly fd?: number | undefined;
  /** The result goes to the same terminal, and says what has failed, and the sum of it all. */
  readonly isOneScreen?: boolean | undefined;
}

/** Whether somebody sees progress and the result of a run in the same place. */
export function isOneScreen({
  format,
  quiet,
  progress,
}: {
  readonly format: string;
  readonly quiet: boolean;
  readonly progress: ProgressKind;
}): boolean {
  const isShown = !quiet && (progress === 'auto' || progress === 'plain');
  return isShown && format === 'human' && process.stdout.isTTY === true && process.stderr.isTTY === true;
}

/** What is said of an event where the result will say the rest. */
export const beforeResult: typeof sentenceOf = (event, style) =>
  event.kind === 'summary' || (event.kind === 'end' && event.state === 'failed')
    ? null
    : sentenceOf(event, style);

/**
 * The display that was asked for, on this process's stderr.
 *
 * @throws BoundImagesError `usage` when `fd` is not open, or given for another kind than JSON.
 */
export async function progressFor(
  kind: ProgressKind,
  { quiet, fd, isOneScreen: isResultBeside = false }: ProgressOptions,
): Promise<ProgressDisplay> {
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
  const sentences = isResultBeside ? beforeResult : sentenceOf;
  if (kind === 'auto' && isLive(stderr.isTTY, env)) {
    // Whoever measures the width of text takes a fifth of the time of a start to load.
    const { progressTerminal } = await import('./progress-terminal.js');
    return withoutEmptyRuns(progressTerminal(stderr, style, now, sentences));
  }
  const inJournal = isJournal(stderr.fd, env.JOURNAL_STREAM);
  const lineStyle: typeof style = inJournal ? (_, text) => text : style;
  const output = { write, style: lineStyle, priorities: inJournal };
  return withoutEmptyRuns(progressPlain(output, now, sentences));
}

/** For people: where nothing is to be pulled, the result says all. */
export function withoutEmptyRuns({ observer, ...display }: ProgressDisplay): ProgressDisplay {
  let isEmpty = false;
  return {
    ...display,
    observer: (event) => {
      if (event.kind === 'plan') isEmpty = event.toPull === 0;
      if (!isEmpty || (event.kind !== 'plan' && event.kind !== 'summary')) observer(event);
    },
  };
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
