import { resolve } from 'node:path';

/**
 * Variables that name files or directories for podman. Sources: podman(1), containers.conf(5),
 * containers-storage.conf(5), containers-auth.json(5), Go's crypto/x509.
 */
const pathVariables = [
  'CONTAINERS_CONF',
  'CONTAINERS_CONF_OVERRIDE',
  'CONTAINERS_REGISTRIES_CONF',
  'CONTAINERS_STORAGE_CONF',
  'CONTAINERS_STORAGE_CONF_OVERRIDE',
  'DOCKER_CONFIG',
  'REGISTRIES_CONFIG_PATH',
  'REGISTRY_AUTH_FILE',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
];

/**
 * How programs are started away from the working directory: Go takes the name of a credential helper that has a slash
 * for a path from there, and an auth file or a registries.conf of a root names helpers. Where the working directory is
 * the tree that the root is built from, such a name could lead to a program of that tree.
 */
export function startAtRoot(env: NodeJS.ProcessEnv = process.env): {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
} {
  const set = pathVariables.flatMap((name) => {
    const path = env[name];
    return path === undefined || path === '' ? [] : [[name, resolve(path)]];
  });
  return { cwd: '/', env: Object.fromEntries(set) };
}
