/**
 * A program that pulls one image as another system would: `private-pull.ts JSON`, a `PrivatePull`. It prints a
 * `PrivatePullResult`.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseReference } from '../../src/model/reference/reference.js';
import type { ResolvedImage } from '../../src/model/resolved-image.js';
import { workDirectory } from '../../src/pull/work-directory.js';
import { readRegistriesConf } from '../../src/registries/conf/registries-conf.js';
import { privateConfiguration } from '../../src/registries/private-configuration.js';
import { openRoots } from '../../src/root/open-roots.js';
import { findPodman, type PullAttempt } from '../../src/tools/podman/podman.js';

export interface PrivatePull {
  readonly podman: string;
  /** Of the store; podman's own without them. */
  readonly root?: string;
  readonly runroot?: string;
  readonly kind: 'image' | 'artifact';
  readonly reference: string;
  /** The tree whose registries.conf counts. */
  readonly newRoot: string;
  /** Paths of certificates of authorities by `HOST:PORT`. */
  readonly certificates: Readonly<Record<string, string>>;
  /** Path of a bundle. */
  readonly ca?: string;
  readonly mayMount: boolean;
}

export interface PrivatePullResult {
  readonly attempt: PullAttempt;
  readonly way: 'mounts' | 'home';
  readonly findings: readonly string[];
}

const told = JSON.parse(process.argv[2] ?? '') as PrivatePull;
const { podman, root, runroot, kind } = told;
const opened = openRoots({ root: told.newRoot, currentRoot: told.newRoot });
const parsed = parseReference(told.reference);
if (!opened.ok || !parsed.ok) throw new Error('no root, or no reference');

const work = workDirectory();
const certificates = Object.entries(told.certificates).map(
  ([host, path]) => [host, { ok: true, files: [{ name: 'ca.crt', bytes: readFileSync(path) }] }] as const,
);
const registries = {
  configuration: readRegistriesConf(opened.newRoot),
  certificates: () => new Map(certificates),
  foreignCa: () => (told.ca === undefined ? undefined : readFileSync(told.ca, 'utf8')),
  isOfHost: false,
};
const options = told.mayMount ? {} : { mayMount: async () => false };
const configuration = await privateConfiguration(registries, () => work.subdirectory(), options);
const directory = work.subdirectory();
const blobs = join(directory, 'blobs');
mkdirSync(blobs);
const image = { image: { kind, reference: parsed.reference, options: {} }, modules: [] };
const attempt = await findPodman(podman, {
  store: { root, runroot },
  nice: true,
  layerConcurrency: undefined,
}).pull(
  image as unknown as ResolvedImage,
  { authfile: undefined, certDir: undefined, decryptionKey: undefined },
  { directory, blobs, configuration, redact: (text) => text, signal: new AbortController().signal },
);
work.remove();
const way = (configuration?.mounts ?? []).length > 0 ? 'mounts' : 'home';
const findings = (configuration?.findings ?? []).map(({ message }) => message);
process.stdout.write(JSON.stringify({ attempt, way, findings } satisfies PrivatePullResult));
