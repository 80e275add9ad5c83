import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { RuleId } from '../diagnostic/rules.js';
import type { Failure } from '../model/failure.js';
import type { Reason } from '../model/reason.js';
import type { Receipt } from '../model/receipt.js';

type Kind = Reason['kind'];
type OfKind<K extends Kind> = Extract<Reason, { kind: K }>;

/** What nobody needs any more goes first. */
const makeRoom = 'make room with bound-images prune, then with podman image prune';

const onMountedRoot = '“bound-images pull --root DIR” works on a mounted root, and needs no deployment';

/** What the library's hint becomes where options of this command line can be named. */
const hints: { readonly [K in Kind]: (hint: string, reason: OfKind<K>) => string } = {
  stalled: () => 'the registry or the network does not answer; if it is only slow, raise --stall-timeout',
  'time-limit': () => 'run it again, and it goes on from here, or raise --timeout',
  'beyond-rate-limit': () => 'leave out --limit-rate, or add --direct',
  'no-room': () => makeRoom,
  'no-room-anywhere': () =>
    `${makeRoom}; if temporary files fill the disk, set TMPDIR to a directory with room`,
  'payload-size': () => 'if it may be as large, raise --max-size',
  'room-estimated': (hint, { isTemporary }) =>
    `${isTemporary ? hint : makeRoom}; --min-free 0 skips this forecast`,
  'list-in-store': () => 'bound-images pull, or stage, gives the name to the image',
  'damaged-in-store': () => 'bound-images pull, or stage, removes it and pulls it anew',
  unproved: () => 'see whether its files can be read; --verify structure proves less',
  'other-at-work': (hint) => `${hint} with --wait 30m`,
  'no-deployments': () => 'name the root with --root',
  composefs: () => onMountedRoot,
  'not-ostree': () => onMountedRoot,
  'staged-incomplete': () => 'run bound-images stage',
  'staged-replaced': () => 'leave out --root to complete whatever is staged',
  'directory-unknown': () => 'nothing was removed; check the spelling of --dir',
  'state-directory': (hint) => `${hint} with --state-dir`,
  'store-directory': (hint) => `${hint} with --storage-root`,
  'receipts-directory': (hint) => `${hint} with --state-dir`,
  'root-unusable': (_, { root }) => `give ${optionOf(root)} the directory that is the whole OS tree`,
  'image-unusable': (hint) => hint,
  'root-invalid': (_, { root, currentRoot }) =>
    currentRoot === undefined
      ? `see bound-images check --root ${root}`
      : `nothing was removed; see bound-images check --root ${root} --current-root ${currentRoot}`,
  'program-missing': (hint, { name }) => `${hint}, or name the program with --${name}`,
  'program-too-old': (hint, { name }) => `${hint}, or name another program with --${name}`,
  'receipt-damaged': (_, { file }) =>
    `run “bound-images stage” for what is staged; for any other deployment, remove ${file}`,
};

/** The same of findings. */
const ruleHints: { readonly [R in RuleId]?: (hint: string, finding: Diagnostic) => string } = {
  'nothing-bound': (hint, { severity }) => {
    const [, root] = /^read (\S+) as the root$/.exec(hint) ?? [];
    const named =
      root === undefined
        ? 'name the directory that holds usr/lib/bound-images.d: --root DIR'
        : `name that one: --root ${root}`;
    // Elsewhere it is a warning, and no rule can be switched off.
    return severity === 'error'
      ? `${named}; where nothing is to be bound, add --rule nothing-bound=off`
      : named;
  },
  'lock-label-differs': (hint) => `${hint}; bound-images check --image IMAGE --lock prints it`,
  'tag-not-compared': () => 'bind a digest, or pass --pull-policy missing, and the registry is not asked',
};

/** What went wrong, as the library says it: an error, a failure, or what is wrong with a file of the state. */
interface Said {
  readonly message: string;
  readonly hint: string | null;
  readonly reason?: Reason | null;
}

const optionOf = (root: 'new' | 'current') => (root === 'new' ? '--root' : '--current-root');

/** What went wrong, in words that name options; nothing tells any more by what reason. */
export function inOptions<T extends Said>(said: T): Omit<T, 'reason'> {
  const { reason, ...rest } = said;
  if (reason === undefined || reason === null) return rest;
  return { ...rest, message: messageOf(said.message, reason), hint: hintOf(said.hint, reason) };
}

/** The finding, likewise. */
export function findingInOptions(finding: Diagnostic): Diagnostic {
  const words = ruleHints[finding.rule];
  return words === undefined || finding.hint === null
    ? finding
    : { ...finding, hint: words(finding.hint, finding) };
}

function messageOf(message: string, reason: Reason): string {
  // The new root may have been given as an argument, without its option.
  if (reason.kind === 'root-unusable' && reason.root === 'current')
    return `${optionOf(reason.root)} ${reason.path} ${reason.problem}`;
  return reason.kind === 'image-unusable' ? `--image ${reason.image}: ${reason.problem}` : message;
}

function hintOf<K extends Kind>(hint: string | null, reason: OfKind<K>): string | null {
  const words = hints[reason.kind as K];
  // Where the library has nothing to say, neither has the command line.
  return hint === null ? null : words(hint, reason);
}

/** As it is printed in JSON. */
export function failureJson(failure: Failure): Pick<Failure, 'code' | 'message' | 'hint'> {
  const { code, message, hint } = inOptions(failure);
  return { code, message, hint };
}

/** What is written down of a run of the command line is in its words. */
export function receiptInOptions(receipt: Receipt): Receipt {
  const images = receipt.images.map((image) => ({ ...image, error: image.error && inOptions(image.error) }));
  const payloads = receipt.payloads.map((each) => ({ ...each, error: each.error && inOptions(each.error) }));
  return { ...receipt, images, payloads, error: receipt.error && inOptions(receipt.error) };
}
