import { type Document, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { Binding } from '../../model/bound-image.js';
import { aliasFollower } from '../../text/yaml-aliases.js';
import { readYamlDocuments } from '../../text/yaml-documents.js';
import { pulledAtBoot, refusedPolicy } from '../quadlet/service-pull.js';
import { readPlainReference } from '../words/reference.js';

export interface KubeImages {
  /** In the order of the file. */
  readonly images: readonly Pick<Binding, 'reference' | 'source'>[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The images that `podman kube play` pulls for a file: those of containers and of volumes, in pods and in what
 * makes pods. Source: podman pkg/domain/infra/abi/play.go, `playKubePod`; podman-kube-play(1).
 *
 * @param isBuilt whether podman builds an image of this name, so that nothing else counts about it
 */
export function readKubeImages(
  text: string,
  file: Pick<Place, 'entry' | 'file'>,
  isBuilt: (name: string) => boolean,
): KubeImages {
  const { documents, mistake: unread, positionOf } = readYamlDocuments(text);
  const placeOf = (offset: number): Place => ({ ...file, ...positionOf(offset) });
  const images: Pick<Binding, 'reference' | 'source'>[] = [];
  const diagnostics: Diagnostic[] = [];
  if (unread !== undefined) {
    diagnostics.push(diagnose('kube-yaml-unusable', placeOf(unread.offset), { problem: unread.problem }));
  }
  for (const document of documents) {
    const [mistake] = document.errors;
    if (mistake !== undefined) {
      // Those behind it are mostly what follows from it.
      const place = placeOf(mistake.pos[0]);
      diagnostics.push(diagnose('kube-yaml-unusable', place, { problem: mistake.message }));
      continue;
    }
    for (const { image, policy } of podSpecs(document.contents).flatMap((spec) => imagesOf(document, spec))) {
      const start = placeOf(image.offset);
      if (isBuilt(image.text)) {
        diagnostics.push(diagnose('image-from-build', start, { name: image.text }));
        continue;
      }
      const placeAt = (offset: number) => ({ ...start, column: (start.column ?? 1) + offset });
      const { reference, diagnostics: problems } = readPlainReference(image.text, placeAt);
      const atBoot = policy && { value: policy.text, place: placeOf(policy.offset) };
      diagnostics.push(...problems, ...refusedPolicy(atBoot), ...pulledAtBoot(atBoot, 'write IfNotPresent'));
      if (reference !== undefined) images.push({ reference, source: start });
    }
  }
  return { images, diagnostics };
}

/** Where the specification of the pods is, by kind. */
const specPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
};

function podSpecs(node: unknown): readonly YAMLMap[] {
  if (!isMap(node)) return [];
  const kind = node.get('kind');
  // Without aliases: an item could be the list itself.
  const items = kind === 'List' ? node.get('items') : undefined;
  if (isSeq(items)) return items.items.flatMap(podSpecs);
  const path = typeof kind === 'string' && Object.hasOwn(specPaths, kind) ? specPaths[kind] : undefined;
  const spec = path && node.getIn(path);
  return isMap(spec) ? [spec] : [];
}

interface KubeImage {
  readonly image: Text;
  /** What is said about the pull when the pod starts. */
  readonly policy: Text | undefined;
}

interface Text {
  readonly text: string;
  /** Where it begins in the file, behind a quote. */
  readonly offset: number;
}

function imagesOf(document: Document, spec: YAMLMap): readonly KubeImage[] {
  const follow = aliasFollower(document);
  /** What stands at a key, or at what an alias there stands for. */
  const get = (map: unknown, key: string): unknown => follow(isMap(map) ? map.get(key, true) : undefined);
  const itemsOf = (key: string): readonly unknown[] => {
    const items = get(spec, key);
    if (!isSeq(items)) return [];
    return items.items.map(follow);
  };
  const containers = [...itemsOf('initContainers'), ...itemsOf('containers')];
  const volumes = itemsOf('volumes').map((volume) => get(volume, 'image'));
  return [
    ...containers.map((container) => [get(container, 'image'), get(container, 'imagePullPolicy')]),
    ...volumes.map((volume) => [get(volume, 'reference'), get(volume, 'pullPolicy')]),
  ].flatMap(([name, policy]) => {
    const image = textOf(name);
    return image === undefined ? [] : [{ image, policy: textOf(policy) }];
  });
}

function textOf(node: unknown): Text | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || node.value === '') return undefined;
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  return { text: node.value, offset: (node.range?.[0] ?? 0) + (quoted ? 1 : 0) };
}
