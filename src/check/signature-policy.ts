import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile, nowhere, type Place } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import { repositoryOf } from '../model/reference/image-name.js';
import type { Reference } from '../model/reference/reference.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import type { RegistriesConf } from '../registries/conf/registries-file.js';
import { pullSources } from '../registries/conf/registry.js';
import { fullNames } from '../registries/conf/short-name.js';
import { mainFile } from '../root/configuration-files.js';
import { describeProblem } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { findLineStarts, positionAt } from '../text/position.js';
import { type Policy, parsePolicy } from './signature-policy/policy.js';
import { type RegistriesD, readRegistriesD } from './signature-policy/registries-d.js';
import type { Requirement } from './signature-policy/requirement.js';
import { requirementsFor } from './signature-policy/scopes.js';
import type { Subject } from './subject.js';
import { isWholeRoot } from './whole-root.js';

/** The new root’s policy.json and registries.d (containers-policy.json(5)): what podman refuses there, and bound images that it refuses because of it. */
export function checkSignaturePolicy({ roots: { newRoot }, images }: Subject): readonly Diagnostic[] {
  const registriesD = readRegistriesD(newRoot);
  const file = mainFile(newRoot, 'policy.json');
  if (file === undefined) {
    const isMissed = images.length > 0 && isWholeRoot(newRoot);
    const missing = isMissed ? [diagnose('policy-missing', inFile('/etc/containers/policy.json'), {})] : [];
    return [...registriesD.diagnostics, ...missing];
  }
  if (!file.ok) {
    const args = { problem: file.problem, hint: null };
    return [...registriesD.diagnostics, diagnose('policy-invalid', inFile(file.path), args)];
  }
  const text = file.bytes.toString('utf8');
  const lineStarts = findLineStarts(text);
  const placeAt = (offset: number): Place => ({ ...inFile(file.path), ...positionAt(lineStarts, offset) });
  const { policy, problems } = parsePolicy(text);
  const diagnostics = [
    ...registriesD.diagnostics,
    ...problems.map(({ offset, ...args }) => diagnose('policy-invalid', placeAt(offset), args)),
  ];
  if (policy === undefined || problems.length > 0) return diagnostics;

  const conf = readRegistriesConf(newRoot);
  const context: Context = { policy, root: newRoot, conf, registriesD, placeAt, reported: new Set() };
  return [
    ...diagnostics,
    ...images.flatMap(({ image }) => judge(image.reference, image.sources[0] ?? nowhere, context)),
  ];
}

interface Context {
  readonly policy: Policy;
  readonly root: RootView;
  readonly conf: RegistriesConf;
  readonly registriesD: RegistriesD;
  readonly placeAt: (offset: number) => Place;
  /** The offsets of which something was said: what is wrong with a key is so for all images. */
  readonly reported: Set<number>;
}

/** Why podman refuses a bound image, as far as files tell. */
function judge(reference: Reference, source: Place, context: Context): readonly Diagnostic[] {
  const names = namesOf(reference, context.conf);
  const required = names.map((name) => requirementsFor(context.policy, reference.transport, name));
  const rejecting = required.map((requirements) => requirements.find(({ type }) => type === 'reject'));
  const [rejection] = rejecting;
  if (rejection !== undefined && !rejecting.includes(undefined)) {
    const { file, line } = context.placeAt(rejection.offset);
    const args = { reference: reference.text, path: file ?? '', line: line ?? 0 };
    return [diagnose('policy-rejects', source, args)];
  }
  // The keys, and what is in registries.d, may be in the image below.
  if (!isWholeRoot(context.root)) return [];
  return names.flatMap((name, index) =>
    (required[index] ?? []).flatMap((requirement) => [
      ...missingKeys(requirement, reference.text, context),
      ...(reference.transport === 'docker'
        ? unreadSignatures(requirement, name, reference.text, context)
        : []),
    ]),
  );
}

/** The names in full that policy.json may have scopes for; '' for an image that is in a file. */
function namesOf(reference: Reference, conf: RegistriesConf): readonly string[] {
  if (reference.transport !== 'docker') return [''];
  const full = fullNames(reference, conf);
  return full.ok ? full.names : [];
}

function missingKeys(
  requirement: Requirement,
  reference: string,
  { root, placeAt, reported }: Context,
): readonly Diagnostic[] {
  return requirement.keyFiles.flatMap(({ path, offset }) => {
    if (reported.has(offset)) return [];
    reported.add(offset);
    const found = root.resolve(rootPath(path));
    if (found.kind === 'file') return [];
    const isThere = found.kind === 'directory' || found.kind === 'null' || found.kind === 'other';
    const problem = isThere ? `${found.path} is not a regular file` : describeProblem(found);
    return [diagnose('policy-key-missing', placeAt(offset), { reference, key: path, problem })];
  });
}

/** Sigstore signatures lie beside the image, wherever podman takes it from. */
function unreadSignatures(
  { type, offset }: Requirement,
  name: string,
  reference: string,
  { conf, registriesD, placeAt, reported }: Context,
): readonly Diagnostic[] {
  if (type !== 'sigstoreSigned' || reported.has(offset)) return [];
  const sources = pullSources(conf.registries, name);
  if (sources.some((source) => registriesD.fetchesSigstore(source.name))) return [];
  reported.add(offset);
  const scope = repositoryOf(sources.at(-1)?.name ?? name);
  return [diagnose('policy-signatures-unread', placeAt(offset), { reference, scope })];
}
