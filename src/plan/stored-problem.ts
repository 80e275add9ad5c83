import type { BoundImage } from '../model/bound-image.js';
import type { StoredProblem } from '../model/plan.js';
import { canonicalPlatform, formatPlatform, isSuitable, wantedPlatform } from '../model/platform.js';
import type { ImageProof } from '../model/store.js';
import { printable } from '../text/printable.js';
import { hostPlatform, runsVariant } from '../tools/registry/host-platform.js';

/** Of an image that is there under the name of a bound one; null when nothing is wrong with it. */
export function storedProblem(
  { options }: Pick<BoundImage, 'options'>,
  { isList, platform: said, damage, unproved, isDeep }: ImageProof,
): StoredProblem | null {
  if (isList) {
    return {
      code: 'no-platform',
      message: 'the store has a list of images under this name, but not the image for this platform',
      hint: 'a pull gives the name to the image',
      reason: { kind: 'list-in-store' },
    };
  }
  const wanted = wantedPlatform(options, hostPlatform());
  const platform = said && {
    // What an image leaves out is as wanted.
    os: said.os || wanted.os,
    architecture: said.architecture || wanted.architecture,
    variant: said.variant,
  };
  const isOfHost = options.arch === undefined && options.os === undefined;
  if (
    platform !== null &&
    !(
      isSuitable(canonicalPlatform(platform), wanted) &&
      (!isOfHost || runsVariant(canonicalPlatform(platform)))
    )
  ) {
    const [is, asked] = [platform, wanted].map((each) => printable(formatPlatform(each)));
    return {
      code: 'no-platform',
      message: `the image in the store is for ${is}, and ${asked} is wanted`,
      hint: 'push the image for this platform, or bind another one',
    };
  }
  if (damage !== null) {
    return {
      code: 'damaged',
      message: `the image in the store is damaged: ${damage.problem}`,
      hint: 'a pull removes it and pulls it anew',
      reason: { kind: 'damaged-in-store' },
    };
  }
  if (isDeep && unproved !== null) {
    return {
      code: 'unproved',
      message: `the content of the image in the store cannot be proved: ${unproved}`,
      hint: 'see whether its files can be read, or have less proved',
      reason: { kind: 'unproved' },
    };
  }
  return null;
}

/** The first of several images that a bound one may mean with which nothing is wrong, else the first. */
export function bestOf<T extends { readonly problem: StoredProblem | null }>(
  found: readonly T[],
): T | undefined {
  return found.find(({ problem }) => problem === null) ?? found[0];
}
