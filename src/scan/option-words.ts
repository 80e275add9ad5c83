import type { Sited } from './bound-image.js';
import type { UnitValue } from './unit-reader.js';

/** The words of a PodmanArgs=, and what decodes those of them that matter here. */
export interface PodmanWords {
  readonly words: readonly UnitValue[];
  readonly decoded: (word: UnitValue) => UnitValue;
}

/** What an option is about: a switch needs no value, any other takes the next word where it has none. */
export type Switch = 'allTags' | 'tlsVerify' | 'ignored';
export type TextOption =
  | 'arch'
  | 'authfile'
  | 'certDir'
  | 'creds'
  | 'decryptionKey'
  | 'os'
  | 'platform'
  | 'policy'
  | 'retry'
  | 'retryDelay'
  | 'variant';

/** The options of one command of podman that matter here, by their names without dashes. */
export type OptionNames = Readonly<Record<string, Switch | TextOption>>;

export interface GivenOption {
  readonly about: Switch | TextOption;
  readonly word: UnitValue;
  /** What stands behind `=`, or for an option that needs a value the next word. */
  readonly value: Sited<string> | undefined;
}

/**
 * Splits words into the options of `names`, whose words are decoded, and all others, as pflag does it for podman.
 * Others may hold what is known at boot only.
 */
export function readOptionWords(
  { words, decoded }: PodmanWords,
  names: OptionNames,
): { readonly given: readonly GivenOption[]; readonly others: readonly UnitValue[] } {
  const given: GivenOption[] = [];
  const others: UnitValue[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = splitOption(word.written)?.name ?? '';
    const about = Object.hasOwn(names, name) ? names[name] : undefined;
    if (about === undefined) {
      others.push(word);
      continue;
    }
    const attached = splitOption(decoded(word).value)?.value;
    const next = attached === undefined && !isSwitch(about) ? rest.shift() : undefined;
    const value = attached === undefined ? next && decoded(next) : { value: attached, place: word.place };
    given.push({ about, word, value });
  }
  return { given, others };
}

/** One dash for one letter, two for a word: pflag reads `-tls-verify` as a heap of letters. */
function splitOption(
  word: string,
): { readonly name: string; readonly value: string | undefined } | undefined {
  const [, long, short, value] = /^(?:--([a-z-]{2,})|-([a-z]))(?:=(.*))?$/s.exec(word) ?? [];
  const name = long ?? short;
  return name === undefined ? undefined : { name, value };
}

export function isSwitch(about: Switch | TextOption): about is Switch {
  return about === 'allTags' || about === 'tlsVerify' || about === 'ignored';
}
