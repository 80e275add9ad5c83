import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { joinRootPath, rootPath } from '../model/path.js';
import { isCertificateName } from '../resolve/certificates.js';
import { confFiles } from '../root/configuration-files.js';
import type { RootView } from '../root/root-view.js';
import { findProgram } from '../tools/process/find-program.js';
import { safeRegistriesConf } from './conf/safe-copy.js';

/** Files by their path below `~/.config/containers`. */
type Files = ReadonlyMap<string, Buffer | string>;

/** A home directory whose owner looks at registries as the next boot will. */
export interface NextBootHome {
  /** What skopeo is to be started with. */
  readonly env: Readonly<Record<string, string>>;
  /** A text of skopeo with the paths of the new root in place of ours. */
  readonly translate: (text: string) => string;
}

/**
 * Makes a home directory in which skopeo finds the new root's registries.conf, its drop-ins and certs.d, and so the
 * mirrors of the next boot; `undefined` where the new root has none of them, or is this host's own. A user's
 * registries.conf hides the host's with its drop-ins (containers-registries.conf(5); newConfigWrapperWithHomeDir in
 * go.podman.io/image pkg/sysregistriesv2). All else of the real home stays within reach: the auth files, and what the
 * credential helpers have there; policy.json and registries.d are those of this host, too. Of the new root’s files
 * nothing counts that could run a program of its own or read a file of this host.
 */
export function nextBootHome(
  newRoot: RootView,
  makeDirectory: () => string,
  env: NodeJS.ProcessEnv = process.env,
): NextBootHome | undefined {
  if (newRoot.hostPath === '/') return undefined;
  const files = new Map([...registriesConf(newRoot), ...certificates(newRoot)]);
  if (files.size === 0) return undefined;
  const home = makeDirectory();
  const config = join(home, '.config');
  const containers = join(config, 'containers');
  // Without one of the user, that of the host would count.
  const all: Files = new Map([['registries.conf', ''], ...files]);
  for (const [path, bytes] of all) {
    const file = join(containers, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { mode: 0o600 });
  }
  const realHome = resolve(env.HOME || homedir());
  const realConfig = resolve(env.XDG_CONFIG_HOME || join(realHome, '.config'));
  linkAll(realHome, home, ['.config']);
  linkAll(realConfig, config, ['containers']);
  linkAll(join(realConfig, 'containers'), containers, ['registries.conf', 'registries.conf.d', 'certs.d']);
  return {
    env: { HOME: home, XDG_CONFIG_HOME: config },
    translate: (text) => text.replaceAll(containers, '/etc/containers'),
  };
}

/** Links to what is in a directory, where there is one that can be read. */
function linkAll(from: string, to: string, except: readonly string[]): void {
  for (const name of listed(from)) if (!except.includes(name)) symlinkSync(join(from, name), join(to, name));
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** What cannot be read is another check's to say. */
function registriesConf(root: RootView): Files {
  const files = confFiles(root, 'registries').filter((file) => file.ok);
  return new Map(
    files.map(({ path, bytes }) => {
      const name = basename(path);
      const isMain = basename(dirname(path)) === 'containers';
      const text = safeRegistriesConf(bytes, (program) => findProgram(program) !== undefined);
      return [isMain ? name : join('registries.conf.d', name), text];
    }),
  );
}

/** Far more than any host has. */
const certificatesLimitBytes = 16 * 1024 * 1024;
const hostsLimit = 1000;

/** `certs.d/HOST[:PORT]/*.{crt,cert,key}`, up to the limit. Source: containers-certs.d(5). */
function certificates(root: RootView): Files {
  const files = new Map<string, Buffer>();
  let limitBytes = certificatesLimitBytes;
  const top = rootPath('/etc/containers/certs.d');
  for (const host of namesIn(root, top).slice(0, hostsLimit)) {
    const directory = joinRootPath(top, host);
    for (const name of namesIn(root, directory).filter(isCertificateName)) {
      if (files.size === hostsLimit) return files;
      const file = root.readFile(joinRootPath(directory, name), { limitBytes });
      if (!file.ok) continue;
      files.set(join('certs.d', host, name), file.bytes);
      limitBytes -= file.bytes.length;
    }
  }
  return files;
}

function namesIn(root: RootView, directory: ReturnType<typeof rootPath>): readonly string[] {
  const listing = root.readDirectory(directory);
  return listing.ok ? listing.names : [];
}
