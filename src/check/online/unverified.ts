import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { nowhere } from '../../diagnostic/place.js';
import type { BoundImage } from '../../model/bound-image.js';
import { canonicalName } from '../../model/reference/reference.js';
import { mainFile } from '../../root/configuration-files.js';
import type { RootView } from '../../root/root-view.js';
import { parsePolicy } from '../signature-policy/policy.js';
import type { Requirement } from '../signature-policy/requirement.js';
import { requirementsFor } from '../signature-policy/scopes.js';

const signed: ReadonlySet<Requirement['type']> = new Set(['signedBy', 'signedBaseLayer', 'sigstoreSigned']);

/**
 * The images of registries that the root's policy.json wants signed: a look at a manifest verifies
 * no signature.
 */
export function unverifiedImages(root: RootView, images: readonly BoundImage[]): readonly Diagnostic[] {
  const file = mainFile(root, 'policy.json');
  if (file?.ok !== true) return [];
  const { policy, problems } = parsePolicy(file.bytes.toString('utf8'));
  if (policy === undefined || problems.length > 0) return [];
  return images.flatMap(({ reference, sources }) => {
    if (reference.transport !== 'docker' || reference.registry === null) return [];
    const required = requirementsFor(policy, 'docker', canonicalName(reference));
    if (!required.some(({ type }) => signed.has(type))) return [];
    const args = { reference: reference.text, path: file.path };
    return [diagnose('signature-not-verified', sources[0] ?? nowhere, args)];
  });
}
