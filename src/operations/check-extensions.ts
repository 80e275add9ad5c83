import { ArchiveProblem } from '../archive/problem.js';
import { findingOf } from '../check/online/findings.js';
import { isInRegistry } from '../check/online.js';
import { describeExtension, extensionRefusal, unfitHint } from '../check/payloads/extension-release.js';
import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { BlobProblem, blobChunks } from '../layers/blob-chunks.js';
import { type Extension, extensionOf, extensionReleasePath, mostReleaseBytes } from '../model/extension.js';
import type { Payload } from '../model/payload.js';
import { canonicalPlatform, formatPlatform, type Platform, wantedPlatform } from '../model/platform.js';
import type { RemoteImage, RemoteLayer } from '../model/remote-image.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { takeFromLayers } from '../payloads/from-layers.js';
import { type Output, tooLarge } from '../payloads/output.js';
import { notTaken, PayloadProblem } from '../payloads/problem.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { registryView } from '../pull/look-up.js';
import { stopped } from '../pull/stopped.js';
import { systemTimer } from '../pull/system-timer.js';
import { readOsRelease } from '../scan/os-release.js';
import { formatBytes } from '../text/format.js';
import { printable } from '../text/printable.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import type { Asking, OpenedRegistries } from './asking-registries.js';
import { pullingDefaults } from './defaults.js';
import { optionsFor } from './named-image.js';
import type { Bound } from './read-root.js';
import { noteOf } from './telling.js';

/** An extension that is a directory of an image, and comes as a whole. */
interface WholeExtension {
  readonly extension: Extension;
  readonly payload: Payload;
  /** Of its extension-release, in the image. */
  readonly path: string;
}

/** What is asked of the registries of a root. */
export interface ExtensionQuestions {
  readonly ask: AskRegistry;
  readonly client: () => Promise<OpenedRegistries['client']>;
}

/**
 * Extensions that systemd would not merge on top of the OS in the root, by their extension-release, which is read out of
 * the layers of their images: the top first, and no more of them than it takes. Of an extension that is an image, or is put
 * together of several payloads, nothing is said.
 *
 * @param platforms as for `checkOnline`
 */
export async function checkExtensions(
  { roots, images }: Bound,
  platforms: readonly Platform[],
  { ask, client }: ExtensionQuestions,
  { signal, observe }: Pick<Asking, 'signal' | 'observe'>,
): Promise<readonly Diagnostic[]> {
  const hosts = platforms.length === 0 ? [hostPlatform()] : platforms.map(canonicalPlatform);
  const found: Diagnostic[] = [];
  for (const resolved of images.filter(isInRegistry)) {
    const extensions = wholeExtensions(resolved);
    if (extensions.length === 0) continue;
    const wanted = hosts.map((host) => wantedPlatform(resolved.image.options, host));
    for (const platform of new Map(wanted.map((each) => [formatPlatform(each), each])).values())
      found.push(...(await checkImage(resolved, platform, extensions)));
  }
  return found;

  async function checkImage(
    resolved: ResolvedImage,
    platform: Platform,
    extensions: readonly WholeExtension[],
  ): Promise<readonly Diagnostic[]> {
    const { os, arch, variant } = optionsFor(platform);
    const options = { ...resolved.image.options, os, arch, variant };
    const asked = { ...resolved, image: { ...resolved.image, options } };
    const looked = await registryView(ask, async () => false).image(asked, []);
    // Whoever asks for the image says that it is not there.
    if (looked.kind !== 'found') return [];
    const { image } = looked;
    const { layers } = image;
    if (layers === null) return [];
    const reference = resolved.image.reference.text;
    const size = layers.reduce((sum, layer) => sum + layer.size, 0);
    const say = noteOf(observe, 'info');
    say(
      `whether its extensions fit is read out of the layers of ${printable(reference)} (${formatBytes(size)}), the top one first`,
    );
    const findings: Diagnostic[] = [];
    for (const { extension, payload, path } of extensions) {
      try {
        const problem = await problemOf(extension, path, image, layers, platform);
        if (problem === null) continue;
        const name = `${describeExtension(extension)} of “${reference}” for ${formatPlatform(platform)}`;
        findings.push(
          diagnose('payload-extension-unfit', payload.place, {
            name,
            problem,
            hint: unfitHint(extension.kind),
          }),
        );
      } catch (error) {
        if (signal.aborted) return [...findings, findingOf(resolved.image, stopped(signal))];
        if (!(error instanceof BlobProblem)) throw error;
        return [...findings, findingOf(resolved.image, error.failure)];
      }
    }
    return findings;
  }

  async function problemOf(
    extension: Extension,
    path: string,
    { content: { sources } }: RemoteImage,
    layers: readonly RemoteLayer[],
    { architecture }: Platform,
  ): Promise<string | null> {
    const tools = {
      client: await client(),
      timer: systemTimer,
      random: Math.random,
      retries: pullingDefaults.retries,
      stallMs: pullingDefaults.stallTimeout,
      signal,
      onBytes: () => undefined,
    };
    const { output, text } = newTextOutput();
    const blobs = layers.map((layer) => ({ open: () => blobChunks(layer, sources, tools) }));
    try {
      await takeFromLayers(blobs, path, output);
    } catch (error) {
      if (!(error instanceof PayloadProblem || error instanceof ArchiveProblem)) throw error;
      return `would not be merged, for its ${extensionReleasePath(extension)} cannot be read: ${error.message}`;
    }
    return extensionRefusal(extension.kind, text(), readOsRelease(roots.newRoot), architecture);
  }
}

function wholeExtensions({ image: { kind, payloads = [] } }: ResolvedImage): readonly WholeExtension[] {
  if (kind !== 'image') return [];
  return payloads.flatMap((payload) => {
    const { source, as } = payload;
    const extension = extensionOf(as);
    const isWhole = as.split('/').length === 2 && !as.endsWith('.raw');
    if (extension === undefined || !isWhole || source.kind !== 'path') return [];
    return [{ extension, payload, path: `${source.path}/${extensionReleasePath(extension)}` }];
  });
}

/** Keeps one small file. */
function newTextOutput(): { readonly output: Output; readonly text: () => string } {
  let chunks: Buffer[] = [];
  const output: Output = {
    file: async (_path, _isExecutable, pieces) => {
      // What was damaged on its way comes once more.
      chunks = [];
      let bytes = 0;
      for await (const piece of pieces) {
        bytes += piece.length;
        if (bytes > mostReleaseBytes) throw tooLarge(mostReleaseBytes);
        chunks.push(Buffer.from(piece));
      }
    },
    directory: () => {
      throw notTaken('', 'a directory');
    },
    symlink: () => {
      throw notTaken('', 'a symbolic link');
    },
    copy: async () => {
      throw notTaken('', 'a hard link');
    },
  };
  return { output, text: () => Buffer.concat(chunks).toString() };
}
