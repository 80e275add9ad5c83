import type { Failure, FailureCode } from '../model/failure.js';
import { noRoomAnywhere } from '../model/no-room.js';
import { reasonOf } from '../model/reason.js';
import type { AuthCandidate, ResolvedImage } from '../model/resolved-image.js';
import { shellWord } from '../text/shell-word.js';
import { findProgram } from '../tools/process/find-program.js';
import { tlsAdvice } from './tls-advice.js';
import { isAuthFailure } from './with-credentials.js';

/** Turns the words of podman or a registry into a failure that says what the operator can do. */
export function explain(
  failure: Failure,
  { image }: ResolvedImage,
  tried: readonly AuthCandidate[],
): Failure {
  const { code, message, kind, hint } = failure;
  const { reference } = image;
  if (!isAuthFailure(failure) || reference.transport !== 'docker') {
    const advice = code === 'no-space' ? noRoomAnywhere : { hint: hintOf(code, message) };
    return { code, kind, message, ...(hint === null ? advice : { hint, ...reasonOf(failure) }) };
  }
  const registry = reference.registry ?? 'the registry';
  return {
    code,
    kind,
    message: `${registry} refuses access with ${describeCandidates(tried)}: ${message}`,
    hint: loginHint(registry, tried),
  };
}

function hintOf(code: FailureCode, message: string): string | null {
  return code === 'tls' ? tlsAdvice(message) : (hints[code] ?? null);
}

/** The pull secret that an administrator may write; it counts before the one that an image ships. */
const ownPullSecret = '/etc/ostree/auth.json';

/** The whole command, for the file that has counted, or that would. */
function loginHint(registry: string, tried: readonly AuthCandidate[]): string {
  if (tried.some(({ kind }) => kind === 'creds')) return `renew the Creds= of the unit for ${registry}`;
  const files = tried.filter((candidate) => candidate.kind === 'file');
  const file = files.find(({ hasEntry }) => hasEntry) ?? files[0];
  const verb = file?.hasEntry ? 'renew the credentials' : 'add credentials';
  const isShipped = file?.path.startsWith('/usr/') ?? false;
  if (file?.from === 'entry' && isShipped)
    return `${verb} for ${registry} in ${file.path}, which the image ships`;
  const path = file === undefined || isShipped ? ownPullSecret : file.path;
  return `${verb}: podman login --authfile ${shellWord(path)} ${registry}`;
}

function describeCandidates(tried: readonly AuthCandidate[]): string {
  const texts = tried.map(describeCandidate).join(', then with ');
  const noneOfOurs = tried.every(({ kind }) => kind === 'own');
  return noneOfOurs ? `${texts}, as no auth file was found in either root` : texts;
}

function describeCandidate(candidate: AuthCandidate): string {
  if (candidate.kind === 'own') return 'podman’s own auth files';
  if (candidate.kind === 'creds') return 'the Creds= of the unit';
  const { path, root, hostPath, hasEntry, helper, useless } = candidate;
  const entry =
    useless !== undefined
      ? `which does not help: ${useless.problem}`
      : hasEntry
        ? `which has ${describeEntry(helper)}`
        : 'which has no entry for it';
  return `the auth file ${path} of the ${root} root (${hostPath}), ${entry}`;
}

/** A helper is a program of this host, whatever root names it. */
function describeEntry(helper: string | undefined): string {
  if (helper === undefined) return 'an entry for it';
  const here = findProgram(helper) === undefined ? ', which is not in the PATH of this host' : '';
  return `the helper ${helper} for it${here}`;
}

const hints: Partial<Record<FailureCode, string>> = {
  archive: 'write it anew, for example with podman save --format oci-archive',
  authfile:
    'see which auth file podman reads here (containers-auth.json(5)), and repair it, or install the helper that it names',
  blocked:
    'see registries.conf and registries.conf.d as the next boot will have them: they block the registry',
  connection: 'see whether the registry is up and reachable from this host',
  corrupt: 'the registry or a proxy on the way serves wrong content',
  dns: 'see whether the name of the registry is right and the resolver works',
  limit:
    'raise the limits of open files, processes and memory: ulimit, or LimitNOFILE=, TasksMax= and MemoryMax= of the unit',
  'manifest-unknown': 'see whether the image was pushed, under this name, and not deleted',
  'no-platform': 'push the image for this platform, or bind another one',
  oversized:
    'see what the registry, or a proxy on the way, serves; where a tag has moved to a larger image meanwhile, run it again',
  permission:
    'see who may write to the store and to the directory for temporary files, and make what a layer holds',
  policy: 'see policy.json of this host: it does not allow the image',
  'read-only': 'the store must be writable: see podman info',
  'server-error': 'the registry has a fault; try again later',
  'stopped-early': 'see the journal for what ended podman, for example a lack of memory',
  'store-busy': 'other programs work on the store; try again when they have ended',
  'store-unfit':
    'see whether the disk, the file system and the driver of the store can hold layers: podman info, containers-storage.conf(5)',
  timeout: 'the registry or the network is too slow; try again later',
  'unknown-flag': 'install a newer podman, or remove the option from the unit',
  unpacking: 'build the image anew, or put the store on a file system that can hold what is in the layer',
  'too-many-requests': 'the registry limits its pulls; log in, use a mirror, or try again later',
};
