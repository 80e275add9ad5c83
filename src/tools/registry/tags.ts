import { listOf, readJson, type Unreadable } from './untrusted-json.js';

/** OCI distribution-spec, “Pulling manifests”. */
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Reads what `skopeo list-tags` prints, and sorts it, as not every registry does. Some list what is no tag,
 * digests and `null`, which is left out: older skopeos pass it on (containers/skopeo issues 2346 and 2409).
 */
export function parseTags(
  json: string,
): { readonly kind: 'found'; readonly tags: readonly string[] } | Unreadable {
  return readJson(json, ({ Tags }) => {
    const tags = listOf(Tags, 'its list of tags')
      .filter((tag) => typeof tag === 'string')
      .filter((tag) => TAG.test(tag));
    return { kind: 'found' as const, tags: [...new Set(tags)].sort() };
  });
}
