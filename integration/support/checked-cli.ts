import { expect } from 'vitest';
import { type CliOptions, type LiveCli, startCli } from './cli.js';
import type { ExecResult } from './exec.js';

/** A frame of a stack trace; where a finding stands is written `at FILE:LINE:COLUMN`, too, but in no script. */
const stackFrame = /^\s+at .*(?:file:\/\/|node:|\.[cm]?js:\d|<anonymous>)/m;

/** Starts the program as `startCli` does; whatever it is given, it must never print a stack trace. */
export function startChecked(args: readonly string[], options: CliOptions = {}): LiveCli {
  const live = startCli(args, options);
  const finished = live.finished.then((result) => {
    expect(result.stdout).not.toMatch(stackFrame);
    expect(result.stderr).not.toMatch(stackFrame);
    return result;
  });
  return { ...live, finished };
}

/** Runs the program to its end, with the same check. */
export function runChecked(args: readonly string[], options: CliOptions = {}): Promise<ExecResult> {
  return startChecked(args, options).finished;
}
