import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { PullOutcome } from '../../model/outcome.js';
import { pullJson, pullText } from './pull.js';
import { schemaVersion } from './schema-version.js';

/** How a run of `stage` ended for one root. */
export interface Staged {
  readonly target: { readonly id: string; readonly root: string };
  readonly state: 'staged' | 'failed';
  /** Who holds its finalization now; `released` it was held by us; null: there is nothing to hold. */
  readonly lock: 'released' | 'ours' | 'theirs' | null;
  readonly outcomes: readonly PullOutcome[];
  readonly diagnostics: readonly Diagnostic[];
  readonly seconds: number;
  /** Where no single image is the reason. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

/** What `stage --format json` prints; `undefined` is for a host on which nothing is staged. */
export function stageJson(staged: Staged | undefined): object {
  if (staged === undefined) {
    return {
      schemaVersion,
      deployment: null,
      state: 'none',
      finalizationLock: null,
      error: null,
      images: [],
    };
  }
  const { target, state, lock, outcomes, diagnostics, seconds, error } = staged;
  const { schemaVersion: _, ...pulled } = pullJson(target.root, outcomes, seconds, diagnostics) as Record<
    string,
    unknown
  >;
  return { schemaVersion, deployment: target.id, state, finalizationLock: lock, error, ...pulled };
}

/** The same for a person. */
export function stageText(
  { target, state, lock, outcomes, seconds, error }: Staged,
  stream: NodeJS.WriteStream,
): string {
  const problem =
    error === null ? '' : `${error.message}\n${error.hint === null ? '' : `hint: ${error.hint}\n`}`;
  const { ready, failed } = endings(lock);
  const ending = state === 'staged' ? `complete; ${ready}` : `not complete; ${failed}`;
  return `${pullText(outcomes, seconds, stream)}${problem}${target.id}: ${ending}\n`;
}

function endings(lock: Staged['lock']): { readonly ready: string; readonly failed: string } {
  const next = 'the next boot is the deployment of now';
  switch (lock) {
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
      return { ready: 'every image is there', failed: 'nothing was made bootable' };
  }
}
