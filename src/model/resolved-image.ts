import type { BoundImage, GivenGlobalOption } from './bound-image.js';
import type { HostPath, RootPath } from './path.js';
import type { RegistryReference } from './reference/reference.js';
import type { StoreName } from './store-name.js';

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
  /** Into which it goes; podman's where nothing is said. */
  readonly store?: StoreName;
}

/** Credentials to try. */
export type AuthCandidate = AuthFileCandidate | CredsCandidate | OwnCandidate;

/** Whatever podman finds at its own places (containers-auth.json(5)). */
export interface OwnCandidate {
  readonly kind: 'own';
}

export interface AuthFileCandidate {
  readonly kind: 'file';
  readonly path: RootPath;
  readonly root: 'new' | 'current';
  readonly hostPath: HostPath;
  /** Who named it: the unit or drop-in, or nobody, as it is the global pull secret. */
  readonly from: 'entry' | 'pull-secret';
  readonly hasEntry: boolean;
  /** What there is for the image and does not help; with `hasEntry`, what is sent cannot be right. */
  readonly useless: UselessCredentials | undefined;
  /** The program that the file names for the registry of the image. */
  readonly helper: string | undefined;
  /** What was read and judged: podman gets a copy of it, and not the file, which may be another one by then. */
  readonly authFile: AuthFile;
}

/** Credentials that are there but useless: why, as a clause, and where in the file. */
export interface UselessCredentials {
  /** What podman reads instead; holds no secret. */
  readonly problem: string;
  /** A key that does not match the image, and that another image may be meant with. */
  readonly key?: string;
  readonly line: number;
  readonly column: number;
}

export interface CredsCandidate {
  readonly kind: 'creds';
  /** `user:password`, a secret. */
  readonly creds: string;
}

/** One file of a certificate directory. A client key is a secret. */
export interface CertificateFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface DecryptionKey {
  /** A secret. podman gets it in a file of ours. */
  readonly key: Buffer;
  /** A secret. `undefined` for a key without one. */
  readonly passphrase: string | Buffer | undefined;
}

/** A module of containers.conf(5), and what of it a pull of ours has. podman itself never gets the file. */
export interface ContainersConfModule {
  readonly place: GivenGlobalOption['place'];
  readonly path: RootPath;
  /** `image_parallel_copies`: how many layers of an image are fetched at the same time. */
  readonly layersAtOnce: number | undefined;
  /** The names of its other settings, each with its table, as written. */
  readonly leftOut: readonly string[];
}

/** How many layers at the same time the last of the modules wants that says so. */
export function layersOfModules(modules: readonly ContainersConfModule[]): number | undefined {
  return modules.findLast(({ layersAtOnce }) => layersAtOnce !== undefined)?.layersAtOnce;
}

/** An archive or layout of the new root, looked into. podman gets a copy of it. */
export interface Archive extends ArchiveLook {
  readonly hostPath: HostPath;
}

/** How an archive is compressed, of those that podman reads (go.podman.io/image pkg/compression). */
export type Compression = 'gzip' | null;

/** What is known of an archive or layout without reading its layers. */
export interface ArchiveLook {
  /** As it lies there, in bytes. */
  readonly size: number;
  readonly compression: Compression;
}

/** What an auth file offers. Its secrets leave it in a copy only. */
export interface AuthFile {
  /** What it has for the registry of `reference`; a helper may have credentials. */
  lookUp(reference: RegistryReference): AuthEntry;
  /** What it has for `registry/repository`, whichever source that is; the first entry that matches decides. */
  stored(name: string): StoredCredentials;
  /** What was meant for `reference` and does not help. */
  useless(reference: RegistryReference): UselessCredentials | undefined;
  /** The helper for the registry of `reference`, as the name of its program. */
  helper(reference: RegistryReference): string | undefined;
  /**
   * The text of a file for podman: user names, passwords and tokens, and of the helpers those that are plain names and
   * for which `hasProgram`. podman takes anything else for the path of a program, and it knows no `credsStore`.
   */
  copy(hasProgram: (program: string) => boolean): string;
  /** All of its secrets, to be masked wherever a registry repeats them, and for nothing else. */
  secrets(): readonly string[];
}

/**
 * podman fails on an entry that is invalid, but only where it is the one for the image. A helper that is no plain name
 * is not run.
 */
export type AuthEntry = 'credentials' | 'none' | 'invalid' | 'helper-refused';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** `invalid`: podman fails because of the entry. `helper`: whom podman asks, as written (docker-credential-NAME). */
export type StoredCredentials =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'password' } & Login)
  | { readonly kind: 'identity-token'; readonly token: string; readonly login?: Login }
  | { readonly kind: 'helper'; readonly helper: string }
  | { readonly kind: 'invalid' };
