import { nextBootHome } from '../check/online/next-boot-home.js';
import { unverifiedImages } from '../check/online/unverified.js';
import { checkOnline, isInRegistry, type Online } from '../check/online.js';
import type { Platform } from '../model/platform.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { redactorFor } from '../pull/known-secrets.js';
import type { RootView } from '../root/root-view.js';
import { type AskingOptions, askRegistries } from './asking-registries.js';
import type { ReadRoot } from './read-root.js';

/** Options of `check --online`. */
export interface OnlineOptions extends AskingOptions {
  readonly online: boolean;
  readonly platform?: readonly Platform[];
}

/**
 * What the registries say of a root, asked as its next boot would: with its mirrors and its credentials. A run that
 * is stopped gives its exit status instead.
 *
 * @throws BoundImagesError `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function askOnline(
  { roots, images }: Pick<ReadRoot, 'roots' | 'images'>,
  options: OnlineOptions,
): Promise<Online | { readonly stopped: number }> {
  // A root that binds nothing of a registry needs no skopeo.
  const bound = images.filter(isInRegistry).map(({ image }) => image);
  if (bound.length === 0) return { images: [], diagnostics: [] };
  const asked = await askAsNextBoot(roots.newRoot, images, options, (ask) =>
    checkOnline(images, options.platform ?? [], ask),
  );
  if ('stopped' in asked) return asked;
  const { answer, translate } = asked;
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
  options: AskingOptions,
  questions: (ask: AskRegistry) => Promise<T>,
): Promise<
  { readonly answer: T; readonly translate: (text: string) => string } | { readonly stopped: number }
> {
  let translate = (text: string) => text;
  const asked = await askRegistries(options, redactorFor(images), questions, (makeDirectory) => {
    const home = nextBootHome(newRoot, makeDirectory);
    translate = home?.translate ?? translate;
    return home?.env;
  });
  return 'stopped' in asked ? asked : { ...asked, translate };
}
