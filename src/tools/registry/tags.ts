import { absentAs, anything, list, object, type Shape } from '../../text/shape.js';
import { readAnswer, type Unreadable } from './answer.js';

/** OCI distribution-spec, “Pulling manifests”. */
const TAG = /^\w[\w.-]{0,127}$/;

interface Tags {
  readonly kind: 'found';
  readonly tags: readonly string[];
}

const answer = object({ Tags: absentAs([], list(anything)) });

const tagList: Shape<Tags> = (value, at) => {
  const listed: readonly unknown[] = answer(value, at).Tags;
  const tags = listed.filter((tag) => typeof tag === 'string').filter((tag) => TAG.test(tag));
  return { kind: 'found', tags: [...new Set(tags)].sort() };
};

/**
 * Reads what `skopeo list-tags` prints, and sorts it, as not every registry does. Some list what is no tag,
 * digests and `null`, which is left out: older skopeos pass it on (containers/skopeo issues 2346 and 2409).
 */
export function parseTags(json: string): Tags | Unreadable {
  return readAnswer(tagList, json);
}
