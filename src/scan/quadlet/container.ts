import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { noPullOptions, type Requests } from '../../model/bound-image.js';
import { optionArguments } from '../../model/option-arguments.js';
import { append } from '../../text/append.js';
import type { LoadedUnit, UnitSearch } from '../unit/search.js';
import { readSection, type SectionReader } from '../unit/section.js';
import { globalArguments } from '../words/global-arguments.js';
import type { PodmanWords } from '../words/option-words.js';
import { type ReadArguments, readRunArguments } from '../words/podman-arguments.js';
import { type Pull, readImageSource } from './image-source.js';
import { readMountArguments, readMountedImages } from './mounted-images.js';
import { containerRefusals } from './refusals/container.js';
import { pulledAtBoot, refusedPull, type ServicePull, servicePull } from './service-pull.js';
import { changedImage, missingImage, repeatedImage } from './written-image.js';

/**
 * What a `.container` unit wants at boot: its image, and those that it mounts.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertContainer`.
 */
export function readContainerUnit(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): Requests {
  const diagnostics: Diagnostic[] = [
    ...containerRefusals(unit, entry, search),
    ...changedImage(unit, 'Container', entry),
    ...repeatedImage(unit, 'Container', entry),
  ];
  const section = readSection(unit, 'Container', entry, diagnostics);
  const { words, ...pull } = readPull(section, readRunArguments, diagnostics);
  const read = [
    readMainImage(unit, section, pull, servicePull(section, 'Pull', words.service), search),
    readMountedImages(section, search),
    readMountArguments(words.mounts),
  ];
  return {
    requests: read.flatMap(({ requests }) => requests),
    diagnostics: [...diagnostics, ...read.flatMap((part) => part.diagnostics)],
  };
}

function readMainImage(
  unit: LoadedUnit,
  section: SectionReader,
  pull: Pull,
  atBoot: ServicePull,
  search: () => UnitSearch,
): Requests {
  const refused = refusedPull(atBoot);
  const none = (...problems: readonly Diagnostic[]): Requests => ({
    requests: [],
    diagnostics: [...refused, ...problems],
  });
  const image = section.single('Image');
  const rootfs = section.single('Rootfs');
  if (image === undefined) {
    return rootfs === undefined
      ? none(...missingImage(unit, 'Container', section))
      : none(diagnose('rootfs-binds-nothing', rootfs.place, {}));
  }
  if (rootfs !== undefined) return none(diagnose('image-and-rootfs', rootfs.place, {}));
  const read = readImageSource(image, pull, search);
  // An archive is read again, whatever the policy; no registry is asked.
  const isArchive = !image.written.endsWith('.image') && read.requests[0]?.reference.transport !== 'docker';
  const asked = isArchive ? [] : pulledAtBoot(atBoot.policy, 'write Pull=missing, or leave it out');
  return { ...read, diagnostics: [...refused, ...read.diagnostics, ...asked] };
}

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
