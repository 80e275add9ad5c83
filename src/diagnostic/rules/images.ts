import { error, info, warning } from '../rule.js';

/** What is wrong with the image that a unit names, or with how it names it. */
export const images = {
  'image-changed-by-drop-in': warning<{ path: string; from: string; to: string }>(
    ({ path, from, to }) =>
      to === ''
        ? `this drop-in takes away the image that ${path} names, “${from}”`
        : `this drop-in makes the image “${to}”, where ${path} names “${from}”`,
    ({ path }) => `name the image in ${path} alone, or in its drop-in alone`,
  ),
  'image-missing': error<{ section: string }>(
    ({ section }) => `there is no Image= in [${section}]`,
    ({ section }) => `add Image=registry/name:tag to [${section}]`,
  ),
  'image-empty': error<object>(
    () => 'quadlet accepts the empty Image=, and podman refuses the volume of it',
    () => 'name an image or an .image unit',
  ),
  'image-and-rootfs': error<object>(
    () => 'quadlet refuses the unit: it has both Image= and Rootfs=',
    () => 'keep one of the two',
  ),
  'rootfs-binds-nothing': warning<object>(
    () => 'the container runs from Rootfs=, so the entry binds no image',
    () => 'remove the entry',
  ),
  'image-unit-missing': error<{ name: string }>(
    ({ name }) => `there is no unit “${name}” in quadlet’s search path of this root`,
    ({ name }) => `install ${name} under /usr/share/containers/systemd, or name the image itself`,
  ),
  'image-unit-invalid': error<{ name: string }>(
    ({ name }) => `the unit “${name}” that this one takes its image from is not valid`,
    () => 'its own problems are reported beside this one',
  ),
  'image-tag-differs': error<{ name: string; tag: string }>(
    ({ name, tag }) =>
      `the container runs “${tag}”, the ImageTag= of ${name}, which is not what ${name} pulls`,
    () => 'remove ImageTag=, or name the same image in Image=',
  ),
  'image-pulled-by-none': warning<{ reference: string }>(
    ({ reference }) =>
      `podman itself does not pull “${reference}” for a volume or a mount: where the pull was missed, the service fails`,
    () => 'name an .image unit here instead of the image',
  ),
  'volume-binds-nothing': warning<object>(
    () => 'the volume does not come from an image, so the entry binds none',
    () => 'remove the entry',
  ),
  'pod-binds-nothing': warning<object>(
    () => 'no container starts with this pod, so the entry binds no image',
    () => 'remove the entry',
  ),
  'pod-container-invalid': error<{ name: string }>(
    ({ name }) => `the container “${name}” that starts with this pod is not valid`,
    () => 'its own problems are reported beside this one',
  ),
  'kube-yaml-unusable': error<{ problem: string }>(
    ({ problem }) => `podman cannot play this file: ${problem}`,
    () => 'ship it in the root, as YAML that Kubernetes reads',
  ),
  'kube-binds-nothing': warning<object>(
    () => 'no pod of these files has an image, so the entry binds none',
    () => 'remove the entry',
  ),
  'artifact-reference': error<{ text: string }>(
    ({ text }) => `“${text}” names no artifact of a registry by tag or by digest, and podman pulls no other`,
    () => 'write registry/name:tag or registry/name@sha256:…',
  ),
  'image-unbound': info<{ reference: string; unit: string }>(
    ({ reference, unit }) => `${unit} will want “${reference}” at boot, and nothing binds it`,
    ({ unit }) =>
      `link to ${unit} from /usr/lib/${/\.(?:image|container)$/.test(unit) ? 'bootc/' : ''}bound-images.d`,
  ),
  'image-from-build': error<{ name: string }>(
    ({ name }) => `“${name}” is built on the host, so there is nothing to pull`,
    () => 'push the built image to a registry and name it here, or remove the entry',
  ),
};
