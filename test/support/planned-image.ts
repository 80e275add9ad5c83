import {
  type BoundImage,
  noPullOptions,
  type PullOptions,
  type ShortNames,
} from '../../src/model/bound-image.js';
import type { PlannedImage } from '../../src/model/plan.js';
import { parseReference } from '../../src/model/reference/reference.js';
import type { ResolvedImage } from '../../src/model/resolved-image.js';

interface Requested {
  readonly kind?: BoundImage['kind'];
  readonly options?: Partial<PullOptions>;
  readonly shortNames?: ShortNames;
}

/** A bound image that nobody wrote into a root: the reference, and nothing found wrong with it. */
export function resolvedImage(
  text: string,
  { kind = 'image', options, shortNames }: Requested = {},
): ResolvedImage {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.code}`);
  return {
    image: {
      kind,
      reference: parsed.reference,
      options: { ...noPullOptions, ...options },
      arguments: [],
      globalArguments: [],
      globalOptions: [],
      shortNames,
      sources: [],
      valid: true,
    },
    archive: undefined,
    credentials: [{ kind: 'own' }],
    certificates: undefined,
    decryptionKey: undefined,
    modules: [],
    valid: true,
  };
}

/** The same in a plan: missing, with layers that nobody knows, unless `fields` say otherwise. */
export function plannedImage(
  text: string,
  { kind, options, shortNames, ...fields }: Requested & Partial<Omit<PlannedImage, 'resolved'>> = {},
): PlannedImage {
  const requested = { ...(kind && { kind }), ...(options && { options }), ...(shortNames && { shortNames }) };
  return {
    resolved: resolvedImage(text, requested),
    state: 'missing',
    digest: null,
    id: null,
    layers: null,
    startsAfter: [],
    content: null,
    lookUpFailure: null,
    problem: null,
    error: null,
    ...fields,
  };
}
