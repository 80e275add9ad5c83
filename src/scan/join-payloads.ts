import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { formatPlace } from '../diagnostic/place.js';
import { type Extension, extensionOf } from '../model/extension.js';
import type { Payload } from '../model/payload.js';

export interface JoinedPayloads {
  /** Of each image, in the order in which they are written; what two places say alike is there once. */
  readonly payloads: ReadonlyMap<string, readonly Payload[]>;
  /** Images with a payload that has no place for itself. */
  readonly conflicting: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Joins the payloads of a root: below its payload directory each name is there once, and nothing lies inside of a file.
 *
 * @param wanted the payloads, each with the key of its image
 */
export function joinPayloads(wanted: Iterable<readonly [image: string, payload: Payload]>): JoinedPayloads {
  const payloads = new Map<string, Payload[]>();
  const taken = new Map<string, Owned>();
  /** Directories that payloads are in, with the first of them. */
  const above = new Map<string, Owned>();
  const extensions = new Map<string, Owned>();
  const conflicting = new Set<string>();
  const diagnostics: Diagnostic[] = [];

  /** The other payload of that name, or the one around or inside of it. */
  const findOther = (as: string): Owned | undefined => {
    const parents = parentsOf(as);
    const around = parents.find((parent) => taken.has(parent));
    return taken.get(as) ?? above.get(as) ?? (around === undefined ? undefined : taken.get(around));
  };

  for (const [image, payload] of wanted) {
    const own: Owned = { image, payload };
    const { as, place } = payload;
    const other = findOther(as);
    if (other !== undefined) {
      const differs = differenceOf(own, other);
      if (differs === 'nothing') continue;
      conflicting.add(image).add(other.image);
      const args = { as, other: formatPlace(other.payload.place), otherAs: other.payload.as, differs };
      diagnostics.push(diagnose('payload-clash', place, args));
      continue;
    }
    const extension = extensionOf(as);
    const twin = extension && extensions.get(keyOf(extension));
    if (extension !== undefined && twin !== undefined && fileOf(twin.payload.as) !== fileOf(as)) {
      conflicting.add(image).add(twin.image);
      const { name, kind } = extension;
      const args = { name, kind, as, other: formatPlace(twin.payload.place) };
      diagnostics.push(diagnose('payload-extension-twice', place, args));
      continue;
    }
    if (extension !== undefined) extensions.set(keyOf(extension), own);
    taken.set(as, own);
    for (const parent of parentsOf(as)) if (!above.has(parent)) above.set(parent, own);
    const ofImage = payloads.get(image);
    if (ofImage === undefined) payloads.set(image, [payload]);
    else ofImage.push(payload);
  }
  return { payloads, conflicting, diagnostics };
}

interface Owned {
  readonly image: string;
  readonly payload: Payload;
}

/** `a/b/c` → `a`, `a/b`. */
function parentsOf(as: string): readonly string[] {
  return [...as.matchAll(/\//g)].map(({ index }) => as.slice(0, index));
}

function keyOf({ kind, name }: Extension): string {
  return `${kind} ${name}`;
}

/** `extensions/gvisor.raw` of whatever lies in there. */
function fileOf(as: string): string {
  return as.split('/', 2).join('/');
}

/** What two payloads of one name say differently; null where they are not about the same thing. */
function differenceOf(own: Owned, other: Owned): 'nothing' | string | null {
  const [a, b] = [own.payload, other.payload];
  const isSame =
    own.image === other.image && a.as === b.as && JSON.stringify(a.source) === JSON.stringify(b.source);
  if (!isSame) return null;
  if (a.maxBytes !== b.maxBytes) return 'max-size';
  if (a.mode !== b.mode) return 'mode';
  return a.digest === b.digest ? 'nothing' : 'digest';
}
