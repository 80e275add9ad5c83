import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { noPullOptions, type Requests } from './bound-image.js';
import { changedImage } from './changed-image.js';
import { type Pull, readImageSource } from './image-source.js';
import { globalArguments } from './image-unit.js';
import { readMountedImages } from './mounted-images.js';
import { optionArguments } from './option-arguments.js';
import type { PodmanWords } from './option-words.js';
import { type ReadArguments, readRunArguments } from './podman-arguments.js';
import { containerRefusals } from './refusals/container.js';
import { pulledAtBoot, refusedPull, servicePull } from './service-pull.js';
import { readSection, type SectionReader } from './unit-reader.js';
import type { LoadedUnit, UnitSearch } from './unit-search.js';

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
  ];
  const section = readSection(unit, 'Container', entry, diagnostics);
  const main = readMainImage(section, diagnostics, search);
  const mounted = readMountedImages(section, search);
  return {
    requests: [...main.requests, ...mounted.requests],
    diagnostics: [...diagnostics, ...main.diagnostics, ...mounted.diagnostics],
  };
}

function readMainImage(
  section: SectionReader,
  diagnostics: Diagnostic[],
  search: () => UnitSearch,
): Requests {
  const { service, ...pull } = readPull(section, readRunArguments, diagnostics);
  const atBoot = servicePull(section, 'Pull', service);
  diagnostics.push(...refusedPull(atBoot));
  const image = section.single('Image');
  const rootfs = section.single('Rootfs');
  if (image === undefined) {
    if (rootfs === undefined)
      diagnostics.push(diagnose('image-missing', section.place, { section: 'Container' }));
    else diagnostics.push(diagnose('rootfs-binds-nothing', rootfs.place, {}));
    return { requests: [], diagnostics: [] };
  }
  if (rootfs !== undefined) {
    return { requests: [], diagnostics: [diagnose('image-and-rootfs', rootfs.place, {})] };
  }
  const read = readImageSource(image, pull, search);
  // An archive is read again, whatever the policy; no registry is asked.
  const isArchive = !image.written.endsWith('.image') && read.requests[0]?.reference.transport !== 'docker';
  const asked = isArchive ? [] : pulledAtBoot(atBoot.policy, 'write Pull=missing, or leave it out');
  return { ...read, diagnostics: [...read.diagnostics, ...asked] };
}

/** How podman pulls for a unit that runs containers: what its global and podman arguments say about it. */
export function readPull(
  section: SectionReader,
  readArguments: (words: PodmanWords) => ReadArguments,
  diagnostics: Diagnostic[],
): Pull & Pick<ReadArguments, 'service'> {
  const words = readArguments({ words: section.words('PodmanArgs'), decoded: section.decoded });
  const { diagnostics: refused, ...global } = globalArguments(section);
  diagnostics.push(...words.diagnostics, ...refused);
  const options = { ...noPullOptions, ...words.options };
  return { options, arguments: optionArguments(options), ...global, service: words.service };
}
