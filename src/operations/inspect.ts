import { readFileSync } from 'node:fs';
import { BoundImagesError } from '../model/error.js';
import type { Failure } from '../model/failure.js';
import { formatPlatform, wantedPlatform } from '../model/platform.js';
import type { PathReference, RegistryReference } from '../model/reference/reference.js';
import { canonicalName, repositoryName } from '../model/reference/reference.js';
import { openArchivedImage } from '../payloads/archived-image.js';
import { type Candidate, candidatesIn } from '../payloads/candidates.js';
import { PayloadProblem, refused } from '../payloads/problem.js';
import { errnoReason } from '../text/errno.js';
import { printable } from '../text/printable.js';
import { readStoreFiles } from '../tools/podman/store-files.js';
import { chooseInstance } from '../tools/registry/choose-instance.js';
import {
  type DescribedInstance,
  type DescribedLayer,
  type DescribedManifest,
  describeManifest,
} from '../tools/registry/described-manifest.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import { parseConfigPlatform, parseManifest } from '../tools/registry/manifest.js';
import { parseLabels } from '../tools/registry/metadata.js';
import type { ReadFrom } from './extract.js';
import {
  failureOf,
  imageNamed,
  type NamedInput,
  type NamedPorts,
  optionsFor,
  withRegistry,
} from './named-image.js';

export type InspectInput = NamedInput;

/** What an image, an artifact or an index is, by its manifests and its config. */
export interface Inspected {
  readonly kind: 'image' | 'artifact' | 'index';
  readonly from: ReadFrom;
  /** `algorithm:hex` of what the reference names; null for a docker-archive, which has no manifest. */
  readonly digest: string | null;
  readonly mediaType: string;
  /** Of an artifact: what it says to be. */
  readonly artifactType: string | null;
  /** Of what is named, and of the manifest for the platform, which counts where both have a name. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Of the config of an image. */
  readonly labels: ReadonlyMap<string, string>;
  /** All of an index, or that of the image. */
  readonly platforms: readonly InspectedPlatform[];
  /** Of the manifest that was looked at: that for the platform. null where an index has none. */
  readonly manifest: { readonly digest: string | null; readonly platform: string | null } | null;
  readonly layers: readonly DescribedLayer[];
  /** What may be bound as a payload. */
  readonly candidates: readonly Candidate[];
}

export interface InspectedPlatform extends Pick<DescribedInstance, 'artifactType' | 'annotations'> {
  /** `os/architecture[/variant]`; null where none is named. */
  readonly platform: string | null;
  readonly digest: string | null;
  /** Of the manifest, in bytes; null where nothing says so. */
  readonly size: number | null;
}

export type InspectResult =
  | { readonly kind: 'inspected'; readonly reference: string; readonly inspected: Inspected }
  | { readonly kind: 'failed'; readonly reference: string; readonly failure: Failure };

/**
 * Looks at an image, an artifact or an index: what its manifests and its config say. No other blob is fetched. A name is
 * looked for in its registry, with `containers-storage:` in podman's storage.
 *
 * @throws BoundImagesError `usage`, `store`, `store-busy`, `tool-missing`; the reason of the signal
 */
export async function inspect(input: InspectInput, ports: NamedPorts): Promise<InspectResult> {
  const { reference, signal } = input;
  const named = imageNamed(reference);
  try {
    const texts =
      named.place === 'archive'
        ? await ofArchive(named.reference, input)
        : named.place === 'storage'
          ? await ofStorage(named.name, input, ports)
          : await ofRegistry(named.reference, input, ports);
    return { kind: 'inspected', reference, inspected: inspectedOf(texts) };
  } catch (error) {
    return { kind: 'failed', reference, failure: failureOf(error, signal) };
  }
}

/** What was read. */
interface Texts {
  readonly from: ReadFrom;
  readonly digest: string | null;
  /** What the reference names; null for a docker-archive. */
  readonly named: string | null;
  /** null where an index has none for the platform. */
  readonly manifest: { readonly text: string | null; readonly digest: string | null } | null;
  /** Of an image. */
  readonly config: string | null;
}

function wanted({ platform }: InspectInput) {
  return wantedPlatform(optionsFor(platform), hostPlatform());
}

async function ofRegistry(
  reference: RegistryReference,
  input: InspectInput,
  ports: NamedPorts,
): Promise<Texts> {
  return await withRegistry(reference, 'image', input, ports, async ({ resolved, ask }) => {
    const answer = await ask(resolved, async ({ manifest, config }) => {
      const named = await manifest(canonicalName(reference));
      if (named.kind === 'failed') return named;
      const top = parseManifest(named.text);
      const repository = repositoryName(reference);
      const known = { kind: 'read', from: 'registry', digest: named.digest, named: named.text } as const;
      let chosen = named;
      if (top.kind === 'index') {
        const instance = chooseInstance(top.instances, wanted(input), false);
        if (instance === null) return { ...known, manifest: null, config: null };
        const found = await manifest(`${repository}@${instance.digest}`);
        if (found.kind === 'failed') return found;
        chosen = found;
      }
      const parsed = parseManifest(chosen.text);
      const text = { text: chosen.text, digest: chosen.digest };
      if (parsed.kind !== 'image') return { ...known, manifest: text, config: null };
      const read = await config(`${repository}@${parsed.config.digest}`);
      if (read.kind === 'failed') return read;
      return { ...known, manifest: text, config: read.text };
    });
    input.signal.throwIfAborted();
    if (answer.kind === 'failed') throw new PayloadProblem(answer.error);
    return answer;
  });
}

async function ofArchive(reference: PathReference, input: InspectInput): Promise<Texts> {
  const image = await openArchivedImage(reference, wanted(input));
  try {
    const { digest, named, manifest } = image;
    const isImage = manifest === null || parseManifest(manifest).kind === 'image';
    return {
      from: 'archive',
      digest,
      named,
      manifest: { text: manifest, digest: named === manifest ? digest : null },
      config: isImage ? await image.config() : null,
    };
  } finally {
    image.close();
  }
}

async function ofStorage(name: string, { signal }: InspectInput, ports: NamedPorts): Promise<Texts> {
  const podman = ports.podman();
  const stored = await podman.image(name, signal);
  if (stored === undefined) {
    throw new BoundImagesError('store', `the image ${printable(name)} is not in podman’s local storage`, {
      hint: 'name the registry that has it, such as quay.io/example/os:1',
    });
  }
  const parts = readStoreFiles(await podman.info(signal)).images.get(stored.id)?.parts ?? [];
  const read = (key: string) => {
    const part = parts.find((each) => each.key === key);
    if (part === undefined) throw refused('damaged', `podman’s storage has no ${key} of it`);
    try {
      return readFileSync(part.path, 'utf8');
    } catch (error) {
      throw refused('permission', `its ${key} in podman’s storage cannot be read: ${errnoReason(error)}`);
    }
  };
  const manifest = read('manifest');
  const parsed = parseManifest(manifest);
  const config = parsed.kind === 'image' ? read(parsed.config.digest) : null;
  return {
    from: 'storage',
    digest: stored.digest,
    named: manifest,
    manifest: { text: manifest, digest: stored.digest },
    config,
  };
}

function inspectedOf({ from, digest, named, manifest, config }: Texts): Inspected {
  const top = described(named);
  const chosen = manifest === null ? null : described(manifest.text);
  const isImage =
    config !== null || (manifest?.text != null && parseManifest(manifest.text).kind !== 'other');
  const own = config === null ? null : parseConfigPlatform(config);
  const ownPlatform = own?.kind === 'platform' && own.os !== '' ? formatPlatform(own) : null;
  const labels = config === null ? undefined : parseLabels(config);
  const instances = top?.instances;
  const layers = chosen?.layers ?? [];
  return {
    kind: instances ? 'index' : isImage ? 'image' : 'artifact',
    from,
    digest,
    mediaType: top?.mediaType ?? '',
    artifactType: isImage ? null : chosen?.artifactType || chosen?.configType || top?.artifactType || null,
    annotations: new Map([...(top?.annotations ?? []), ...(chosen?.annotations ?? [])]),
    labels: labels?.kind === 'metadata' ? labels.texts : new Map(),
    platforms: instances
      ? instances.map(({ platform, digest: each, size, artifactType, annotations }) => ({
          platform: platform === null ? null : formatPlatform(platform),
          digest: each,
          size,
          artifactType,
          annotations,
        }))
      : isImage
        ? [{ platform: ownPlatform, digest, size: sizeOf(named), artifactType: '', annotations: new Map() }]
        : [],
    manifest: manifest && { digest: manifest.digest, platform: ownPlatform },
    layers,
    candidates: manifest === null ? [] : candidatesIn(layers, isImage),
  };
}

function sizeOf(text: string | null): number | null {
  return text === null ? null : Buffer.byteLength(text);
}

/** @throws PayloadProblem */
function described(text: string | null): DescribedManifest | null {
  if (text === null) return null;
  const read = describeManifest(text);
  if (read.kind === 'described') return read;
  throw refused('corrupt', `the manifest cannot be read: ${read.problem}`);
}
