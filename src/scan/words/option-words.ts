import { partOf, type UnitValue } from '../unit/section.js';

/** The words of a PodmanArgs=, and what decodes those of them that matter here. */
export interface PodmanWords {
  readonly words: readonly UnitValue[];
  readonly decoded: (word: UnitValue) => UnitValue;
}

/** What an option is about: a switch needs no value, any other takes the next word where it has none. */
export type Switch = 'allTags' | 'build' | 'tlsVerify' | 'ignored';
export type TextOption =
  | 'arch'
  | 'authfile'
  | 'certDir'
  | 'contextDir'
  | 'creds'
  | 'decryptionKey'
  | 'infraImage'
  | 'mount'
  | 'os'
  | 'platform'
  | 'policy'
  | 'retry'
  | 'retryDelay'
  | 'unused'
  | 'variant';

/** The options of one command of podman that matter here, by their names without dashes. */
export type OptionNames = Readonly<Record<string, Switch | TextOption>>;

export interface GivenOption {
  readonly about: Switch | TextOption;
  readonly word: UnitValue;
  /** What stands behind `=`, or for an option that needs a value the next word. */
  readonly value: UnitValue | undefined;
}

export interface OptionWords {
  readonly given: readonly GivenOption[];
  /** Every word that belongs to none of them. */
  readonly others: readonly UnitValue[];
  /** Those of the others that are certainly no option and no value of one. */
  readonly positional: readonly UnitValue[];
}

/**
 * Splits words into the options of `names`, whose words are decoded but for mounts, and all others, as pflag does
 * it for podman. Others may hold what is known at boot only.
 */
export function readOptionWords({ words, decoded }: PodmanWords, names: OptionNames): OptionWords {
  const given: GivenOption[] = [];
  const others: UnitValue[] = [];
  const positional: UnitValue[] = [];
  const rest = words.toReversed();
  // Behind an option that is not known, a word may be its value.
  let mayBeValue = false;
  for (let word = rest.pop(); word !== undefined; word = rest.pop()) {
    const letters = switchLetters(word.written, names);
    if (letters !== undefined) {
      for (const about of letters) given.push({ about, word, value: undefined });
      mayBeValue = false;
      continue;
    }
    const name = splitOption(word.written)?.name ?? '';
    const about = Object.hasOwn(names, name) ? names[name] : undefined;
    if (about === undefined) {
      others.push(word);
      const isOption = /^-./.test(word.written);
      if (!isOption && !mayBeValue) positional.push(word);
      mayBeValue = isOption && !/^--(?:$|[^=]+=)/.test(word.written);
      continue;
    }
    mayBeValue = false;
    // Of a mount it depends on its type what may be known at boot only.
    const decode = about === 'mount' ? (value: UnitValue) => value : decoded;
    const attached = attachedValue(word, decode(word).value);
    const next = attached === undefined && !isSwitch(about) ? rest.pop() : undefined;
    given.push({ about, word, value: attached ?? (next && decode(next)) });
  }
  return { given, others, positional };
}

/** What stands behind the `=` of an option. */
function attachedValue(word: UnitValue, decodedText: string): UnitValue | undefined {
  const value = splitOption(decodedText)?.value;
  return value === undefined ? undefined : { ...partOf(word, word.written.indexOf('=') + 1), value };
}

/** One dash for one letter, two for a word: pflag reads `-tls-verify` as a heap of letters. */
function splitOption(
  word: string,
): { readonly name: string; readonly value: string | undefined } | undefined {
  const [, long, short, value] = /^(?:--([a-z-]{2,})|-([a-z]))(?:=(.*))?$/s.exec(word) ?? [];
  const name = long ?? short;
  return name === undefined ? undefined : { name, value };
}

/** Switches of one letter each behind one dash, as in `-qa`. */
function switchLetters(word: string, names: OptionNames): readonly Switch[] | undefined {
  const [, letters] = /^-([a-z]{2,})$/.exec(word) ?? [];
  if (letters === undefined) return undefined;
  const abouts = [...letters].map((letter) => (Object.hasOwn(names, letter) ? names[letter] : undefined));
  const switches = abouts.flatMap((about) => (about !== undefined && isSwitch(about) ? about : []));
  return switches.length === letters.length ? switches : undefined;
}

export function isSwitch(about: Switch | TextOption): about is Switch {
  return about === 'allTags' || about === 'build' || about === 'tlsVerify' || about === 'ignored';
}

/** As Go's strconv.ParseBool, which reads podman's flags. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}
