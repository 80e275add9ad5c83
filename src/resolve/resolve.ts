import { type Diagnostic, hasErrors, withoutRepeats } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import type { BoundImage } from '../model/bound-image.js';
import { repositoryOf } from '../model/reference/image-name.js';
import { parseReference, type RegistryReference } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import { resolveArchive } from './archive.js';
import { type AuthChoice, type AuthChooser, authChooser } from './auth-candidates.js';
import { resolveCertificates } from './certificates.js';
import { resolveDecryptionKey } from './decryption-key.js';
import type { Finding } from './finding.js';
import { type ModuleReader, moduleReader } from './modules.js';

export interface Resolved {
  readonly images: readonly ResolvedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Resolves how each bound image is pulled: auth files, certificates, keys, modules and archives, each looked up in
 * the new root and then in the current one.
 */
export function resolve(images: readonly BoundImage[], roots: Roots): Resolved {
  const chooseAuth = authChooser(roots);
  const readModules = moduleReader(roots);
  const resolved = images.map((image) => resolveImage(image, roots, chooseAuth, readModules));
  return {
    images: resolved.map(({ value }) => value),
    // A bad pull secret is one finding, however many images it would be for.
    diagnostics: withoutRepeats(resolved.flatMap(({ diagnostics }) => diagnostics)),
  };
}

/** A short name as what it is pulled as, where that is certain; Creds= go with none. */
function asked({ shortNames, options }: BoundImage, reference: RegistryReference): RegistryReference {
  const [name, ...others] = shortNames?.pulled ?? [];
  if (name === undefined || others.length > 0 || options.creds !== undefined) return reference;
  const full = parseReference(repositoryOf(name));
  if (!full.ok || full.reference.transport !== 'docker') return reference;
  const { registry, repository } = full.reference;
  return { ...reference, registry, repository };
}

/** No fault, but nothing can be pulled without it either. */
function isUnknown({ rule }: Diagnostic): boolean {
  return rule === 'host-path-unknown';
}

/** An archive asks for none. */
const noCredentials: AuthChoice = { candidates: [{ kind: 'own' }], diagnostics: [] };

function resolveImage(
  image: BoundImage,
  roots: Roots,
  chooseAuth: AuthChooser,
  readModules: ModuleReader,
): Finding<ResolvedImage> {
  const { reference, options } = image;
  const place = image.sources[0] ?? nowhere;
  const archive = resolveArchive(reference, roots.newRoot, place);
  const certificates = resolveCertificates(options.certDir, roots);
  const decryptionKey = resolveDecryptionKey(options.decryptionKey, roots);
  const modules = readModules(image.globalOptions);
  const auth =
    reference.transport === 'docker' ? chooseAuth(options, asked(image, reference)) : noCredentials;
  const diagnostics = [archive, certificates, decryptionKey, modules, auth].flatMap(
    (finding) => finding.diagnostics,
  );
  return {
    value: {
      image,
      archive: archive.value,
      credentials: auth.candidates,
      certificates: certificates.value,
      decryptionKey: decryptionKey.value,
      modules: modules.value,
      valid: image.valid && !hasErrors(diagnostics) && !diagnostics.some(isUnknown),
    },
    diagnostics,
  };
}
