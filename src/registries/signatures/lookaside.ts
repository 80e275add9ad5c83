import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { shownText } from '../../diagnostic/redact.js';
import type { Failure } from '../../model/failure.js';
import type { RegistrySource } from '../../model/registry-source.js';
import { errnoCode, errnoReason } from '../../text/errno.js';
import type { PlainFiles, PlainTrust } from '../../tools/registry/client/plain-files.js';
import type { Lookaside } from '../../tools/relay/relay.js';
import type { HostSignatures } from './host-signatures.js';

export interface LookasideOptions {
  readonly signatures: Pick<HostSignatures, 'lookasideOf'>;
  readonly files: Pick<PlainFiles, 'get'>;
  /** Where the image of a name, `registry/repository`, is asked for; none where that is not known. */
  readonly sourcesOf: (name: string) => readonly RegistrySource[];
  readonly signal: AbortSignal;
  /** Told why podman gets no signature. */
  readonly tell: (failure: Failure) => void;
}

/** Source: maxLookasideSignatures in go.podman.io/image docker/docker_image_src.go. */
const mostSignatures = 128;
/** Source: MaxSignatureBodySize in go.podman.io/image internal/iolimits. */
const limitBytes = 4 * 1024 * 1024;
/** Of one image, all together: a signature has a few kilobytes, and all of them are kept until podman has them. */
const limitOfAllBytes = 16 * 1024 * 1024;

/**
 * Hands podman the signatures that lie beside an image, from where this host's registries.d says that they are: under
 * the name of the place that the image is asked for, as podman looks, and under its own name. More signatures are found
 * so than podman would find, and it verifies every one.
 * Source: appendSignaturesFromLookaside and getOneSignature in go.podman.io/image docker/docker_image_src.go.
 */
export function hostLookaside(options: LookasideOptions): Lookaside {
  const found = new Map<string, Promise<readonly Buffer[] | 'refused'>>();
  return async (registry, path) => {
    const wanted = parsePath(path);
    if (wanted === undefined) return undefined;
    const { repository, digest, index } = wanted;
    const name = `${registry}/${repository}`;
    const key = `${name}@${digest}`;
    const asked = found.get(key) ?? signaturesOf(name, digest, options);
    found.set(key, asked);
    try {
      const signatures = await asked;
      if (signatures === 'refused') return 'refused';
      // It was the last question about this image.
      if (index > signatures.length) found.delete(key);
      return signatures[index - 1];
    } catch (error) {
      // It will be asked for again.
      found.delete(key);
      throw error;
    }
  };
}

interface Wanted {
  readonly repository: string;
  readonly digest: string;
  /** From 1. */
  readonly index: number;
}

function parsePath(path: string): Wanted | undefined {
  const [, repository = '', algorithm = '', hex = '', index = ''] =
    /^([a-z\d]+(?:[._/-]+[a-z\d]+)*)@([a-z\d]+)=([a-f\d]{64,128})\/signature-([1-9]\d{0,2})$/.exec(path) ??
    [];
  if (repository === '' || /\/\/|(?:^|\/)\.|\.(?:\/|$)/.test(repository)) return undefined;
  return { repository, digest: `${algorithm}:${hex}`, index: Number(index) };
}

/** A base of signatures, without their numbers. */
interface Base {
  readonly url: string;
  readonly trust: PlainTrust;
}

/** All that there are; what may pass is thrown where there are none. */
async function signaturesOf(
  name: string,
  digest: string,
  options: LookasideOptions,
): Promise<readonly Buffer[] | 'refused'> {
  const signatures: Buffer[] = [];
  const failures: Failure[] = [];
  let leftBytes = limitOfAllBytes;
  for (const base of basesOf(name, digest, options)) {
    for (let index = 1; index <= mostSignatures; index += 1) {
      const read = await readSignature(base, index, options);
      if (read.kind === 'failed') failures.push(read.failure);
      if (read.kind === 'failed' || read.bytes === null) break;
      leftBytes -= read.bytes.length;
      if (leftBytes < 0) return refused(tooMany(name), options);
      signatures.push(read.bytes);
    }
  }
  const [failure] = failures;
  if (signatures.length > 0 || failure === undefined) return signatures;
  const passing = failures.find(({ kind }) => kind === 'transient');
  if (passing === undefined) return refused(failure, options);
  options.tell(passing);
  throw new Error(passing.message);
}

function refused(failure: Failure, { tell }: LookasideOptions): 'refused' {
  tell(failure);
  return 'refused';
}

function tooMany(name: string): Failure {
  const message = `the signatures of ${name} are larger than ${limitOfAllBytes / 1024} KiB together`;
  return { code: 'oversized', kind: 'permanent', message, hint: null };
}

function basesOf(name: string, digest: string, { signatures, sourcesOf }: LookasideOptions): readonly Base[] {
  const sources = sourcesOf(name);
  const last = sources.at(-1);
  const path = name.slice(name.indexOf('/') + 1);
  const places = [
    ...sources.map((source) => ({
      path: source.repository,
      name: nameOf(source, digest),
      trust: trustOf(source),
    })),
    { path, name: `${name}@${digest}`, trust: last === undefined ? systemTrust : trustOf(last) },
  ];
  const bases = places.map(({ path, name, trust }): Base => {
    const top = signatures.lookasideOf(name);
    return { url: appended(top, `/${path}@${digest.replace(':', '=')}`), trust };
  });
  return bases.filter(({ url }, at) => bases.findIndex((base) => base.url === url) === at);
}

const systemTrust: PlainTrust = { certificates: [], isInsecure: false };

function trustOf({ certificates, isInsecure }: RegistrySource): PlainTrust {
  return { certificates, isInsecure };
}

/** With the tag or digest that it is asked for by: a scope may be one image. */
function nameOf({ registry, repository, reference }: RegistrySource, digest: string): string {
  const end = reference === '' ? digest : reference;
  return `${registry}/${repository}${end.includes(':') ? '@' : ':'}${end}`;
}

/** A URL with more at the end of its path, as it stands: two slashes stay two. */
function appended(url: string, path: string): string {
  const [, before = '', behind = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  return before + path + behind;
}

type Read =
  | { readonly kind: 'found'; readonly bytes: Buffer | null }
  | { readonly kind: 'failed'; readonly failure: Failure };

async function readSignature({ url, trust }: Base, index: number, options: LookasideOptions): Promise<Read> {
  const text = appended(url, `/signature-${index}`);
  if (!URL.canParse(text)) return failed(text, 'it is not a URL');
  const parsed = new URL(text);
  if (parsed.protocol === 'file:') return await readFromDisk(parsed);
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    return failed(text, `signatures by ${parsed.protocol} are not known`);
  const answer = await options.files.get(parsed, trust, limitBytes, { signal: options.signal });
  return answer.kind === 'unsupported' ? failed(text, answer.what) : answer;
}

function failed(url: string, words: string): Read {
  const message = shownText(`${url}: ${words}`);
  return { kind: 'failed', failure: { code: 'policy', kind: 'permanent', message, hint: null } };
}

async function readFromDisk(url: URL): Promise<Read> {
  const { path, problem } = pathOf(url);
  if (path === undefined) return failed(url.href, problem);
  try {
    // O_NONBLOCK: a FIFO in its place would otherwise be waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return failed(path, 'it is not a regular file');
      if (stats.size > limitBytes) return failed(path, `it is larger than ${limitBytes} bytes`);
      return { kind: 'found', bytes: await file.readFile() };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return { kind: 'found', bytes: null };
    return failed(path, `it cannot be read: ${errnoReason(error)}`);
  }
}

/** Whatever host it names, it is this one. */
function pathOf(url: URL): { readonly path?: string; readonly problem: string } {
  const local = new URL(url);
  local.host = '';
  try {
    return { path: fileURLToPath(local), problem: '' };
  } catch {
    return { problem: 'it names no file' };
  }
}
