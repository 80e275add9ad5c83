import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { maskedSecret, type PullOptions } from '../../model/bound-image.js';
import { maskPassphrase } from '../../model/option-arguments.js';
import type { ServicePull } from '../quadlet/service-pull.js';
import type { UnitValue } from '../unit/section.js';
import {
  type GivenOption,
  isSwitch,
  type OptionNames,
  type PodmanWords,
  parseBoolean,
  readOptionWords,
} from './option-words.js';

export interface ReadArguments {
  /** What the words say about the pull; later words win. */
  readonly options: Partial<PullOptions>;
  readonly service: ServicePull;
  readonly diagnostics: readonly Diagnostic[];
}

/** What podman takes for its pull wherever it pulls. */
const registryOptions: OptionNames = {
  authfile: 'authfile',
  'cert-dir': 'certDir',
  creds: 'creds',
  'tls-verify': 'tlsVerify',
};

/**
 * Which policy judges the signatures of the service’s own pull. Of ours the root may not say it: what is pulled is judged
 * by the policies of this host and of the next boot. podman hides it.
 */
const policyOptions: OptionNames = { 'signature-policy': 'unused' };

/** The options of podman-kube-play(1) that are about images. */
export const kubeOptions: OptionNames = {
  ...registryOptions,
  ...policyOptions,
  build: 'build',
  'context-dir': 'contextDir',
};

/** Those of podman-pod-create(1). */
export const podOptions: OptionNames = { 'infra-image': 'infraImage' };

/** Hidden, too. Source: podman cmd/podman/utils/alias.go. */
const oldNames: OptionNames = { 'override-arch': 'arch', 'override-os': 'os', 'override-variant': 'variant' };

/** Those of podman-run(1) and podman-create(1), whose other options are about the container. */
export const runOptions: OptionNames = {
  ...registryOptions,
  ...policyOptions,
  ...oldNames,
  arch: 'arch',
  'decryption-key': 'decryptionKey',
  mount: 'mount',
  os: 'os',
  platform: 'platform',
  pull: 'policy',
  retry: 'retry',
  'retry-delay': 'retryDelay',
  variant: 'variant',
};

/** All of podman-pull(1), and what it hides. Ignored are those that change no image: how much podman says. */
export const pullOptions: OptionNames = {
  ...registryOptions,
  ...policyOptions,
  'all-tags': 'allTags',
  a: 'allTags',
  arch: 'arch',
  'decryption-key': 'decryptionKey',
  'disable-content-trust': 'ignored',
  os: 'os',
  platform: 'platform',
  policy: 'policy',
  quiet: 'ignored',
  q: 'ignored',
  retry: 'retry',
  'retry-delay': 'retryDelay',
  variant: 'variant',
};

/** All of podman-artifact-pull(1). */
export const artifactOptions: OptionNames = {
  ...registryOptions,
  'decryption-key': 'decryptionKey',
  quiet: 'ignored',
  q: 'ignored',
  retry: 'retry',
  'retry-delay': 'retryDelay',
};

/**
 * Reads the words that quadlet appends to `podman image pull`: each must be an option that is understood.
 * `hasPlatform` says that keys of the unit name an architecture or operating system.
 */
export function readPullArguments(words: PodmanWords, hasPlatform: boolean): ReadArguments {
  const positional = 'podman would pull it as another image';
  return readAllArguments(words, pullOptions, 'podman image pull', positional, hasPlatform);
}

/** The same for `podman artifact pull`. */
export function readArtifactArguments(words: PodmanWords): ReadArguments {
  return readAllArguments(words, artifactOptions, 'podman artifact pull', 'podman pulls one artifact only');
}

function readAllArguments(
  words: PodmanWords,
  names: OptionNames,
  command: string,
  positional: string,
  hasPlatform = false,
): ReadArguments {
  const { given, others } = readOptionWords(words, names);
  const refused = others.map((word) =>
    refuse(word, word.written.startsWith('-') ? `not an option of ${command}` : positional),
  );
  return withRefused(readOptions(given), [...refused, ...refusedPlatform(given, hasPlatform)]);
}

export interface RunArguments extends ReadArguments {
  /** What `--mount` is given, not yet decoded. */
  readonly mounts: readonly UnitValue[];
}

/** Picks from the words that quadlet appends to `podman run` those that are about images. */
export function readRunArguments(words: PodmanWords): RunArguments {
  const { given, positional } = readOptionWords(words, runOptions);
  return {
    ...withRefused(readOptions(given), [
      ...refuseAll(positional, 'podman would run it as the image'),
      ...refusedPlatform(given, false),
    ]),
    mounts: given.flatMap(({ about, value }) => (about === 'mount' && value !== undefined ? [value] : [])),
  };
}

export interface KubeArguments extends ReadArguments {
  readonly builds: boolean;
  readonly contextDir: string | undefined;
}

/** The same for `podman kube play`, which may build images, too. */
export function readKubeArguments(words: PodmanWords): KubeArguments {
  const { given, positional } = readOptionWords(words, { ...runOptions, ...kubeOptions });
  const known = new Set(Object.values(kubeOptions));
  const foreign = given.filter(({ about }) => !known.has(about)).map(({ word }) => word);
  const refused = [
    ...refuseAll(foreign, 'not an option of podman kube play'),
    ...refuseAll(positional, 'podman would play it as another file'),
  ];
  const last = (about: GivenOption['about']) => given.findLast((option) => option.about === about);
  const build = last('build');
  return {
    ...withRefused(readOptions(given.filter(({ about }) => known.has(about))), refused),
    builds: build !== undefined && parseBoolean(build.value?.value ?? 'true') === true,
    contextDir: last('contextDir')?.value?.value,
  };
}

/** The image that the words for `podman pod create` name for the infra container, not yet decoded. */
export function readPodArguments(words: readonly UnitValue[]): {
  readonly infraImage: UnitValue | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { given, positional } = readOptionWords({ words, decoded: (word) => word }, podOptions);
  const refused = refuseAll(positional, 'podman would take it for a second name of the pod');
  return {
    infraImage: given.at(-1)?.value,
    diagnostics: [...readOptions(given).diagnostics, ...refused],
  };
}

function withRefused(read: ReadArguments, refused: readonly Diagnostic[]): ReadArguments {
  return { ...read, diagnostics: [...refused, ...read.diagnostics] };
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

/** What is no option of a pull is checked here, and left to who asked for it. */
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
      else if (about === 'allTags' || about === 'tlsVerify') {
        options = { ...options, [about]: { value: on, place: word.place } };
      }
      continue;
    }
    if (value === undefined) {
      diagnostics.push(refuse(word, 'its value is missing'));
      continue;
    }
    switch (about) {
      case 'retry':
        service.retries = [...service.retries, value];
        break;
      case 'policy':
      case 'retryDelay':
        service[about] = value;
        break;
      case 'contextDir':
      case 'infraImage':
      case 'mount':
      case 'unused':
        break;
      case 'platform':
        options = { ...options, ...platformOptions(value) };
        break;
      default:
        options = { ...options, [about]: { value: value.value, place: value.place } };
    }
  }
  return { options, service, diagnostics };
}

/** Source: podman cmd/podman/images/pull.go and containers/create.go. */
function refusedPlatform(given: readonly GivenOption[], hasPlatform: boolean): readonly Diagnostic[] {
  const said = (...names: readonly GivenOption['about'][]) =>
    given.filter(({ about, value }) => names.includes(about) && value !== undefined && value.value !== '');
  if (!hasPlatform && said('arch', 'os').length === 0) return [];
  const words = said('platform').map(({ word }) => word);
  return refuseAll(words, 'podman takes it neither with an architecture nor with an operating system');
}

function refuseAll(words: readonly UnitValue[], problem: string): readonly Diagnostic[] {
  return words.map((word) => refuse(word, problem));
}

/** Only the name of an option is shown: its value, and a word that is not an option, may be a secret. */
export function refuse(word: UnitValue, problem: string): Diagnostic {
  const name = /^--?[a-zA-Z-]+/.exec(word.written)?.[0];
  return diagnose('podman-arguments', word.place, { word: name ?? null, problem });
}

function platformOptions({ value, place }: UnitValue): Partial<PullOptions> {
  const parts = value.split('/').map((part) => ({ value: part, place }));
  return Object.fromEntries(parts.slice(0, 3).map((part, index) => [['os', 'arch', 'variant'][index], part]));
}
