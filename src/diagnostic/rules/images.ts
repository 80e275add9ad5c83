import { didYouMean } from '../did-you-mean.js';
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
  'image-missing': error<{
    section: string;
    /** The section that stands in its place, by a slip or from another type of unit. */
    written?: string;
  }>(
    ({ section, written }) =>
      `quadlet makes no service of the unit: ${written === undefined ? `there is no Image= in [${section}]` : `it looks for Image= in [${section}], not in [${written}]`}`,
    ({ section, written }) =>
      written === undefined
        ? `add Image=registry/name:tag to [${section}]`
        : (didYouMean(written, [section]) ??
          `write [${section}], or end the name of the unit in .${written.toLowerCase()}`),
  ),
  'image-given-twice': warning<{ line: number }>(
    ({ line }) => `this Image= has no effect: quadlet takes the last one, in line ${line}`,
    () => 'keep the one that is meant',
  ),
  'image-empty': error<object>(
    () => 'Image= is empty: quadlet accepts that, and at boot podman cannot make the volume',
    () => 'name an image or an .image unit',
  ),
  'image-and-rootfs': error<object>(
    () => 'quadlet makes no service of the unit: it has both Image= and Rootfs=',
    () => 'keep one of the two',
  ),
  'rootfs-binds-nothing': warning<object>(
    () => 'the container runs from the directory of Rootfs=, so the entry binds no image',
    () => 'remove the entry from the bound-images directory',
  ),
  'image-unit-missing': error<{ name: string; isBuild: boolean }>(
    ({ name }) =>
      `quadlet makes no service of the unit: there is no “${name}” in the directories that quadlet searches in this root`,
    ({ name, isBuild }) =>
      isBuild
        ? 'name an image of a registry: what is built on the host cannot be pulled before the boot'
        : `install ${name} under /usr/share/containers/systemd, or name the image itself`,
  ),
  'image-unit-invalid': error<{ name: string }>(
    ({ name }) => `the service does not start: the unit “${name}”, which its image comes from, is not valid`,
    ({ name }) => `correct ${name}; what is wrong there is reported, too`,
  ),
  'image-tag-differs': error<{ name: string; tag: string }>(
    ({ name, tag }) =>
      `the container runs “${tag}”, the ImageTag= of ${name}, but ${name} pulls another image`,
    () => 'remove ImageTag=, or name the same image in Image=',
  ),
  'image-pulled-by-none': warning<{ reference: string; unit: string | null }>(
    ({ reference }) =>
      `podman does not pull “${reference}” for a volume or a mount: if it is not in the store, the service fails`,
    ({ unit }) =>
      unit === null
        ? 'bind the image by an entry of its own as well, which pulls it'
        : `name an .${unit} unit here instead of the image`,
  ),
  'volume-binds-nothing': warning<object>(
    () => 'the volume does not come from an image, so the entry binds none',
    () => 'remove the entry, or write Driver=image to make the volume from an image',
  ),
  'pod-binds-nothing': warning<object>(
    () => 'no container starts with this pod, so the entry binds no image',
    () => 'remove the entry, or write Pod= with the name of this unit in a .container unit',
  ),
  'pod-container-invalid': error<{ name: string }>(
    ({ name }) => `the pod starts without the container “${name}”, as that unit is not valid`,
    ({ name }) => `correct ${name}; what is wrong there is reported, too`,
  ),
  'kube-yaml-unusable': error<{ problem: string }>(
    ({ problem }) => `podman makes no pod of this file, so the service fails: ${problem}`,
    // Of a file that cannot be read, the problem begins with its path.
    ({ problem }) =>
      problem.startsWith('/')
        ? 'ship a file of Kubernetes YAML in the root, and name its path in Yaml='
        : 'correct the YAML here',
  ),
  'kube-binds-nothing': warning<object>(
    () => 'no pod of these files has an image, so the entry binds none',
    () => 'remove the entry',
  ),
  'artifact-reference': error<{ text: string }>(
    ({ text }) =>
      `podman cannot pull “${text}”: an artifact needs a registry, and a tag or a digest, not both`,
    () => 'write registry/name:tag or registry/name@sha256:…',
  ),
  'image-unbound': info<{
    reference: string;
    unit: string;
    /** Where a link to the unit binds it. */
    directory: string;
    /** What is to be put right before, as a clause; null for nothing. */
    first: string | null;
    /** The path that masks the entry which would bind it. */
    mask: string | null;
  }>(
    ({ reference, unit, mask }) =>
      `${unit} wants “${reference}” at boot, and ${mask === null ? 'nothing binds it' : `${mask} masks the entry that binds it`}`,
    ({ unit, directory, first, mask }) =>
      mask !== null
        ? `remove ${mask}`
        : `${first === null ? '' : `${first}; then `}link to ${unit} from ${directory}`,
  ),
  'image-unknown': info<{ unit: string; problem: string }>(
    ({ unit, problem }) => `whether ${unit} wants an image at boot, and which, is not known: ${problem}`,
    () => 'put this right, and check again whether the image is bound',
  ),
  'image-from-build': error<{ name: string }>(
    ({ name }) => `“${name}” is built on the host, so it cannot be pulled before the boot`,
    () => 'push the built image to a registry and name it here, or remove the entry',
  ),
};
