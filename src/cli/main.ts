import { errnoReason } from '../text/errno.js';
import { exitStatus } from './exit-status.js';
import { asksForJson, endedBy } from './failure.js';
import { withHelp } from './help.js';
import { withoutOptimizing } from './optimizing-compiler.js';
import { isSet } from './options.js';
import { writeError, writeNote } from './output.js';
import { program } from './program.js';
import { untilRead } from './report/unread.js';

withoutOptimizing();

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
/** Of the command line, once it has been read. */
let format: string | undefined;
/** What never comes to its end must not look like success: Node ends a process that waits for nothing any more. */
let hasEnded = false;
process.on('exit', (status) => {
  if (!hasEnded && status === exitStatus.ok) process.exitCode = report(new Error('the run has no end'));
});
// Not awaited here: as a script of one file, which an executable holds, a module cannot wait.
void main();

async function main(): Promise<never> {
  try {
    const commands = program((status) => {
      process.exitCode = status;
    });
    withHelp(commands);
    commands.hook('preAction', (_, command) => {
      const { timeout, format: given } = command.opts<{ timeout?: number; format?: string }>();
      format = given;
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
  hasEnded = true;
  process.exit();
}

function report(thrown: unknown): number {
  const { status, error, note } = endedBy(thrown);
  if (note !== null) writeNote(note);
  if (error?.code === 'mistake' && isVerbose() && thrown instanceof Error) writeNote(`${thrown.stack}\n`);
  if (error !== null && isJson()) writeError(error);
  return status;
}

function isJson(): boolean {
  if (format !== undefined) return format === 'json';
  return asksForJson(process.argv.slice(2), process.env.BOUND_IMAGES_FORMAT);
}

/** Asked where the options may be what could not be read. */
function isVerbose(): boolean {
  const asked = process.argv.some((argument) => argument === '-v' || argument === '--verbose');
  return asked || isSet('BOUND_IMAGES_VERBOSE');
}
