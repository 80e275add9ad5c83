import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import type { BoundImage } from '../model/bound-image.js';
import type { Observe } from '../model/events.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreContent } from '../model/store.js';
import { type Presence, presenceOf, type RecordedImages } from '../plan/presence.js';
import type { ReceiptStore } from '../state/receipts.js';
import { ownDeploymentAt } from '../tools/ostree/deployment-of.js';
import { imagesFor, storedDigests } from '../tools/podman/store-images.js';
import { recordedImages } from './examine.js';
import type { RootInput } from './inputs.js';
import { readBinding } from './read-root.js';

export interface MountInput extends RootInput {
  readonly signal: AbortSignal;
}

/** A directory in which images appear, one after the other. */
export interface MountDirectory {
  /** @param name in the directory. @throws BoundImagesError `store`. */
  image(id: string, name: string, signal: AbortSignal): Promise<void>;
  /** The layers as files, under their titles. @throws BoundImagesError `store`. */
  artifact(image: BoundImage, name: string, signal: AbortSignal): Promise<void>;
  /** Nothing changes in it any more. @throws BoundImagesError `store`. */
  seal(): Promise<void>;
}

export interface MountPorts {
  readonly receipts: Pick<ReceiptStore, 'read'>;
  /** @throws BoundImagesError `store`, `tool-missing`. */
  readonly content: (
    bound: readonly ResolvedImage[],
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<StoreContent>;
  /** Asked for when all is there. @throws BoundImagesError `store`, `tool-missing`, `temporary-files`. */
  readonly openDirectory: () => Promise<MountDirectory>;
  readonly observe: Observe;
}

export type MountResult =
  | { readonly kind: 'invalid'; readonly root: string; readonly diagnostics: readonly Diagnostic[] }
  /** Nothing was mounted. */
  | { readonly kind: 'incomplete'; readonly root: string; readonly missing: readonly Presence[] }
  | { readonly kind: 'mounted' };

/**
 * Shows what a root binds, read-only, in one directory: numbered, in the order of the entries. All of it is in the store,
 * or nothing is mounted. It is to be called where mounts are private to this process.
 *
 * @throws BoundImagesError `usage`, `state`, `store`, `tool-missing`, `temporary-files`; the reason of the signal
 */
export async function mountRoot(input: MountInput, ports: MountPorts): Promise<MountResult> {
  const { signal } = input;
  const { root, images, diagnostics } = readBinding(input);
  ports.observe({ kind: 'findings', diagnostics });
  if (hasErrors(diagnostics)) return { kind: 'invalid', root, diagnostics };
  const deployment = ownDeploymentAt(root);
  const recorded: RecordedImages =
    deployment === undefined ? new Map() : recordedImages(ports.receipts, deployment, 'podman');
  const ids = [...recorded.values()].flatMap(({ id }) => id ?? []);
  const content = images.length === 0 ? undefined : await ports.content(images, ids, signal);
  const present = content === undefined ? [] : presenceOf(images, content, recorded);
  const missing = present.filter(({ isPresent }) => !isPresent);
  if (missing.length > 0) return { kind: 'incomplete', root, missing };
  const directory = await ports.openDirectory();
  const names = mountNames(present.map(({ resolved }) => resolved.image));
  for (const [index, { resolved, digest }] of present.entries()) {
    signal.throwIfAborted();
    const { image } = resolved;
    const name = names[index] ?? '';
    if (image.kind === 'artifact') await directory.artifact(image, name, signal);
    else await directory.image(idOf(resolved, digest, content, recorded), name, signal);
  }
  await directory.seal();
  return { kind: 'mounted' };
}

/** Of the image that was found to be there. */
function idOf(
  { image }: ResolvedImage,
  digest: string | null,
  content: StoreContent | undefined,
  recorded: RecordedImages,
): string {
  const named = imagesFor(image, content?.images ?? []);
  const found = named.find(
    (each) => digest !== null && storedDigests(each, image.reference).includes(digest),
  );
  const id = (found ?? named[0])?.id ?? recorded.get(image.reference.text)?.id;
  if (id === undefined || id === null) throw new Error(`${image.reference.text} is there, and has no ID`);
  return id;
}

/** Numbers keep the order of the entries wherever names are sorted; `07-gvisor`. */
export function mountNames(images: readonly Pick<BoundImage, 'reference'>[]): readonly string[] {
  const digits = Math.max(2, `${images.length - 1}`.length);
  return images.map(({ reference }, index) => {
    const path = reference.transport === 'docker' ? reference.repository : reference.path;
    const last = path.split('/').findLast((name) => name !== '') ?? '';
    const name = last.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 100);
    return `${`${index}`.padStart(digits, '0')}-${name === '' ? 'image' : name}`;
  });
}
