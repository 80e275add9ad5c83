import type { HostBehaviour } from './replies.js';

/** Where the registries of all cases are: names that the certificates of the run are for. */
export const hostNames = [
  'reg.example',
  'mirror.example',
  'cache.example',
  'deep.sub.example',
  'quay.test',
  'registry-1.docker.io',
  'docker.io',
  'auth.example',
  'tokens.test',
] as const;

/** Of them, only token servers. */
export const tokenHosts: readonly string[] = ['auth.example', 'tokens.test:8080'];

export const clientNames = ['first', 'second'] as const;

/** A configuration, what is asked for, and the registries that answer. */
export interface RegistryCase {
  /** Says which it is, to find it again: `SEED-INDEX`. */
  readonly name: string;
  /**
   * Texts by path: below /etc/containers, /etc/docker, /var/cache/containers and /run/containers, and `~/…` in the home
   * directory. A path that ends in `/` is an empty directory.
   */
  readonly files: ReadonlyMap<string, string>;
  /** Text of the file for `--authfile`, if there is one. */
  readonly authFile: string | undefined;
  /** Files of the directory for `--cert-dir`, if there is one. */
  readonly certDir: ReadonlyMap<string, string> | undefined;
  /** Variables; `~/` at the beginning of a value is the home directory. */
  readonly env: ReadonlyMap<string, string>;
  readonly reference: string;
  /** For `--tls-verify`. */
  readonly tlsVerify: boolean | undefined;
  /** By `host` or `host:port`; all others are down. */
  readonly hosts: ReadonlyMap<string, HostBehaviour>;
}

/** Returns the hosts with their ports, as a client names them to a proxy. */
export function withPorts(hosts: RegistryCase['hosts']): ReadonlyMap<string, HostBehaviour> {
  return new Map(
    [...hosts].flatMap(([host, behaviour]) =>
      host.includes(':')
        ? [[host, behaviour] as const]
        : [[`${host}:443`, behaviour] as const, [`${host}:80`, behaviour] as const],
    ),
  );
}

/** The case as it can be read, and put into a bug report. */
export function caseText(registryCase: RegistryCase): string {
  const { name, files, authFile, certDir, env, reference, tlsVerify, hosts } = registryCase;
  return [
    `case ${name}: ${reference}${tlsVerify === undefined ? '' : ` --tls-verify=${tlsVerify}`}`,
    ...[...env].map(([variable, value]) => `${variable}=${value}`),
    ...[...(certDir ?? [])].map(([file, text]) => `--- --cert-dir: ${file}\n${shortened(text)}`),
    ...[...files].map(([path, text]) => `--- ${path}\n${shortened(text)}`),
    ...(authFile === undefined ? [] : [`--- --authfile\n${authFile}`]),
    ...[...hosts].map(([host, behaviour]) => `=== ${host} ${JSON.stringify(behaviour)}`),
  ].join('\n');
}

function shortened(text: string): string {
  return text.replace(
    /-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g,
    (pem: string, kind: string) => `(${kind} ${pem.slice(-40, -26).trim()})`,
  );
}
