import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Whose state it is. */
export interface User {
  readonly uid: number;
  readonly home: string;
  /** `XDG_STATE_HOME`. */
  readonly stateHome: string | undefined;
}

function thisUser(): User {
  return {
    uid: process.getuid?.() ?? 0,
    home: homedir(),
    stateHome: process.env.XDG_STATE_HOME,
  };
}

/**
 * The absolute path of the directory for receipts, locks and the record of pulled images: the given one, else
 * that of the user (XDG Base Directory Specification; root has no home on every host). It need not exist.
 */
export function stateDirectory(given: string | undefined, user = thisUser()): string {
  if (given !== undefined) return resolve(given);
  if (user.uid === 0) return '/var/lib/bound-images';
  // A relative path there is invalid and to be ignored.
  const { stateHome = '' } = user;
  return join(isAbsolute(stateHome) ? stateHome : join(user.home, '.local/state'), 'bound-images');
}
