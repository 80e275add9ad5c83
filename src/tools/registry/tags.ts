import { absentAs, anything, list, object, type Shape } from '../../text/shape.js';
import { readAnswer, type Unreadable } from './answer.js';

/** OCI distribution-spec, “Pulling manifests”. */
const TAG = /^\w[\w.-]{0,127}$/;

interface Tags {
  readonly kind: 'found';
  readonly tags: readonly string[];
}

const answer = object({ tags: absentAs([], list(anything)) });

const page: Shape<Tags> = (value, at) => {
  const listed: readonly unknown[] = answer(value, at).tags;
  const texts = listed.filter((tag) => typeof tag === 'string');
  return { kind: 'found', tags: texts.filter((text) => TAG.test(text)) };
};

/**
 * Reads a page of the list that a registry has (OCI distribution-spec, “Listing Tags”). Some list what is no tag, as
 * digests and `null`, which is left out (containers/skopeo issues 2346 and 2409): a text of megabytes, too.
 */
export function parseTagsPage(json: string): Tags | Unreadable {
  return readAnswer(page, json);
}
