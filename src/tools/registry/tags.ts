import { absentAs, anything, list, object, type Shape } from '../../text/shape.js';
import { readAnswer, type Unreadable } from './answer.js';

/** OCI distribution-spec, “Pulling manifests”. */
const TAG = /^\w[\w.-]{0,127}$/;

interface Tags {
  readonly kind: 'found';
  readonly tags: readonly string[];
}

const pageAnswer = object({ tags: absentAs([], list(anything)) });

const page: Shape<Tags> = (value, at) => {
  const listed: readonly unknown[] = pageAnswer(value, at).tags;
  return { kind: 'found', tags: listed.filter((tag) => typeof tag === 'string') };
};

/** Reads a page of the list that a registry has (OCI distribution-spec, “Listing Tags”), with whatever texts are in it. */
export function parseTagsPage(json: string): Tags | Unreadable {
  return readAnswer(page, json);
}

/**
 * What is a tag in a list, once, sorted, as not every registry does it. Some list what is no tag, digests and `null`
 * (containers/skopeo issues 2346 and 2409).
 */
export function sortedTags(listed: readonly unknown[]): readonly string[] {
  const tags = listed.filter((tag) => typeof tag === 'string').filter((tag) => TAG.test(tag));
  return [...new Set(tags)].sort();
}
