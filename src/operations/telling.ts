import type { NoteEvent, Observe } from '../model/events.js';
import type { Trace } from '../tools/process/run.js';

/** Tells of each program that is started. */
export function traceOf(observe: Observe): Trace {
  return (commandLine) => observe({ kind: 'command', commandLine });
}

/** Takes sentences for whoever waits. */
export function noteOf(observe: Observe, level: NoteEvent['level']): (text: string) => void {
  return (text) => observe({ kind: 'note', level, text });
}
