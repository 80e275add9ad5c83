import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import { readSection } from '../unit/section.js';
import type { LoadedUnit, UnitSearch } from '../unit/unit.js';
import { readArtifactArguments } from '../words/podman-arguments.js';
import { isArtifactName, readUnitReference } from '../words/reference.js';
import { type PullKeys, readPullKeys } from './pull.js';
import { commonRefusals } from './refusals/common.js';

/** Podman 5.8, whose newest keys an older podman refuses. */
export const artifactKeys: ReadonlySet<string> = new Set(
  (
    'Artifact AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs PodmanArgs Quiet ' +
    'Retry RetryDelay ServiceName TLSVerify'
  ).split(' '),
);

const pullKeys: PullKeys = {
  text: [
    ['AuthFile', '--authfile', 'authfile'],
    ['CertDir', '--cert-dir', 'certDir'],
    ['Creds', '--creds', 'creds'],
    ['DecryptionKey', '--decryption-key', 'decryptionKey'],
    ['Retry', '--retry', undefined],
    ['RetryDelay', '--retry-delay', undefined],
  ],
  boolean: [
    ['Quiet', '--quiet', undefined],
    ['TLSVerify', '--tls-verify', 'tlsVerify'],
  ],
};

/**
 * Reads an `.artifact` unit as quadlet turns it into `podman [global] artifact pull [arguments] ARTIFACT`.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertArtifact`, since podman 5.7.
 */
export function readArtifactUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): Bindings {
  const diagnostics: Diagnostic[] = [...commonRefusals(unit, entry, search)];
  const section = readSection(unit, 'Artifact', entry, diagnostics);
  const artifact = section.single('Artifact');
  if (artifact === undefined) {
    const reason = 'there is no Artifact= in [Artifact]';
    diagnostics.push(diagnose('unit-refused', section.place, { reason, hint: 'add Artifact=' }));
  }
  const pull = readPullKeys(section, pullKeys, readArtifactArguments, diagnostics);
  if (artifact === undefined) return { bindings: [], diagnostics };
  const { reference, diagnostics: problems } = readUnitReference(artifact);
  diagnostics.push(...problems);
  if (reference === undefined) return { bindings: [], diagnostics };
  if (!isArtifactName(reference)) {
    diagnostics.push(diagnose('artifact-reference', artifact.place, { text: artifact.written }));
    return { bindings: [], diagnostics };
  }
  return { bindings: [{ kind: 'artifact', reference, source: artifact.place, ...pull }], diagnostics };
}
