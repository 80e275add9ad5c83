import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import { onDockerHub } from '../../model/reference/reference.js';
import { readSection, type UnitValue } from '../unit/section.js';
import type { LoadedUnit, UnitSearch } from '../unit/unit.js';
import { readPullArguments } from '../words/podman-arguments.js';
import { readUnitReference } from '../words/reference.js';
import { checkAllTags } from './all-tags.js';
import { type PullKeys, readPullKeys } from './pull.js';
import { commonRefusals } from './refusals/common.js';
import { changedImage, missingImage, repeatedImage } from './written-image.js';

/** What an `.image` unit pulls: one image, or the diagnostics say why none. */
export interface ImageUnit extends Bindings {
  /** The name that a container which refers to this unit runs: `ImageTag=`, else `Image=`. */
  readonly runs: UnitValue | undefined;
}

/** Podman 5.8, whose newest keys an older podman refuses. */
export const imageKeys: ReadonlySet<string> = new Set(
  (
    'AllTags Arch AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs Image ImageTag OS ' +
    'PodmanArgs Policy Retry RetryDelay ServiceName TLSVerify Variant'
  ).split(' '),
);

/** Policy, Retry and RetryDelay are for the service alone. */
const pullKeys: PullKeys = {
  text: [
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
  ],
  boolean: [
    ['AllTags', '--all-tags', 'allTags'],
    ['TLSVerify', '--tls-verify', 'tlsVerify'],
  ],
};

/**
 * Reads an `.image` unit as quadlet turns it into `podman [global] image pull [arguments] IMAGE`.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertImage`.
 */
export function readImageUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): ImageUnit {
  const diagnostics: Diagnostic[] = [
    ...commonRefusals(unit, entry, search),
    ...changedImage(unit, entry),
    ...repeatedImage(unit, entry),
  ];
  const section = readSection(unit, 'Image', entry, diagnostics);
  const image = section.single('Image');
  if (image === undefined) diagnostics.push(...missingImage(unit, section, search().kinds));
  const pull = readPullKeys(section, pullKeys, readPullArguments, diagnostics);
  if (image === undefined) return { bindings: [], runs: undefined, diagnostics };
  const { reference, diagnostics: problems } = readUnitReference(image);
  diagnostics.push(...problems);
  const runs = section.single('ImageTag') ?? image;
  if (reference === undefined) return { bindings: [], runs, diagnostics };
  diagnostics.push(...checkAllTags(reference, pull.options));
  const isShortOfAll = reference.transport === 'docker' && pull.options.allTags?.value === true;
  const bound = isShortOfAll ? onDockerHub(reference) : reference;
  return { bindings: [{ kind: 'image', reference: bound, source: image.place, ...pull }], runs, diagnostics };
}
