import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execOk } from '../../support/exec.js';
import type { RegistryCase } from './registry-case.js';

/** Where the files of one case after the other are, as this machine's /etc and home. */
export interface CasePlace {
  /** For HOME. */
  readonly home: string;
  /** Has the credential helpers of the cases; for PATH. */
  readonly programs: string;
  /** Path of the file for `--authfile`. */
  readonly authFile: string;
  /** Path of the directory for `--cert-dir`. */
  readonly certDir: string;
  /** Replaces the case before it. */
  readonly write: (registryCase: RegistryCase) => Promise<void>;
}

/** What podman and skopeo read by fixed paths. */
const mounted = ['/etc/containers', '/etc/docker', '/var/cache/containers', '/run/containers'];

/** `echo` says what it was asked for, so that the requests show it. */
const helpers: Readonly<Record<string, string>> = {
  echo: 'read -r server; printf \'{"ServerURL":"%s","Username":"helper","Secret":"for %s"}\' "$server" "$server"',
  identity:
    'read -r server; printf \'{"ServerURL":"%s","Username":"<token>","Secret":"for %s"}\' "$server" "$server"',
  none: 'echo "credentials not found in native keychain"; exit 1',
  broken: 'echo "the helper is broken" >&2; exit 1',
};

/**
 * Makes the place in `directory`, and mounts it over what it stands for. Only for a process in a mount namespace of its
 * own (`startPrivately`), since nothing unmounts it.
 */
export async function newCasePlace(directory: string): Promise<CasePlace> {
  const home = join(directory, 'home');
  const programs = join(directory, 'programs');
  for (const path of [...mounted, '/var/lib/containers']) {
    const source = join(directory, 'mounted', path);
    await mkdir(source, { recursive: true });
    await mkdir(path, { recursive: true });
    await execOk('mount', ['--bind', '--', source, path]);
  }
  await mkdir(programs);
  // Where /usr is another podman's, there is no shell but this one.
  const shell = join(programs, 'sh');
  await copyFile('/bin/sh', shell);
  for (const [name, script] of Object.entries(helpers))
    await writeFile(join(programs, `docker-credential-${name}`), `#!${shell}\n${script}\n`, { mode: 0o755 });
  const authFile = join(directory, 'given-auth.json');
  const certDir = join(directory, 'given-certificates');
  return {
    home,
    programs,
    authFile,
    certDir,
    write: async ({ files, authFile: authText, certDir: certificates }) => {
      for (const path of mounted)
        for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
      await rm(home, { recursive: true, force: true });
      await rm(authFile, { force: true });
      await mkdir(home);
      await writeFile('/etc/containers/policy.json', '{"default":[{"type":"insecureAcceptAnything"}]}');
      if (authText !== undefined) await writeFile(authFile, authText, { mode: 0o600 });
      await rm(certDir, { recursive: true, force: true });
      await mkdir(certDir);
      for (const [name, text] of certificates ?? []) await writeFile(join(certDir, name), text);
      for (const [name, text] of files) {
        const path = name.startsWith('~/') ? join(home, name.slice(2)) : name;
        await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
        if (name.endsWith('/')) continue;
        await writeFile(path, text);
        if (path.endsWith('.json')) await chmod(path, 0o600);
      }
    },
  };
}
