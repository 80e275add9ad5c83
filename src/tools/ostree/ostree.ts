import { shownText } from '../../diagnostic/redact.js';
import type { ListedDeployment } from '../../model/deployment.js';
import { BoundImagesError } from '../../model/error.js';
import { type RunResult, run, type Trace } from '../process/run.js';
import { parseOstreeJson, parseOstreeText } from './ostree-status.js';

/**
 * What asking libostree for a change of the lock came to. `unknown` is an `ostree` before 2023.8, for which the
 * lock file is all there is.
 */
export type LockChange = 'changed' | 'unchanged' | 'not-staged' | 'unknown';

/** `ostree admin` on the booted sysroot. */
export interface OstreeAdmin {
  /** The one that boots next comes first. @throws BoundImagesError `deployment`. */
  status(signal: AbortSignal): Promise<readonly ListedDeployment[]>;
  /**
   * Locks or unlocks whatever is staged. It waits while another program, such as an updater, holds the sysroot.
   * @throws BoundImagesError `deployment`.
   */
  setLock(locked: boolean, signal: AbortSignal): Promise<LockChange>;
}

/** How an `ostree` without `lock-finalization` refuses it: options come first. */
const unknownCommand = /^error: Unknown (?:"admin" subcommand 'lock-finalization'|option --unlock)$/m;

export function ostreeAdmin(program: string, trace?: Trace): OstreeAdmin {
  const admin = async (args: readonly string[], signal: AbortSignal) => {
    const result = await run(program, ['admin', ...args], { signal, trace });
    signal.throwIfAborted();
    return result;
  };
  return {
    status: async (signal) => {
      const json = await admin(['status', '--json'], signal);
      if (json.exitCode === 0) return parseOstreeJson(json.stdout);
      if (!json.stderr.includes('Unknown option --json')) throw failed('say what is deployed', json);
      const text = await admin(['status'], signal);
      if (text.exitCode !== 0) throw failed('say what is deployed', text);
      return parseOstreeText(text.stdout);
    },
    setLock: async (locked, signal) => {
      const args = ['lock-finalization', ...(locked ? [] : ['--unlock'])];
      const result = await admin(args, signal);
      if (result.exitCode === 0) return /\bis already\b/.test(result.stdout) ? 'unchanged' : 'changed';
      if (unknownCommand.test(result.stderr)) return 'unknown';
      if (result.stderr.includes('No staged deployment')) return 'not-staged';
      throw failed(`${locked ? 'lock' : 'unlock'} the staged deployment`, result);
    },
  };
}

function failed(what: string, { exitCode, signal, stderr }: RunResult): BoundImagesError {
  const said = /^error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1);
  const reason = shownText(said === undefined || said === '' ? `it ended with ${signal ?? exitCode}` : said);
  return new BoundImagesError('deployment', `ostree cannot ${what}: ${reason}`, {
    hint: 'see what “ostree admin status” says, as root',
  });
}
