import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { PullOptions } from '../../model/bound-image.js';
import type { Reference } from '../../model/reference/reference.js';

/**
 * What podman makes of AllTags= beside the rest of a unit. Source: go.podman.io/common/libimage/pull.go, `Pull` and
 * `copyFromRegistry`, which drops tag and digest, and lists the tags without the options of the pull.
 */
export function checkAllTags(reference: Reference, options: PullOptions): readonly Diagnostic[] {
  const { allTags } = options;
  if (!allTags?.value) return [];
  if (reference.transport !== 'docker') {
    const problem = `podman refuses to start the service: “${reference.transport}:” has no tags`;
    return [diagnose('all-tags-refused', allTags.place, { problem })];
  }
  if (reference.digest !== null) {
    const problem = 'podman pulls what has a tag and does not look for the digest';
    return [diagnose('all-tags-refused', allTags.place, { problem })];
  }
  const tagged =
    reference.tag === null ? [] : [diagnose('all-tags-with-tag', allTags.place, { tag: reference.tag })];
  return [...tagged, ...unheard(options)];
}

/** Verification is what podman does anyway. */
function unheard(options: PullOptions): readonly Diagnostic[] {
  const given = [
    ['auth file', options.authfile],
    ['credentials', options.creds],
    ['certificates', options.certDir],
    ['tls-verify=false', options.tlsVerify?.value === false ? options.tlsVerify : undefined],
  ] as const;
  return given.flatMap(([option, value]) =>
    value === undefined ? [] : [diagnose('all-tags-unheard', value.place, { option })],
  );
}
