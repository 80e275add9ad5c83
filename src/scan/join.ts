import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { formatPlace, type Place } from '../diagnostic/place.js';
import type { Binding, BoundImage, GivenGlobalOption, PullOptions, Sited } from '../model/bound-image.js';
import { imageKey } from '../model/image-key.js';
import { optionArguments } from '../model/option-arguments.js';
import { append } from '../text/append.js';
import { joinPayloads } from './join-payloads.js';

export interface Joined {
  readonly images: readonly BoundImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Joins what binds the same image, so that it is pulled once. What one place says and another leaves open
 * is taken from the first; what two places say differently is an error, since the store can hold a name once.
 */
export function joinBindings(bindings: readonly (Binding & { readonly valid: boolean })[]): Joined {
  const images = new Map<string, BoundImage>();
  // Those of an image that thousands bind are not copied for each.
  const sources = new Map<string, Place[]>();
  const globalOptions = new Map<string, Map<string, GivenGlobalOption>>();
  const conflicting = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const binding of bindings) {
    const name = imageKey(binding);
    const given = globalOptions.get(name) ?? new Map<string, GivenGlobalOption>();
    globalOptions.set(name, given);
    for (const option of binding.globalOptions) {
      const key = JSON.stringify([option.name, option.value]);
      if (!given.has(key)) given.set(key, option);
    }
    const earlier = images.get(name);
    if (earlier === undefined) {
      const { source, ...rest } = binding;
      const own = [source];
      sources.set(name, own);
      images.set(name, { ...rest, sources: own });
      continue;
    }
    for (const { option, place, other } of findConflicts(earlier, binding)) {
      conflicting.add(name);
      const args = { reference: binding.reference.text, option, other: formatPlace(other) };
      diagnostics.push(diagnose('conflicting-options', place, args));
    }
    sources.get(name)?.push(binding.source);
    images.set(name, join(earlier, binding));
  }
  const joinedPayloads = joinPayloads(
    bindings.flatMap((binding) =>
      (binding.payloads ?? []).map((payload) => [imageKey(binding), payload] as const),
    ),
  );
  append(diagnostics, joinedPayloads.diagnostics);
  const joined = [...images].map(([name, image]) => ({
    ...image,
    payloads: joinedPayloads.payloads.get(name) ?? [],
    // No option that is heeded says anything of an image that another could gainsay: all of them count.
    globalOptions: [...(globalOptions.get(name)?.values() ?? [])],
    valid: image.valid && !conflicting.has(name) && !joinedPayloads.conflicting.has(name),
  }));
  return { images: joined, diagnostics };
}

function join(earlier: BoundImage, binding: Binding & { readonly valid: boolean }): BoundImage {
  const options = fillIn(earlier.options, binding.options);
  const global =
    [earlier, binding].find(namesModule) ?? (earlier.globalArguments.length > 0 ? earlier : binding);
  const agree = String(earlier.arguments) === String(binding.arguments);
  return {
    kind: earlier.kind,
    reference: earlier.reference,
    arguments: agree ? earlier.arguments : optionArguments(options),
    globalArguments: global.globalArguments,
    globalOptions: global.globalOptions,
    options,
    sources: earlier.sources,
    expectations: [...(earlier.expectations ?? []), ...(binding.expectations ?? [])],
    valid: earlier.valid || binding.valid,
  };
}

function namesModule({ globalOptions }: Pick<Binding, 'globalOptions'>): boolean {
  return globalOptions.some(({ name }) => name === 'module');
}

function fillIn(earlier: PullOptions, later: PullOptions): PullOptions {
  return Object.fromEntries(
    optionNames(earlier).map((name) => [name, earlier[name] ?? later[name]]),
  ) as unknown as PullOptions;
}

interface Conflict {
  readonly option: string;
  readonly place: Place;
  readonly other: Place;
}

function findConflicts(earlier: BoundImage, later: Binding): readonly Conflict[] {
  const [first = later.source] = earlier.sources;
  const conflicts: Conflict[] = [];
  for (const name of optionNames(earlier.options)) {
    const a: Sited<unknown> | undefined = earlier.options[name];
    const b: Sited<unknown> | undefined = later.options[name];
    const isOpen = a === undefined || b === undefined;
    // Without a platform the image is that of the host, so that this is one thing, and a named one another.
    const differ = isOpen ? platform.has(name) && a !== b : a.value !== b.value;
    if (!differ) continue;
    conflicts.push({ option: optionWords[name], place: b?.place ?? later.source, other: a?.place ?? first });
  }
  return conflicts;
}

const platform: ReadonlySet<keyof PullOptions> = new Set(['arch', 'os', 'variant', 'allTags']);

function optionNames(options: PullOptions): readonly (keyof PullOptions)[] {
  return Object.keys(options) as (keyof PullOptions)[];
}

export const optionWords: Record<keyof PullOptions, string> = {
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
