import { warning } from '../rule.js';

const tlsHint =
  'give the certificates of the registry with CertDir= or cert-dir, or put them in /etc/containers/certs.d';

/** What is wrong with the service that runs a bound image. */
export const services = {
  'image-unit-without-policy': warning<object>(
    () =>
      'the service of this unit asks the registry at every start, even if the image is in the store, and fails without an answer',
    () => 'add Policy=missing, which podman knows since 5.6',
  ),
  'image-unit-with-platform': warning<object>(
    () =>
      'for an image of a named platform, podman asks the registry at every start, whatever Policy= says; without an answer it takes the one in the store',
    () => 'bind the digest of the image for this platform, and name no platform',
  ),
  'podman-versions-differ': warning<
    | { podman: string; reference: string }
    /** What that podman refuses, and the other one does not. */
    | { podman: string; message: string; hint: string | null }
  >(
    (args) =>
      'reference' in args
        ? `only podman ${args.podman} needs “${args.reference}” here`
        : `only with podman ${args.podman}: ${args.message}`,
    (args) =>
      'reference' in args
        ? 'bind it by an entry of its own, or write the units so that both need it'
        : args.hint,
  ),
  'unit-auto-update': warning<object>(
    () =>
      'podman auto-update would replace the image that was deployed with the OS; where bootc pulled it, podman auto-update fails',
    () => 'remove AutoUpdate=: the image is updated with the OS',
  ),
  'image-bound-otherwise': warning<{
    text: string;
    other: string;
    place: string;
    /** What is wanted is a digest, and the other one a tag, which may lead there. */
    mayBeSame: boolean;
  }>(
    ({ text, other, place, mayBeSame }) =>
      mayBeSame
        ? `“${text}” is not bound: ${place} binds the tag “${other}”, and once that leads to another digest, this image is missing at boot`
        : `“${text}” is not bound: ${place} binds “${other}”, which podman does not take for it, so this image is missing at boot`,
    ({ other }) => `write “${other}” here, too, or bind the image that is named here`,
  ),
  'unit-rootless': warning<{ path: string }>(
    ({ path }) =>
      `${path} is a unit for users, and what is bound is in the store of root: their podman does not see it, and pulls the image again`,
    () =>
      'make it a unit of the system, in /usr/share/containers/systemd, and have its container drop privileges',
  ),
  'tls-not-verified': warning<{ isPinned: boolean; unknownWord: string | null }>(
    ({ isPinned, unknownWord }) =>
      `${unknownWord === null ? '' : `quadlet takes “${unknownWord}” for “false”, as every word but “true”, “yes”, “on” and “1”: `}podman does not verify that it talks to the registry: whoever is in between ${isPinned ? 'can read the credentials' : 'can send another image'}`,
    ({ unknownWord }) =>
      unknownWord === null ? tlsHint : `write “true”, or leave the key out; if “false” is meant, ${tlsHint}`,
  ),
  'creds-readable': warning<object>(
    () => 'these credentials are part of the image of the OS: everybody who has the image can read them',
    () => 'put them into an auth file on the hosts, such as /etc/ostree/auth.json, and change the password',
  ),
  'bootc-link-name': warning<{ name: string; taken: string; type: string; isBootcs: boolean }>(
    ({ name, taken }) =>
      `this link leads to “${name}”, which bootc takes for a unit of the type ${taken}, by the name of the link: it finds no image, and refuses its whole directory`,
    ({ type, isBootcs }) =>
      isBootcs
        ? `give the link a name that ends in ${type}`
        : `link to the unit from /usr/lib/bound-images.d instead, by a name that ends in ${type}`,
  ),
  'bootc-authfile': warning<object>(
    () =>
      'bootc does not allow AuthFile= in a unit of its directory, and refuses the whole directory because of it',
    () => 'remove it and use /etc/ostree/auth.json, or link to the unit from /usr/lib/bound-images.d instead',
  ),
  'bootc-image-unit': warning<{ name: string }>(
    ({ name }) =>
      `bootc does not look up units: it tries to pull an image that is called “${name}”, and the upgrade fails`,
    ({ name }) => `link to ${name} from the directory instead of to this unit, or name the image itself here`,
  ),
  'bootc-option-ignored': warning<{ option: string }>(
    ({ option }) => `bootc pulls this image too, and ignores the ${option} that is given here`,
    () => 'on hosts that run bootc, do without it, or link to the unit from /usr/lib/bound-images.d instead',
  ),
  'bootc-store-unseen': warning<object>(
    () =>
      'bootc pulls this image into a store of its own, where podman does not look: the service pulls it again',
    () => 'add GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage',
  ),
};
