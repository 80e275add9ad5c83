import { stripVTControlCharacters } from 'node:util';
import type { PullEvent } from '../../model/events.js';
import { failureRecord } from '../../model/failure.js';
import { printableJson } from '../../text/printable.js';
import { inOptions } from '../hints.js';
import type { ProgressDisplay } from './progress-display.js';
import { schemaVersion } from './schema-version.js';

/**
 * Progress for programs: each event as one line of JSON, with `schemaVersion` and `time` (RFC 3339, UTC,
 * milliseconds). `noteTo` takes the notes as they are; without it they are events, too, of the kind `note`,
 * so that every line of the stream is JSON.
 */
export function progressJson(
  write: (text: string) => unknown,
  now: () => Date,
  noteTo?: (text: string) => unknown,
): ProgressDisplay {
  const writeEvent = (event: object) =>
    write(`${printableJson({ schemaVersion, time: now().toISOString(), ...event })}\n`);
  return {
    observer: (event) => writeEvent(recorded(event)),
    note: noteTo ?? ((text) => writeEvent({ kind: 'note', text: stripVTControlCharacters(text).trimEnd() })),
    close: () => undefined,
  };
}

function recorded(event: PullEvent): object {
  return 'error' in event && event.error !== null
    ? { ...event, error: failureRecord(inOptions(event.error)) }
    : event;
}
