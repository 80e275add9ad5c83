import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecResult, exec, execOk } from '../../support/exec.js';
import { podmanOf } from '../../support/podman-suites.js';
import type { PodmanVersion } from '../../support/unpacked-podman.js';
import type { CasePlace } from './case-place.js';
import type { RegistryCase } from './registry-case.js';

/** A program that asks registries for the image of a case. */
export interface RealProgram {
  /** `skopeo of podman 4.3`. */
  readonly name: string;
  /** Whether it can be asked for this: skopeo knows no short names, not both a tag and a digest, and not the variable. */
  readonly takes: (registryCase: RegistryCase) => boolean;
  readonly run: (registryCase: RegistryCase) => Promise<ExecResult>;
}

/** How a program of the run is made to ask the registries of the run. */
export interface AskingProgram {
  /** URL of the recording proxy. */
  readonly proxy: string;
  /** Path of the only authority that everybody trusts. */
  readonly caFile: string;
  readonly place: CasePlace;
}

/** Every variable by which a program could find other configuration, another proxy or another store. */
export function environment(
  { place, proxy, caFile }: AskingProgram,
  variables: RegistryCase['env'] = new Map(),
): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(
      [...variables].map(([name, value]) => [name, value.replace(/^~(?=\/)/, place.home)]),
    ),
    PATH: `${place.programs}:${process.env.PATH}`,
    HOME: place.home,
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    SSL_CERT_FILE: caFile,
    // There and empty, so that only the file counts.
    SSL_CERT_DIR: '/var/empty',
    PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
  };
}

const timeoutMs = 60_000;

export interface RealPrograms {
  /** Version of podman, `N.N.N`. */
  readonly full: string;
  readonly programs: readonly RealProgram[];
}

/** Returns skopeo and podman of that version, with a store in `directory` that never holds an image when a pull begins. */
export async function realPrograms(
  version: PodmanVersion,
  directory: string,
  ask: AskingProgram,
): Promise<RealPrograms> {
  const { podman, skopeo } = await podmanOf(version);
  const { place } = ask;
  const inherited = Object.keys(process.env).map((name) => [name, undefined] as const);
  const envOf = ({ env }: RegistryCase) => ({ ...Object.fromEntries(inherited), ...environment(ask, env) });
  const given = ({ authFile, certDir, tlsVerify }: RegistryCase) => [
    ...(certDir === undefined ? [] : ['--cert-dir', place.certDir]),
    ...(authFile === undefined ? [] : ['--authfile', place.authFile]),
    ...(tlsVerify === undefined ? [] : [`--tls-verify=${tlsVerify}`]),
  ];
  const store = join(directory, 'store');
  await mkdir(store, { recursive: true });
  const images = join(store, 'root/vfs-images/images.json');
  const podmanArgs = [
    ...['--root', join(store, 'root'), '--runroot', join(store, 'runroot'), '--storage-driver', 'vfs'],
    ...['--log-level', 'error', '--events-backend', 'none', '--cgroup-manager', 'cgroupfs'],
  ];
  const retry = version === '4.3' ? [] : ['--retry', '0'];
  const [full = ''] = /\d+\.\d+\.\d+/.exec(await execOk(podman, ['--version'])) ?? [];
  const programs: readonly RealProgram[] = [
    {
      name: `skopeo of podman ${version}`,
      takes: ({ reference, env: variables }) =>
        !variables.has('CONTAINERS_REGISTRIES_CONF') &&
        /^[^/]*[.:][^/]*\//.test(reference) &&
        !/:[^/]*@/.test(reference),
      run: (registryCase) =>
        exec(skopeo, ['inspect', '--raw', ...given(registryCase), `docker://${registryCase.reference}`], {
          env: envOf(registryCase),
          timeoutMs,
        }),
    },
    {
      name: `podman ${version}`,
      takes: () => true,
      run: async (registryCase) => {
        // The layer stays, so that no pull has to unpack it again.
        if ((await readFile(images, 'utf8').catch(() => undefined)) !== undefined)
          await writeFile(images, '[]');
        const args = [
          ...podmanArgs,
          'pull',
          '--quiet',
          ...retry,
          ...given(registryCase),
          '--',
          registryCase.reference,
        ];
        return exec(podman, args, { env: envOf(registryCase), timeoutMs });
      },
    },
  ];
  // That of `experimental` is the one of podman 5.8, with its rules.
  return { full, programs: version === '6.1' ? programs.slice(1) : programs };
}
