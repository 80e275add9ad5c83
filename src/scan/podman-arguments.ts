import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { maskedSecret, type PullOptions, type Sited } from './bound-image.js';
import { maskPassphrase } from './option-arguments.js';
import {
  type GivenOption,
  isSwitch,
  type OptionNames,
  type PodmanWords,
  readOptionWords,
  type TextOption,
} from './option-words.js';
import type { ServicePull } from './service-pull.js';
import type { UnitValue } from './unit-reader.js';

export interface ReadArguments {
  /** What the words say about the pull; later words win. */
  readonly options: Partial<PullOptions>;
  readonly service: ServicePull;
  readonly diagnostics: readonly Diagnostic[];
}

/** The options of podman-kube-play(1) that are about the pull. */
const kubeOptions: OptionNames = {
  authfile: 'authfile',
  'cert-dir': 'certDir',
  creds: 'creds',
  'tls-verify': 'tlsVerify',
};

/** Those of podman-run(1), whose other options are about the container. */
const runOptions: OptionNames = {
  ...kubeOptions,
  arch: 'arch',
  'decryption-key': 'decryptionKey',
  os: 'os',
  platform: 'platform',
  pull: 'policy',
  retry: 'retry',
  'retry-delay': 'retryDelay',
  variant: 'variant',
};

/** All of podman-pull(1). Ignored are those that change no image: how much podman says. */
const pullOptions: OptionNames = {
  'all-tags': 'allTags',
  a: 'allTags',
  arch: 'arch',
  authfile: 'authfile',
  'cert-dir': 'certDir',
  creds: 'creds',
  'decryption-key': 'decryptionKey',
  'disable-content-trust': 'ignored',
  os: 'os',
  platform: 'platform',
  policy: 'policy',
  quiet: 'ignored',
  q: 'ignored',
  retry: 'retry',
  'retry-delay': 'retryDelay',
  'tls-verify': 'tlsVerify',
  variant: 'variant',
};

/** Reads the words that quadlet appends to `podman image pull`: each must be an option that is understood. */
export function readPullArguments(words: PodmanWords): ReadArguments {
  const { given, others } = readOptionWords(words, pullOptions);
  const refused = others.map((word) =>
    refuse(
      word,
      word.written.startsWith('-')
        ? 'not an option of podman image pull'
        : 'podman would pull it as another image',
    ),
  );
  const read = readOptions(given);
  return { ...read, diagnostics: [...refused, ...read.diagnostics] };
}

/** Picks from the words that quadlet appends to `podman run` those that are about the pull. */
export function readRunArguments(words: PodmanWords): ReadArguments {
  return readOptions(readOptionWords(words, runOptions).given);
}

/** The same for `podman kube play`. */
export function readKubeArguments(words: PodmanWords): ReadArguments {
  return readOptions(readOptionWords(words, kubeOptions).given);
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

function readOptions(given: readonly GivenOption[]): ReadArguments {
  let options: Partial<PullOptions> = {};
  const service: { -readonly [name in keyof ServicePull]: ServicePull[name] } = {
    policy: undefined,
    retries: [],
    retryDelay: undefined,
  };
  const diagnostics: Diagnostic[] = [];
  for (const { about, word, value } of given) {
    if (isSwitch(about)) {
      const on = value === undefined ? true : parseBoolean(value.value);
      if (on === undefined) diagnostics.push(refuse(word, 'neither true nor false'));
      else if (about !== 'ignored') options = { ...options, [about]: { value: on, place: word.place } };
    } else if (value === undefined) diagnostics.push(refuse(word, 'its value is missing'));
    else if (about === 'retry') service.retries = [...service.retries, value];
    else if (about === 'policy' || about === 'retryDelay') service[about] = value;
    else options = { ...options, ...textOption(about, value) };
  }
  return { options, service, diagnostics };
}

/** Only the name of an option is shown: its value, and a word that is no option, may be a secret. */
function refuse(word: UnitValue, problem: string): Diagnostic {
  const name = /^--?[a-zA-Z-]+/.exec(word.written)?.[0];
  return diagnose('podman-arguments', word.place, { word: name ?? null, problem });
}

function textOption(about: TextOption, value: Sited<string>): Partial<PullOptions> {
  if (about !== 'platform') return { [about]: { value: value.value, place: value.place } };
  const parts = value.value.split('/').map((part) => ({ value: part, place: value.place }));
  return Object.fromEntries(parts.slice(0, 3).map((part, index) => [['os', 'arch', 'variant'][index], part]));
}

/** As Go's strconv.ParseBool, which reads podman's flags. */
function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}
