import { access } from 'node:fs/promises';
import { cliFile } from './cli.js';
import { findProgram } from './programs.js';

type Requirement = { readonly names: readonly string[]; readonly debianPackage: string };

const requirements: readonly Requirement[] = [
  { names: ['podman'], debianPackage: 'podman' },
  { names: ['skopeo'], debianPackage: 'skopeo' },
  { names: ['docker-registry', 'registry'], debianPackage: 'docker-registry' },
  { names: ['gpg'], debianPackage: 'gpg' },
  { names: ['openssl'], debianPackage: 'openssl' },
  { names: ['setpriv'], debianPackage: 'util-linux' },
  { names: ['umount'], debianPackage: 'mount' },
  { names: ['perl'], debianPackage: 'perl-base' },
  { names: ['ostree'], debianPackage: 'ostree' },
  { names: ['systemd-analyze'], debianPackage: 'systemd' },
];

/**
 * Vitest's global setup of the integration tests: proves that the machine can run them.
 * @throws Error listing everything that is missing. Nothing is skipped: a test that did not run proves nothing.
 */
export default async function setup(): Promise<void> {
  const problems: string[] = [];
  for (const { names, debianPackage } of requirements) {
    const found = await findProgram(...names).catch(() => undefined);
    if (found === undefined) {
      problems.push(`${names.join(' or ')} is not installed: apt-get install ${debianPackage}`);
    }
  }
  if (process.getuid?.() !== 0) problems.push('not running as root: podman needs it for a store of its own');
  const built = await access(cliFile).then(
    () => true,
    () => false,
  );
  if (!built) problems.push(`${cliFile} does not exist: npm run build`);
  if (problems.length > 0) {
    throw new Error(`The integration tests cannot run here:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  }
}
