import { type Diagnostic, hasErrors, nowhere } from '../diagnostic/diagnostic.js';
import { withoutRepeats } from '../diagnostic/without-repeats.js';
import type { Roots } from '../root/open-roots.js';
import type { BoundImage } from '../scan/bound-image.js';
import { type Archive, resolveArchive } from './archive.js';
import { type AuthCandidate, type AuthChoice, type AuthChooser, authChooser } from './auth-candidates.js';
import { type CertificateFile, resolveCertificates } from './certificates.js';
import { type DecryptionKey, resolveDecryptionKey } from './decryption-key.js';
import type { Finding } from './finding.js';
import { type ContainersConfModule, type ModuleReader, moduleReader } from './modules.js';

/** A bound image with every path found and every file chosen: nothing after this step reads a root. */
export interface ResolvedImage {
  readonly image: BoundImage;
  /** What a reference names that names a path. */
  readonly archive: Archive | undefined;
  /** Credentials to try, best first. */
  readonly credentials: readonly AuthCandidate[];
  /** The files of the `cert-dir`; `undefined` when none was named. */
  readonly certificates: readonly CertificateFile[] | undefined;
  readonly decryptionKey: DecryptionKey | undefined;
  /** The modules of containers.conf that the service is started with. */
  readonly modules: readonly ContainersConfModule[];
  /** Nothing is wrong with it, as far as the files tell: it may be pulled. */
  readonly valid: boolean;
}

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
  const auth = reference.transport === 'docker' ? chooseAuth(options, reference) : noCredentials;
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
      valid: image.valid && !hasErrors(diagnostics),
    },
    diagnostics,
  };
}
