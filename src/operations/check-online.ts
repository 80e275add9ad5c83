import { unverifiedImages } from '../check/online/unverified.js';
import { checkOnline, isInRegistry, type Online } from '../check/online.js';
import { tagFinder } from '../fix/tag-comment.js';
import type { Platform } from '../model/platform.js';
import { type Asking, askNextBoot } from './asking-registries.js';
import { checkExtensions } from './check-extensions.js';
import type { Bound } from './read-root.js';

/**
 * What the registries say of a root, asked as its next boot would: with its mirrors and its credentials.
 *
 * @throws BoundImagesError; the reason of the signal.
 */
export async function askOnline(
  bound: Bound,
  platforms: readonly Platform[],
  asking: Asking,
): Promise<Online> {
  const inRegistries = bound.images.filter(isInRegistry).map(({ image }) => image);
  if (inRegistries.length === 0) return { images: [], diagnostics: [] };
  const { newRoot } = bound.roots;
  const { images, diagnostics } = await askNextBoot(bound, asking, async (ask, client) => {
    const online = await checkOnline(bound.images, platforms, ask, tagFinder(newRoot));
    const unfit = await checkExtensions(bound, platforms, { ask, client }, asking);
    return { ...online, diagnostics: [...online.diagnostics, ...unfit] };
  });
  return { images, diagnostics: [...diagnostics, ...unverifiedImages(newRoot, inRegistries)] };
}
