import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { maskedSecret, noPullOptions, type PullOptions } from '../../model/bound-image.js';
import { booleanFlag, maskPassphrase } from '../../model/option-arguments.js';
import { append } from '../../text/append.js';
import type { SectionReader } from '../unit/section.js';
import { globalArguments } from '../words/global-arguments.js';
import type { PodmanWords } from '../words/option-words.js';
import { maskArguments, type ReadArguments } from '../words/podman-arguments.js';
import type { Pull } from './image-source.js';
import { refusedPull, servicePull } from './service-pull.js';

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
