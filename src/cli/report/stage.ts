import type { Staged, StageResult } from '../../operations/stage.js';
import { inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { payloadOutcomeJson } from './payloads.js';
import { pullEndText, pulledJson, pullText } from './pull.js';
import { schemaVersion } from './schema-version.js';
import { shownTarget } from './shown-path.js';

/** What `stage --format json` prints. */
export function stageJson(result: StageResult): object {
  switch (result.kind) {
    case 'nothing-staged':
      return {
        schemaVersion,
        deployment: null,
        state: 'none',
        finalizationLock: null,
        error: null,
        accepted: null,
        images: [],
        payloads: [],
      };
    case 'complete-already':
      return stagedJson({ ...nothingDone, target: result.target });
    case 'ended':
      return stagedJson(result.staged);
  }
}

const nothingDone: Omit<Staged, 'target'> = {
  state: 'staged',
  hold: null,
  outcomes: [],
  payloads: [],
  origins: [],
  diagnostics: [],
  accepted: null,
  seconds: 0,
  error: null,
};

function stagedJson({ target, state, hold, error, accepted, payloads, ...report }: Staged): object {
  return {
    schemaVersion,
    deployment: target.id,
    state,
    finalizationLock: hold,
    error: error && inOptions(error),
    accepted,
    root: target.root,
    ...pulledJson(report),
    payloads: payloads.map(payloadOutcomeJson),
  };
}

/** The same for a person. @param isTold progress was shown on the same terminal */
export function stageText(result: StageResult, stream: NodeJS.WriteStream, isTold = false): string {
  switch (result.kind) {
    case 'nothing-staged':
      return `nothing is staged${result.since === 'before' ? '' : ' any more'}\n`;
    case 'complete-already':
      return `${shownTarget(result.target)}: complete already\n`;
    case 'ended':
      return stagedText(result.staged, stream, isTold);
  }
}

function stagedText(
  { target, state, hold, outcomes, payloads, origins, seconds, diagnostics, accepted, error: said }: Staged,
  stream: NodeJS.WriteStream,
  isTold: boolean,
): string {
  const error = said && inOptions(said);
  // What is wrong with the root may be on the same screen already.
  const isSaid = isTold && diagnostics.some(({ message }) => message === error?.message);
  const problem =
    error === null || isSaid ? '' : `${error.message}\n${error.hint === null ? '' : `hint: ${error.hint}\n`}`;
  const { ready, failed } = endings(hold, accepted === null ? 'every image' : 'every other image');
  const missing =
    accepted === null ? '' : ` but for ${plural(accepted.references.length, 'image')} accepted as missing`;
  const ending = state === 'staged' ? `complete${missing}; ${ready}` : `not complete; ${failed}`;
  return `${(isTold ? pullEndText : pullText)({ outcomes, payloads, origins, seconds }, stream)}${problem}${shownTarget(target)}: ${ending}\n`;
}

function endings(hold: Staged['hold'], images: string): { readonly ready: string; readonly failed: string } {
  const next = 'the next boot is the current deployment';
  switch (hold) {
    case 'released':
      return { ready: 'the next boot is this deployment', failed: next };
    case 'ours':
      return {
        ready: 'it is held for the command that makes it bootable',
        failed: `it is held, so that ${next}`,
      };
    case 'theirs':
      return {
        ready: 'it was held before by someone else, and still is',
        failed: `it was held before by someone else, and still is, so that ${next}`,
      };
    case null:
      return { ready: `${images} is there`, failed: 'nothing was made bootable' };
  }
}
