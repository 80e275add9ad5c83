import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { checkAllTags } from './all-tags.js';
import {
  type ImageRequest,
  maskedSecret,
  noPullOptions,
  type PullOptions,
  type Requests,
  type Sited,
} from './bound-image.js';
import { changedImage } from './changed-image.js';
import { booleanFlag, maskPassphrase } from './option-arguments.js';
import { maskArguments, readPullArguments } from './podman-arguments.js';
import { commonRefusals } from './refusals/common.js';
import { readReference } from './requested-reference.js';
import { refusedPull, servicePull } from './service-pull.js';
import { readSection, type SectionReader, type UnitValue } from './unit-reader.js';
import type { LoadedUnit, UnitSearch } from './unit-search.js';

/** What an `.image` unit pulls: one image, or the diagnostics say why none. */
export interface ImageUnit extends Requests {
  /** The name that a container which refers to this unit runs: `ImageTag=`, else `Image=`. */
  readonly runs: UnitValue | undefined;
}

/** By flag, as the generator writes them; Policy, Retry and RetryDelay are for the service alone. */
const textKeys: readonly (readonly [key: string, flag: string, option: keyof PullOptions | undefined])[] = [
  ['Arch', '--arch', 'arch'],
  ['AuthFile', '--authfile', 'authfile'],
  ['CertDir', '--cert-dir', 'certDir'],
  ['Creds', '--creds', 'creds'],
  ['DecryptionKey', '--decryption-key', 'decryptionKey'],
  ['OS', '--os', 'os'],
  ['Policy', '--policy', undefined],
  ['Retry', '--retry', undefined],
  ['RetryDelay', '--retry-delay', undefined],
  ['Variant', '--variant', 'variant'],
];

const booleanKeys = [
  ['AllTags', '--all-tags', 'allTags'],
  ['TLSVerify', '--tls-verify', 'tlsVerify'],
] as const;

/**
 * Reads an `.image` unit as quadlet turns it into `podman [global] image pull [arguments] IMAGE`. The order of
 * the arguments is ours: quadlet walks a hash map.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertImage`.
 */
export function readImageUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): ImageUnit {
  const diagnostics: Diagnostic[] = [
    ...commonRefusals(unit, 'Image', entry, search),
    ...changedImage(unit, 'Image', entry),
  ];
  const section = readSection(unit, 'Image', entry, diagnostics);
  const image = section.single('Image');
  if (image === undefined) diagnostics.push(diagnose('image-missing', section.place, { section: 'Image' }));

  let options: PullOptions = noPullOptions;
  const args: string[] = [];
  for (const [key, flag, option] of textKeys) {
    const value = section.single(key);
    if (value === undefined) continue;
    args.push(flag, shown(option, value.written));
    if (option !== undefined) options = { ...options, [option]: section.decoded(value) };
  }
  for (const [key, flag, option] of booleanKeys) {
    const value = section.bool(key);
    if (value === undefined) continue;
    args.push(booleanFlag(flag, value.value));
    options = { ...options, [option]: value };
  }
  const words = section.words('PodmanArgs');
  const podmanArguments = readPullArguments({ words, decoded: section.decoded });
  diagnostics.push(
    ...podmanArguments.diagnostics,
    ...refusedPull(servicePull(section, 'Policy', podmanArguments.service)),
  );
  // Among words that are not understood there may be a secret.
  if (podmanArguments.diagnostics.length === 0)
    args.push(...maskArguments(words.map(({ written }) => written)));
  options = { ...options, ...podmanArguments.options };

  const { diagnostics: refused, ...global } = globalArguments(section);
  diagnostics.push(...refused);
  if (image === undefined) return { requests: [], runs: undefined, diagnostics };
  const { reference, diagnostics: problems } = readReference(image.written, image.placeAt);
  diagnostics.push(...problems);
  const runs = section.single('ImageTag') ?? image;
  if (reference === undefined) return { requests: [], runs, diagnostics };
  diagnostics.push(...checkAllTags(reference, options));
  const request = { reference, source: image.place, options, arguments: args, ...global };
  return { requests: [request], runs, diagnostics };
}

/**
 * Arguments of podman itself: `--module` for each ContainersConfModule=, then the words of GlobalArgs=. Those
 * that lead to another store or host are refused: the image would not be where it is looked for.
 */
export function globalArguments(
  section: SectionReader,
): Pick<ImageRequest, 'globalArguments' | 'globalOptions'> & { diagnostics: readonly Diagnostic[] } {
  const modules = section.list('ContainersConfModule').map((value) => withPrefix('--module=', value));
  const words = section.words('GlobalArgs');
  const values = [...modules, ...words];
  return {
    globalArguments: values.map(({ written }) => written),
    globalOptions: values.map((value): Sited<string> => section.decoded(value)),
    diagnostics: words
      .filter(({ written }) => otherStore.test(written))
      .map(({ written, place }) =>
        diagnose('podman-arguments', place, {
          word: written.replace(/=.*/s, ''),
          problem: 'the image would go to another store than that of this run',
        }),
      ),
  };
}

const otherStore =
  /^(?:--(?:root|runroot|storage-driver|imagestore|connection|url|identity|remote|context|host)(?:=.*)?|-[crH].*)$/s;

function withPrefix(prefix: string, value: UnitValue): UnitValue {
  return {
    ...value,
    value: prefix + value.value,
    written: prefix + value.written,
    placeAt: (offset) => value.placeAt(Math.max(0, offset - prefix.length)),
  };
}

function shown(option: keyof PullOptions | undefined, value: string): string {
  if (option === 'creds') return maskedSecret;
  return option === 'decryptionKey' ? maskPassphrase(value) : value;
}
