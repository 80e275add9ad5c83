import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { type ContainersConf, containersConfOf } from '../scan/containers-conf.js';
import type { Subject } from './subject.js';

/**
 * The new root’s containers.conf (containers.conf(5)): what podman refuses there, whether it turns to another host or
 * another store, and what of its environment counts at boot only. What it says about a pull is found with the units that
 * it is said of.
 */
export function checkContainersConf({
  roots: { newRoot },
  podman,
}: Pick<Subject, 'roots' | 'podman'>): readonly Diagnostic[] {
  const { diagnostics, remote, env } = containersConfOf(newRoot, podman);
  const elsewhere = remote?.value === true ? [diagnose('containers-conf-remote', remote.place, {})] : [];
  return [...diagnostics, ...elsewhere, ...checkEnv(env)];
}

/**
 * How podman reaches registries: Go’s proxies and certificates, which registries.conf, and whose credentials. Sources:
 * golang.org/x/net http/httpproxy; crypto/x509 root_unix.go; go.podman.io/common libimage/runtime.go
 * `setRegistriesConfPath`, and pkg/auth/auth.go `GetDefaultAuthFile`. TMPDIR only says where layers lie meanwhile.
 */
const ofPulls: ReadonlySet<string> = new Set([
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CONTAINERS_REGISTRIES_CONF',
  'CONTAINERS_REGISTRIES_CONF_OVERRIDE',
  'REGISTRIES_CONFIG_PATH',
  'REGISTRY_AUTH_FILE',
  'DOCKER_CONFIG',
]);

/** Source: go.podman.io/storage types/options.go. */
const ofStore: ReadonlySet<string> = new Set([
  'CONTAINERS_STORAGE_CONF',
  'CONTAINERS_STORAGE_CONF_OVERRIDE',
  'STORAGE_DRIVER',
  'STORAGE_OPTS',
]);

/** Source: setupEnv in go.podman.io/common pkg/config/config.go. An element without `=` sets nothing. */
function checkEnv(env: ContainersConf['env']): readonly Diagnostic[] {
  const seen = new Set<string>();
  return env.flatMap(({ value, placeAt }) => {
    const [, variable] = /^([^=]+)=/s.exec(value) ?? [];
    if (variable === undefined || seen.has(variable)) return [];
    seen.add(variable);
    if (ofStore.has(variable)) return [diagnose('containers-conf-env-store', placeAt(0), { variable })];
    return ofPulls.has(variable) ? [diagnose('containers-conf-env-left-out', placeAt(0), { variable })] : [];
  });
}
