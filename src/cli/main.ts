#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { BoundImagesError, errorText } from '../model/error.js';
import { hostLimit } from '../model/host-limit.js';
import { errnoReason } from '../text/errno.js';
import { exitStatus, statusOfError } from './exit-status.js';
import { inOptions } from './hints.js';
import { isSet } from './options.js';
import { writeNote } from './output.js';
import { program } from './program.js';
import { untilRead } from './report/unread.js';

// No optimizing compiler: a run of a fraction of a second ends before it has paid, and on a host with few cores it
// takes as much time as all the rest. Node 20, 22 and 24 know this flag.
setFlagsFromString('--max-optimized-bytecode-size=0');

let isUnwritten = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, such as head(1), is no error, and each further write fails as well.
    if (error.code === 'EPIPE' || isUnwritten) return;
    isUnwritten = true;
    if (stream === process.stdout) {
      process.stderr.write(`error: the result cannot be written: ${errnoReason(error)}\n`);
    }
  });
}
// What is known to be wrong counts more than that nobody can read it.
process.on('exit', (status) => {
  if (isUnwritten && status === exitStatus.ok) process.exitCode = exitStatus.transient;
});

// What nobody awaits must not end with Node's own words either.
process.on('uncaughtException', (error) => process.exit(report(error)));

const limit = new AbortController();
try {
  const commands = program((status) => {
    process.exitCode = status;
  });
  commands.hook('preAction', (_, command) => {
    const { timeout } = command.opts<{ timeout?: number }>();
    if (timeout !== undefined) setTimeout(() => limit.abort(), timeout).unref();
  });
  await commands.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// A reader that has stopped reading must not keep us: one of the result for as long as the whole run may take, and
// not after a signal.
const isInterrupted = Number(process.exitCode ?? 0) > 128;
// Before that, a write that has failed is told.
await new Promise(setImmediate);
if (!(await untilRead(isInterrupted ? 'patience' : limit.signal))) isUnwritten = true;
process.exit();

function report(error: unknown): number {
  // commander has written its message already; its own status for a wrong command line is 1.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
  const told = error instanceof BoundImagesError ? error : hostLimit(error);
  if (told !== undefined) {
    const { message, hint } = inOptions({ message: told.message, hint: told.hint, reason: told.reason });
    writeNote(`error: ${message}\n${hint === null ? '' : `hint: ${hint}\n`}`);
    return statusOfError(told.code);
  }
  const text = errorText(error);
  writeNote(`error: ${text}\nhint: this is a mistake in bound-images; --verbose shows where\n`);
  if (isVerbose() && error instanceof Error) writeNote(`${error.stack}\n`);
  return exitStatus.mistake;
}

/** Asked where the options may be what could not be read. */
function isVerbose(): boolean {
  const asked = process.argv.some((argument) => argument === '-v' || argument === '--verbose');
  return asked || isSet('BOUND_IMAGES_VERBOSE');
}
