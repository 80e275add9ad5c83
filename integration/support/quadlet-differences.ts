import type { RuleId } from '../../src/diagnostic/rules.js';

/**
 * Where we refuse a unit that the generator makes a service of, and why. Nothing else may differ: the
 * generator looks at no value, and what it would make of these fails at boot or cannot be pulled before.
 */
export const deliberateRefusals: Partial<Record<RuleId, string>> = {
  specifier: 'what systemd puts in place of a specifier is known at boot only',
  'environment-expansion': 'what systemd puts in place of a variable is known at boot only',
  'reference-invalid': 'podman refuses the reference when the service starts',
  'podman-arguments': 'podman refuses the option, or would pull more images than the one',
  'pull-policy-unknown': 'podman refuses the policy when the service starts',
  'retry-invalid': 'podman refuses the retries when the service starts',
  'all-tags-refused': 'podman has no tags of an archive, and does not look for a digest among them',
  'image-tag-differs': 'the container would run another image than the one that is pulled',
  'pod-container-invalid': 'a container that is to start with the pod does not, and its image is unknown',
  'kube-yaml-unusable': 'podman cannot read the file when the service starts',
  'artifact-reference': 'podman refuses the name when the service starts',
  'image-from-build': 'the image is built on the host: nothing can be pulled',
  'image-empty': 'podman refuses a volume of an image without a name',
  'image-unit-invalid': 'the container would be started with an empty --rootfs',
};
