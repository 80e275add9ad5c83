import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { parsePullPolicy, pulledAtBoot, servicePull } from '../../scan/quadlet/service-pull.js';
import { readSection } from '../../scan/unit/section.js';
import { readPullArguments } from '../../scan/words/podman-arguments.js';
import type { BoundServices } from './bound-services.js';

/**
 * Whether the service of an `.image` unit asks the registry although the image is in the store. The default of
 * `podman image pull` is always, and no containers.conf changes it; with a platform, missing counts as newer.
 * Source: podman cmd/podman/images/pull.go; go.podman.io/common/libimage/pull.go, `copySingleImageFromRegistry`.
 */
export function checkImageUnit({
  unit,
  entry,
  binding,
}: BoundServices['imageUnits'][number]): readonly Diagnostic[] {
  // An archive is read again, whatever the policy.
  if (binding.reference.transport !== 'docker') return [];
  const { allTags } = binding.options;
  // The list of tags comes from the registry alone. Source: copyFromRegistry, as above.
  if (allTags?.value) {
    const always = { value: 'always', place: allTags.place };
    return pulledAtBoot(always, 'remove AllTags=, and bind each tag that is needed');
  }
  const section = readSection(unit, 'Image', entry, []);
  const words = { words: section.words('PodmanArgs'), decoded: section.decoded };
  const { policy } = servicePull(section, 'Policy', readPullArguments(words, false).service);
  if (policy === undefined) return [diagnose('image-unit-without-policy', section.place, {})];
  if (parsePullPolicy(policy.value) !== 'missing') return pulledAtBoot(policy, 'write Policy=missing');
  const { arch, os, variant } = binding.options;
  const platform = arch ?? os ?? variant;
  return platform === undefined ? [] : [diagnose('image-unit-with-platform', platform.place, {})];
}
