import { findProgram } from './find-program.js';

/**
 * What to put in front of a command line so that the kernel sends it TERM when this process dies (setpriv(1) of
 * util-linux); nothing where there is no such program.
 */
export function withDeathSignal(): readonly string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--'];
}
