import { extensionOf, type QuadletKind, type QuadletKinds } from '../unit/unit.js';
import { artifactKeys, readArtifactUnit } from './artifact.js';
import { buildKeys } from './build.js';
import { containerKeys, containerKeysOf6, containerRefusals, readContainerUnit } from './container.js';
import { imageKeys, readImageUnit } from './image.js';
import { kubeKeys, kubeRefusals, readKubeUnit } from './kube.js';
import { networkKeys, networkRefusals } from './network.js';
import { podKeys, podRefusals, readPodUnit } from './pod.js';
import { commonRefusals } from './refusals/common.js';
import { readVolumeUnit, volumeKeys, volumeKeysOf6, volumeRefusals } from './volume.js';

/**
 * The kinds of quadlets: all that is asked of a unit because of its extension, but for what its file here reads in it.
 * In the order in which a hint names those that may be entries.
 * Source: podman pkg/systemd/quadlet/quadlet_common.go, `SupportedExtensions`; cmd/quadlet/main.go.
 */
export const kinds = {
  image: {
    extension: '.image',
    section: 'Image',
    suffix: '-image',
    order: 1,
    keys: imageKeys,
    needsImage: 'where started',
    isBootcs: true,
    refusals: commonRefusals,
    read: readImageUnit,
  },
  container: {
    extension: '.container',
    section: 'Container',
    suffix: '',
    order: 4,
    keys: containerKeys,
    keysOf6: containerKeysOf6,
    needsImage: 'always',
    isBootcs: true,
    refusals: containerRefusals,
    read: readContainerUnit,
  },
  volume: {
    extension: '.volume',
    section: 'Volume',
    suffix: '-volume',
    order: 2,
    keys: volumeKeys,
    keysOf6: volumeKeysOf6,
    needsImage: 'where started',
    isBootcs: false,
    refusals: volumeRefusals,
    read: readVolumeUnit,
  },
  kube: {
    extension: '.kube',
    section: 'Kube',
    suffix: '',
    order: 4,
    keys: kubeKeys,
    needsImage: 'always',
    isBootcs: false,
    refusals: kubeRefusals,
    read: readKubeUnit,
  },
  pod: {
    extension: '.pod',
    section: 'Pod',
    suffix: '-pod',
    order: 5,
    keys: podKeys,
    needsImage: 'not itself',
    isBootcs: false,
    refusals: podRefusals,
    read: readPodUnit,
  },
  artifact: {
    extension: '.artifact',
    section: 'Artifact',
    suffix: '-artifact',
    order: 1,
    keys: artifactKeys,
    needsImage: 'where started',
    isBootcs: false,
    refusals: commonRefusals,
    read: readArtifactUnit,
  },
  network: {
    extension: '.network',
    section: 'Network',
    suffix: '-network',
    order: 2,
    keys: networkKeys,
    needsImage: 'not itself',
    isBootcs: false,
    refusals: networkRefusals,
    read: null,
  },
  build: {
    extension: '.build',
    section: 'Build',
    suffix: '-build',
    order: 3,
    keys: buildKeys,
    needsImage: 'not itself',
    isBootcs: false,
    refusals: () => [],
    read: null,
  },
} as const satisfies Record<string, QuadletKind>;

export const quadletKinds: QuadletKinds = new Map(
  Object.values<QuadletKind>(kinds).map((kind) => [kind.extension, kind]),
);

/** The kind of a unit, by its file name or path; `undefined` for what quadlet does not take for a unit. */
export function kindOf(name: string): QuadletKind | undefined {
  return quadletKinds.get(extensionOf(name));
}
