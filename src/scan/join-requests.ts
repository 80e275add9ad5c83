import type { Diagnostic, Place } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { canonicalName } from '../reference/reference.js';
import type { BoundImage, ImageRequest, PullOptions, Sited } from './bound-image.js';

export interface Joined {
  readonly images: readonly BoundImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Joins what asks for the same image, so that it is pulled once. What one place says and another leaves open
 * is taken from the first; what two places say differently is an error, since the store can hold a name once.
 */
export function joinRequests(requests: readonly (ImageRequest & { readonly valid: boolean })[]): Joined {
  const images = new Map<string, BoundImage>();
  const conflicting = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const request of requests) {
    const name = canonicalName(request.reference);
    const earlier = images.get(name);
    if (earlier === undefined) {
      const { source, ...rest } = request;
      images.set(name, { ...rest, sources: [source] });
      continue;
    }
    const conflict = findConflict(earlier.options, request.options);
    if (conflict !== undefined) {
      conflicting.add(name);
      const { option, place, other } = conflict;
      const args = { reference: request.reference.text, option, other: formatPlace(other) };
      diagnostics.push(diagnose('conflicting-options', place, args));
    }
    images.set(name, join(earlier, request));
  }
  const joined = [...images].map(([name, image]) => ({
    ...image,
    valid: image.valid && !conflicting.has(name),
  }));
  return { images: joined, diagnostics };
}

function join(earlier: BoundImage, request: ImageRequest & { readonly valid: boolean }): BoundImage {
  const fuller = saysMore(request, earlier) ? request : earlier;
  return {
    reference: earlier.reference,
    arguments: fuller.arguments,
    globalArguments: fuller.globalArguments,
    globalOptions: fuller.globalOptions,
    options: fillIn(earlier.options, request.options),
    sources: [...earlier.sources, request.source],
    valid: earlier.valid || request.valid,
  };
}

function saysMore(a: Pick<ImageRequest, 'arguments'>, b: Pick<ImageRequest, 'arguments'>): boolean {
  return a.arguments.length > b.arguments.length;
}

function fillIn(earlier: PullOptions, later: PullOptions): PullOptions {
  return Object.fromEntries(
    optionNames(earlier).map((name) => [name, earlier[name] ?? later[name]]),
  ) as unknown as PullOptions;
}

function findConflict(
  earlier: PullOptions,
  later: PullOptions,
): { option: string; place: Place; other: Place } | undefined {
  for (const name of optionNames(earlier)) {
    const [a, b]: [Sited<unknown> | undefined, Sited<unknown> | undefined] = [earlier[name], later[name]];
    if (a !== undefined && b !== undefined && a.value !== b.value) {
      return { option: optionWords[name], place: b.place, other: a.place };
    }
  }
  return undefined;
}

function optionNames(options: PullOptions): readonly (keyof PullOptions)[] {
  return Object.keys(options) as (keyof PullOptions)[];
}

const optionWords: Record<keyof PullOptions, string> = {
  authfile: 'auth file',
  creds: 'password',
  certDir: 'certificate directory',
  decryptionKey: 'decryption key',
  tlsVerify: 'TLS verification',
  arch: 'architecture',
  os: 'operating system',
  variant: 'variant',
  allTags: 'set of tags',
};

function formatPlace({ file, line }: Place): string {
  return line === null ? `${file}` : `${file}:${line}`;
}
