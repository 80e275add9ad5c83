import type {
  EndEvent,
  Origin,
  PullEvent,
  RetryEvent,
  StartEvent,
  SummaryEvent,
} from '../../model/events.js';
import { formatBytes, formatDuration, formatRate, formatTimeLeft } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { plural } from './diagnostics-text.js';
import type { ProgressState } from './progress-state.js';
import type { styleFor } from './style.js';
import { transferRate } from './transfer-rate.js';

export type Style = ReturnType<typeof styleFor>;

/** What a line is about, by the names that syslog(3) has for it. */
export type Level = 'info' | 'warning' | 'error';

export interface Sentence {
  readonly level: Level;
  /** One line, without a line feed. */
  readonly text: string;
}

/** What an event says that is worth a line of its own; null: nothing. */
export function sentenceOf(event: PullEvent, style: Style): Sentence | null {
  switch (event.kind) {
    case 'start':
      return { level: 'info', text: startText(event) };
    case 'retry':
      return { level: 'warning', text: retryText(event, style) };
    case 'end':
      return event.state === 'pulled'
        ? { level: 'info', text: pulledText(event, style) }
        : { level: 'error', text: failedText(event, style) };
    case 'summary':
      return { level: 'info', text: summaryText(event) };
    case 'plan':
    case 'waiting':
    case 'progress':
      return null;
  }
}

/** `3 of 8 images`, `120 MB of 600 MB`, `12.0 MB/s`, `about 0:40 left`: what is known, the weightiest first. */
export function totals(state: ProgressState, nowMs: number): readonly string[] {
  const { toPull, pulled, failed, received, expected, samples } = state;
  const done = pulled + failed;
  const images = toPull === null ? plural(done, 'image') : `${done} of ${plural(toPull, 'image')}`;
  const about = state.current.some(({ isEstimated }) => isEstimated) ? '~' : '';
  const rate = transferRate(samples, nowMs);
  const left = expected === null ? null : secondsLeft(received, expected, rate);
  return [
    failed === 0 ? images : `${images} (${failed} failed)`,
    // More may arrive than was expected: a layer that another image was to bring.
    expected === null
      ? `${about}${formatBytes(received)}`
      : `${about}${formatBytes(received)} of ${formatBytes(Math.max(received, expected))}`,
    ...(rate === null ? [] : [formatRate(rate)]),
    ...(left === null ? [] : [`about ${formatTimeLeft(left)} left`]),
  ];
}

/** Null when nothing moves or nothing is left, and from four days on, when nobody can tell. */
export function secondsLeft(received: number, expected: number, rate: number | null): number | null {
  const seconds = rate === null ? Number.POSITIVE_INFINITY : (expected - received) / rate;
  return seconds > 0 && seconds < 100 * 3600 ? seconds : null;
}

function startText({ reference, attempt, bytes }: StartEvent): string {
  const size = bytes === null ? '' : `, ${formatBytes(bytes)}`;
  return `pulling ${printable(reference)}${attempt === 1 ? '' : `, attempt ${attempt}`}${size}`;
}

function retryText({ reference, attempt, waitSeconds, error }: RetryEvent, style: Style): string {
  const what = `attempt ${attempt} failed, the next one in ${formatDuration(waitSeconds)}`;
  return `${style('yellow', 'retry')} ${printable(reference)}: ${what}: ${printable(error.message)}`;
}

function pulledText({ reference, received, seconds, attempts }: EndEvent, style: Style): string {
  const often = attempts > 1 ? `, ${plural(attempts, 'attempt')}` : '';
  return `${style('green', 'pulled')} ${printable(reference)} ${formatBytes(received)} in ${formatDuration(seconds)}${often}`;
}

function failedText({ reference, attempts, error }: EndEvent, style: Style): string {
  const often = attempts > 1 ? ` after ${plural(attempts, 'attempt')}` : '';
  const why = error === null ? '' : `: ${printable(error.message)}`;
  return `${style('red', 'failed')} ${printable(reference)}${often}${why}`;
}

/** `12.3 MB from registry.example.com, 400 MB kept from an earlier run`; '' where nothing came that is worth it. */
export function originsText(origins: readonly Origin[]): string {
  return origins
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes)
    .map(({ kind, name, bytes }) => {
      const size = formatBytes(bytes);
      if (kind === 'kept' || name === null) return `${size} kept from an earlier run`;
      return `${size} from ${kind === 'mirror' ? 'the mirror ' : ''}${printable(name)}`;
    })
    .join(', ');
}

function summaryText(summary: SummaryEvent): string {
  const { images, present, pulled, failed, bytes, seconds, sharedBytesSaved, origins } = summary;
  const counts = `${present} present, ${pulled} pulled${failed === 0 ? '' : `, ${failed} failed`}`;
  const rate = bytes > 0 && seconds > 0 ? `, ${formatRate(bytes / seconds)}` : '';
  const saved = sharedBytesSaved ? `; ${formatBytes(sharedBytesSaved)} saved by sharing layers` : '';
  const from = originsText(origins);
  return `${plural(images, 'image')}: ${counts}; ${formatBytes(bytes)} in ${formatDuration(seconds)}${rate}${from === '' ? '' : `: ${from}`}${saved}`;
}
