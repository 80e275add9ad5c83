import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { type Binding, maskedSecret, noPullOptions, type PullOptions } from '../../model/bound-image.js';
import { booleanFlag, maskPassphrase, optionArguments } from '../../model/option-arguments.js';
import { append } from '../../text/append.js';
import type { SectionReader } from '../unit/section.js';
import { globalArguments } from '../words/global-arguments.js';
import type { PodmanWords } from '../words/option-words.js';
import { maskArguments, type ReadArguments } from '../words/podman-arguments.js';
import { refusedPull, servicePull } from './service-pull.js';

/** How an image is pulled, as the unit says that names it. */
export type Pull = Pick<Binding, 'options' | 'arguments' | 'globalArguments' | 'globalOptions'>;

/** How podman pulls for a unit that runs containers: what its global and podman arguments say about it. */
export function readPull<T extends ReadArguments>(
  section: SectionReader,
  readArguments: (words: PodmanWords) => T,
  diagnostics: Diagnostic[],
): Pull & { readonly words: T } {
  const words = readArguments({ words: section.words('PodmanArgs'), decoded: section.decoded });
  const { diagnostics: refused, ...global } = globalArguments(section);
  append(diagnostics, words.diagnostics);
  append(diagnostics, refused);
  const options = { ...noPullOptions, ...words.options };
  return { options, arguments: optionArguments(options), ...global, words };
}

/** Keys of a section and the flags that quadlet makes of them; those without an option change nothing for us. */
export interface PullKeys {
  readonly text: readonly (readonly [key: string, flag: string, option: keyof PullOptions | undefined])[];
  readonly boolean: readonly (readonly [
    key: string,
    flag: string,
    option: 'allTags' | 'tlsVerify' | undefined,
  ])[];
}

/**
 * Reads what a unit says about its pull, by `keys` and by its podman arguments. The arguments are in the order of
 * `keys`: quadlet walks a hash map, so that its own order changes from run to run.
 */
export function readPullKeys(
  section: SectionReader,
  keys: PullKeys,
  readArguments: (words: PodmanWords, hasPlatform: boolean) => ReadArguments,
  diagnostics: Diagnostic[],
): Pull {
  let options: PullOptions = noPullOptions;
  const args: string[] = [];
  for (const [key, flag, option] of keys.text) {
    const value = section.single(key);
    if (value === undefined) continue;
    args.push(flag, shown(option, value.written));
    if (option !== undefined) options = { ...options, [option]: section.decoded(value) };
  }
  for (const [key, flag, option] of keys.boolean) {
    const value = section.bool(key);
    if (value === undefined) continue;
    args.push(booleanFlag(flag, value.value));
    if (option !== undefined) options = { ...options, [option]: value };
  }
  const words = section.words('PodmanArgs');
  const hasPlatform = options.arch !== undefined || options.os !== undefined;
  const podmanArguments = readArguments({ words, decoded: section.decoded }, hasPlatform);
  append(diagnostics, podmanArguments.diagnostics);
  append(diagnostics, refusedPull(servicePull(section, 'Policy', podmanArguments.service)));
  // Among words that are not understood there may be a secret.
  if (podmanArguments.diagnostics.length === 0)
    append(args, maskArguments(words.map(({ written }) => written)));
  const { diagnostics: refused, ...global } = globalArguments(section);
  append(diagnostics, refused);
  return { options: { ...options, ...podmanArguments.options }, arguments: args, ...global };
}

function shown(option: keyof PullOptions | undefined, value: string): string {
  if (option === 'creds') return maskedSecret;
  return option === 'decryptionKey' ? maskPassphrase(value) : value;
}
