/** A program of somebody else: it is compiled and run in a project that has nothing but the packed package. */
import {
  BoundImagesError,
  check,
  isTransient,
  list,
  type OperationEvent,
  type PullOutcome,
  plan,
  pull,
  stage,
} from 'bound-images';

interface Given {
  readonly root: string;
  readonly currentRoot: string;
  readonly storageRoot: string;
  readonly storageRunroot: string;
  readonly stateDir: string;
}

const [given = '{}'] = process.argv.slice(2);
const { root, currentRoot, storageRoot, storageRunroot, stateDir }: Given = JSON.parse(given);
const roots = { root, currentRoot };
const store = { storageRoot, storageRunroot };
const events: OperationEvent[] = [];
const onEvent = (event: OperationEvent) => events.push(event);
const { signal } = new AbortController();

const listed = await list(roots);
const checked = await check({ ...roots, online: true, rules: { 'reference-floating': 'off' }, signal });
const planned = await plan({ ...roots, ...store, signal });
const pulled = await pull({ ...roots, ...store, retries: 1, signal, onEvent });
const again = await pull({ ...roots, ...store });
const staged = await stage({ ...roots, ...store, stateDir });
const stopped = await plan({ ...roots, ...store, signal: AbortSignal.abort() }).catch(
  (reason: unknown) => reason,
);
const wrong = await list({ root: '/nonexistent' }).catch((error: unknown) => error);

const outcome = ({ planned: { resolved }, state, digest, error }: PullOutcome) => ({
  reference: resolved.image.reference.text,
  state,
  digest,
  isHopeless: error !== null && !isTransient(error),
});

process.stdout.write(
  JSON.stringify({
    list: listed.images.map(({ image }) => image.reference.text),
    check: {
      verdict: checked.verdict,
      rules: checked.diagnostics.map(({ rule }) => rule),
      digests: checked.online?.images.map(({ digest }) => digest),
    },
    plan: planned.images.map(({ state, layers }) => ({ state, bytes: layers?.map(({ size }) => size) })),
    pull: pulled.outcomes.map(outcome),
    events: [...new Set(events.map(({ kind }) => kind))],
    again: again.outcomes.map(({ state }) => state),
    stage: staged.kind === 'ended' && {
      state: staged.staged.state,
      images: staged.staged.outcomes.map(({ state }) => state),
    },
    stopped: stopped instanceof Error && stopped.name,
    wrong: wrong instanceof BoundImagesError && wrong.code,
  }),
);
