import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { maskedSecret, type PullOptions, type Sited } from './bound-image.js';
import { maskPassphrase } from './option-arguments.js';

/** A word of PodmanArgs=, specifiers decoded, and where it was written. */
export type ArgumentWord = Sited<string>;

export interface ReadArguments {
  /** What the words say about the pull; later words win. */
  readonly options: Partial<PullOptions>;
  readonly diagnostics: readonly Diagnostic[];
}

type Flag = TextOption | 'platform' | 'allTags' | 'tlsVerify' | 'ignoredText' | 'ignoredBoolean';
type TextOption = 'arch' | 'authfile' | 'certDir' | 'creds' | 'decryptionKey' | 'os' | 'variant';

/**
 * The options of podman-pull(1). Ignored are those that change no image: how much podman says, and its own
 * retries and policy, which are about the service at boot and not about fetching ahead of it.
 */
const flags: Readonly<Record<string, Flag>> = {
  'all-tags': 'allTags',
  a: 'allTags',
  arch: 'arch',
  authfile: 'authfile',
  'cert-dir': 'certDir',
  creds: 'creds',
  'decryption-key': 'decryptionKey',
  'disable-content-trust': 'ignoredBoolean',
  os: 'os',
  platform: 'platform',
  policy: 'ignoredText',
  quiet: 'ignoredBoolean',
  q: 'ignoredBoolean',
  retry: 'ignoredText',
  'retry-delay': 'ignoredText',
  'tls-verify': 'tlsVerify',
  variant: 'variant',
};

/** What `podman run` takes for its pull; everything else in its arguments is about the container. */
const runFlags = new Set([
  'arch',
  'authfile',
  'cert-dir',
  'creds',
  'decryption-key',
  'os',
  'platform',
  'tls-verify',
  'variant',
]);

/** Reads the words that quadlet appends to `podman image pull`: each must be an option that is understood. */
export function readPullArguments(words: readonly ArgumentWord[]): ReadArguments {
  const { given, others } = parseWords(words, () => true);
  const refused = others.map((word) =>
    refuse(
      word,
      word.value.startsWith('-')
        ? 'not an option of podman image pull'
        : 'podman would pull it as another image',
    ),
  );
  const read = readOptions(given);
  return { options: read.options, diagnostics: [...refused, ...read.diagnostics] };
}

/** Picks from the words that quadlet appends to `podman run` those that are about the pull. */
export function readRunArguments(words: readonly ArgumentWord[]): ReadArguments {
  return readOptions(parseWords(words, (name) => runFlags.has(name)).given);
}

/** The words as they may be shown: `--creds=***`. */
export function maskArguments(words: readonly string[]): readonly string[] {
  return words.map((word, index) => {
    const attached = /^--(creds|decryption-key)=(.*)$/s.exec(word);
    if (attached !== null) return `--${attached[1]}=${maskValue(attached[1] ?? '', attached[2] ?? '')}`;
    const before = /^--(creds|decryption-key)$/.exec(words[index - 1] ?? '');
    return before === null ? word : maskValue(before[1] ?? '', word);
  });
}

function maskValue(name: string, value: string): string {
  return name === 'creds' ? maskedSecret : maskPassphrase(value);
}

interface GivenOption {
  readonly flag: Flag;
  readonly word: ArgumentWord;
  /** What stands behind `=`, or for an option that needs a value the next word. */
  readonly value: Sited<string> | undefined;
}

/** Splits words into options that are known and all others, as pflag does it for podman. */
function parseWords(
  words: readonly ArgumentWord[],
  isKnown: (name: string) => boolean,
): { given: readonly GivenOption[]; others: readonly ArgumentWord[] } {
  const given: GivenOption[] = [];
  const others: ArgumentWord[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    // One dash for one letter, two for a word: pflag reads `-tls-verify` as a heap of letters.
    const [, long, short, attached] = /^(?:--([a-z-]{2,})|-([a-z]))(?:=(.*))?$/s.exec(word.value) ?? [];
    const name = long ?? short ?? '';
    const flag = Object.hasOwn(flags, name) && isKnown(name) ? flags[name] : undefined;
    if (flag === undefined) others.push(word);
    else if (attached !== undefined)
      given.push({ flag, word, value: { value: attached, place: word.place } });
    else given.push({ flag, word, value: isSwitch(flag) ? undefined : rest.shift() });
  }
  return { given, others };
}

function isSwitch(flag: Flag): flag is 'allTags' | 'tlsVerify' | 'ignoredBoolean' {
  return flag === 'allTags' || flag === 'tlsVerify' || flag === 'ignoredBoolean';
}

function readOptions(given: readonly GivenOption[]): ReadArguments {
  let options: Partial<PullOptions> = {};
  const diagnostics: Diagnostic[] = [];
  for (const { flag, word, value } of given) {
    if (isSwitch(flag)) {
      const on = value === undefined ? true : parseBoolean(value.value);
      if (on === undefined) diagnostics.push(refuse(word, 'neither true nor false'));
      else if (flag !== 'ignoredBoolean') options = { ...options, [flag]: { value: on, place: word.place } };
    } else if (value === undefined) diagnostics.push(refuse(word, 'its value is missing'));
    else if (flag !== 'ignoredText') options = { ...options, ...textOption(flag, value) };
  }
  return { options, diagnostics };
}

/** Only the name of an option is shown: its value, and a word that is no option, may be a secret. */
function refuse(word: ArgumentWord, problem: string): Diagnostic {
  const name = /^--?[a-zA-Z-]+/.exec(word.value)?.[0];
  return diagnose('podman-arguments', word.place, { word: name ?? null, problem });
}

function textOption(flag: TextOption | 'platform', value: Sited<string>): Partial<PullOptions> {
  if (flag !== 'platform') return { [flag]: { value: value.value, place: value.place } };
  const parts = value.value.split('/').map((part) => ({ value: part, place: value.place }));
  return Object.fromEntries(parts.slice(0, 3).map((part, index) => [['os', 'arch', 'variant'][index], part]));
}

/** As Go's strconv.ParseBool, which reads podman's flags. */
function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}
