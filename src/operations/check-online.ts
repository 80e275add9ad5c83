import { unverifiedImages } from '../check/online/unverified.js';
import { checkOnline, isInRegistry, type Online } from '../check/online.js';
import type { Platform } from '../model/platform.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { redactorFor } from '../pull/known-secrets.js';
import { nextBootHome } from '../registries/next-boot-home.js';
import type { RootView } from '../root/root-view.js';
import { type Asking, askRegistries } from './asking-registries.js';
import type { ReadRoot } from './read-root.js';

/**
 * What the registries say of a root, asked as its next boot would: with its mirrors and its credentials.
 *
 * @throws BoundImagesError `tool-missing`, `tool-too-old`, `temporary-files`; the reason of the signal.
 */
export async function askOnline(
  { roots, images }: Pick<ReadRoot, 'roots' | 'images'>,
  platforms: readonly Platform[],
  asking: Asking,
): Promise<Online> {
  // A root that binds nothing of a registry needs no skopeo.
  const bound = images.filter(isInRegistry).map(({ image }) => image);
  if (bound.length === 0) return { images: [], diagnostics: [] };
  const { answer, translate } = await askAsNextBoot(roots.newRoot, images, asking, (ask) =>
    checkOnline(images, platforms, ask),
  );
  return {
    images: answer.images,
    diagnostics: [
      ...answer.diagnostics.map((each) => ({ ...each, message: translate(each.message) })),
      ...unverifiedImages(roots.newRoot, bound),
    ],
  };
}

/**
 * Asks registries with the mirrors and certificates of the next boot, too; `translate` puts the paths of the new root
 * into texts of skopeo.
 */
export async function askAsNextBoot<T>(
  newRoot: RootView,
  images: readonly ResolvedImage[],
  asking: Asking,
  questions: (ask: AskRegistry) => Promise<T>,
): Promise<{ readonly answer: T; readonly translate: (text: string) => string }> {
  let translate = (text: string) => text;
  const answer = await askRegistries(asking, redactorFor(images), questions, (makeDirectory) => {
    const home = nextBootHome(newRoot, makeDirectory);
    translate = home?.translate ?? translate;
    return home?.env;
  });
  return { answer, translate };
}
