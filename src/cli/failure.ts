import { CommanderError } from 'commander';
import { BoundImagesError, errorText } from '../model/error.js';
import { hostLimit } from '../model/host-limit.js';
import { exitStatus, statusOfError } from './exit-status.js';
import { inOptions } from './hints.js';
import type { ReportedError } from './report/error.js';

/** How a run ends that something has ended before its result. */
export interface Ended {
  readonly status: number;
  /** null for a request for help, which is none. */
  readonly error: ReportedError | null;
  /** What is to be said on stderr; commander has said its own already. */
  readonly note: string | null;
}

/** What was thrown, as the command line tells it. */
export function endedBy(error: unknown): Ended {
  if (error instanceof CommanderError) return endedByCommander(error);
  const told = error instanceof BoundImagesError ? error : hostLimit(error);
  if (told !== undefined) {
    const { message, hint } = inOptions({ message: told.message, hint: told.hint, reason: told.reason });
    const note = `error: ${message}\n${hint === null ? '' : `hint: ${hint}\n`}`;
    return { status: statusOfError(told.code), error: { code: told.code, message, hint }, note };
  }
  const message = errorText(error);
  const hint = 'this is a mistake in bound-images; --verbose shows where';
  return {
    status: exitStatus.mistake,
    error: { code: 'mistake', message, hint },
    note: `error: ${message}\nhint: ${hint}\n`,
  };
}

/** Its own status for a wrong command line is 1. */
function endedByCommander({ exitCode, code, message: said }: CommanderError): Ended {
  if (exitCode === 0) return { status: exitStatus.ok, error: null, note: null };
  const [first = '', ...rest] = said.replace(/^error: /, '').split('\n');
  // Without a command it prints the help.
  const message = code === 'commander.help' ? 'no command was given' : first;
  const hint = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  return {
    status: exitStatus.usage,
    error: { code: 'usage', message, hint: hint === '' ? null : hint },
    note: null,
  };
}

/** Whether a command line that could not be read to its end asks for JSON. */
export function asksForJson(args: readonly string[], variable: string | undefined): boolean {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const formats = own.flatMap((arg, index) => {
    if (arg.startsWith('--format=')) return [arg.slice('--format='.length)];
    return arg === '--format' ? (own[index + 1] ?? []) : [];
  });
  return (formats.at(-1) ?? variable) === 'json';
}
