import { error, info, warning } from '../rule.js';

/** What a registry says of a bound image. */
export const online = {
  'image-not-in-registry': error<{ reference: string; problem: string }>(
    ({ reference, problem }) => `the registry has no “${reference}”, so no host can pull it: ${problem}`,
    () => 'push the image, or correct its name, tag or digest here',
  ),
  'registry-access-denied': error<{ reference: string; problem: string; hint: string | null }>(
    ({ reference, problem }) => `“${reference}” cannot be pulled: ${problem}`,
    ({ hint }) => hint,
  ),
  'registry-look-failed': error<{ reference: string; problem: string; hint: string | null }>(
    ({ reference, problem }) =>
      `“${reference}” cannot be looked up, and a pull will fail for the same reason: ${problem}`,
    ({ hint }) => hint,
  ),
  'registry-unavailable': warning<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `whether “${reference}” can be pulled is unknown, because its registry could not be asked: ${problem}`,
    () => 'see whether the registry is up and its name is right, and check again',
  ),
  'registry-not-asked': info<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `no registry was asked for “${reference}”, which podman may still pull: ${problem}`,
    () => 'see what podman says when it pulls the image',
  ),
  'platform-missing': error<{ reference: string; platform: string; problem: string }>(
    ({ reference, platform, problem }) =>
      `“${reference}” cannot run on a host of the platform ${platform}: ${problem}`,
    ({ platform }) => `push the image for ${platform}, or bind another one`,
  ),
  'digest-of-one-platform': error<{ reference: string; platform: string; problem: string }>(
    ({ reference, platform, problem }) =>
      `the digest of “${reference}” is that of the image for one platform alone, so hosts of the platform ${platform} cannot run it: ${problem}`,
    () => 'write the digest of the index, which holds the images for all platforms',
  ),
  'digest-moved': warning<{ name: string; digest: string; now: string | null }>(
    ({ name, digest, now }) =>
      now === null
        ? `“${name}” is gone from the registry; hosts still pull ${digest}, because podman heeds the digest alone`
        : `“${name}” now means another image, ${now}; hosts still pull ${digest}, because podman heeds the digest alone`,
    ({ now }) =>
      now === null
        ? 'bind an image that has a tag: registries may delete what has none'
        : 'write the new digest, or remove the tag',
  ),
  'expectation-unmet': error<{
    reference: string;
    platforms: readonly string[];
    key: string;
    wanted: string;
    said: string | null;
  }>(
    ({ reference, platforms, key, wanted, said }) =>
      said === null
        ? `“${reference}” for ${platforms.join(', ')} has no label or annotation “${key}”, which should be “${wanted}”`
        : `“${reference}” for ${platforms.join(', ')} has “${said}” as its “${key}”, which should be “${wanted}”`,
    () => 'bind an image that meets this, or change what is expected here',
  ),
  'payload-not-there': error<{ reference: string; name: string; as: string; others: string }>(
    ({ reference, name, as, others }) =>
      `“${reference}” has no ${name}, which “${as}” should be${others === '' ? '' : `: there is ${others}`}`,
    () => 'push it so, or correct here what is wanted',
  ),
  'payload-ambiguous': error<{ reference: string; name: string; as: string; count: number }>(
    ({ reference, name, as, count }) =>
      `“${as}” can be only one file, and “${reference}” has ${count} times a ${name}`,
    () => 'say it with a title that only one layer has',
  ),
  'payload-too-large': error<{ reference: string; name: string; as: string; size: string; max: string }>(
    ({ reference, name, as, size, max }) =>
      `“${as}” lets no more through than ${max}, and the ${name} of “${reference}” has ${size}`,
    () => 'write a larger max-size if the file is meant to be so large',
  ),
  'payload-differs': error<{
    reference: string;
    name: string;
    as: string;
    digest: string;
    now: string | null;
  }>(
    ({ reference, name, as, digest, now }) =>
      `“${as}” should have the digest ${digest}, and the ${name} of “${reference}” ${now === null ? 'is a directory, which has none' : `has ${now}`}`,
    () => 'bind the image or artifact that has the file, or write the digest of this one',
  ),
  'payload-extension-unfit': error<{ name: string; problem: string; hint: string }>(
    ({ name, problem }) => `the ${name} ${problem}`,
    ({ hint }) => hint,
  ),
  'signature-not-verified': info<{ reference: string; path: string }>(
    ({ reference, path }) =>
      `${path} wants “${reference}” to be signed, and check does not verify signatures: podman will, when it pulls`,
    ({ path }) => `to verify it, copy it to a directory with skopeo --policy and the ${path} of this root`,
  ),
  'expectation-invalid': error<{ wanted: string }>(
    ({ wanted }) => `“${wanted}” is not a range of versions, so no image can match it`,
    () => 'write a range such as ">=2.4 <3" or "^1.2", or a text that begins with none of < > = ^ ~',
  ),
};
