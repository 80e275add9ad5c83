import { expect } from 'vitest';
import { outputProblem, progressProblem } from '../../test/support/schemas.js';
import { type CliOptions, type LiveCli, startCli } from './cli.js';
import type { ExecResult } from './exec.js';

/** A frame of a stack trace; where a finding stands is written `at FILE:LINE:COLUMN`, too, but in no script. */
const stackFrame = /^\s+at .*(?:file:\/\/|node:|\.[cm]?js:\d|<anonymous>)/m;

/**
 * Starts the program as `startCli` does; whatever it is given, it must never print a stack trace, and what is JSON is as
 * its schema says.
 */
export function startChecked(args: readonly string[], options: CliOptions = {}): LiveCli {
  const live = startCli(args, options);
  const finished = live.finished.then((result) => {
    expect(result.stdout).not.toMatch(stackFrame);
    expect(result.stderr).not.toMatch(stackFrame);
    expectDocumented(args, result);
    return result;
  });
  return { ...live, finished };
}

/** What is printed as JSON is what contrib/schema says, and no other than one object. */
function expectDocumented(args: readonly string[], { stdout, stderr, exitCode }: ExecResult): void {
  const given = (option: string) => args[args.lastIndexOf(option) + 1];
  const isJson = args.includes('--format') && given('--format') === 'json';
  // A command behind stage has an output of its own, and a process that was killed has written what it could.
  if (isJson && !args.includes('--') && stdout !== '' && exitCode !== null) {
    expect(outputProblem(args[0] ?? '', JSON.parse(stdout))).toBeNull();
  }
  if (!args.includes('--progress') || given('--progress') !== 'json') return;
  for (const line of stderr.split('\n').filter((each) => each.startsWith('{"schemaVersion"'))) {
    expect(progressProblem(JSON.parse(line))).toBeNull();
  }
}

/** Runs the program to its end, with the same check. */
export function runChecked(args: readonly string[], options: CliOptions = {}): Promise<ExecResult> {
  return startChecked(args, options).finished;
}
