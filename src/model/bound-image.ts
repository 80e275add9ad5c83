import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import type { Payload } from './payload.js';
import type { Reference } from './reference/reference.js';

/** A value and where it was written. */
export interface Sited<T> {
  readonly value: T;
  readonly place: Place;
}

/**
 * How an image is to be pulled, as its unit or drop-in says it: paths are still paths inside the root,
 * specifiers are already decoded. `undefined` means that nothing was said.
 */
export interface PullOptions {
  readonly authfile: Sited<string> | undefined;
  /** `user:password`. A secret: it never leaves this object but into a private file. */
  readonly creds: Sited<string> | undefined;
  readonly certDir: Sited<string> | undefined;
  /** `PATH[:PASSPHRASE]`; the passphrase is a secret. */
  readonly decryptionKey: Sited<string> | undefined;
  readonly tlsVerify: Sited<boolean> | undefined;
  readonly arch: Sited<string> | undefined;
  readonly os: Sited<string> | undefined;
  readonly variant: Sited<string> | undefined;
  readonly allTags: Sited<boolean> | undefined;
}

/** An option of podman itself, as a unit gives it; specifiers are decoded. */
export interface GivenGlobalOption extends Sited<string> {
  /** Without dashes. */
  readonly name: string;
}

/** What an image must say of itself. */
export interface Expectation {
  /** The name of a label or annotation. */
  readonly key: string;
  /** A text, or a range of versions: see check/online/expectation.ts. */
  readonly wanted: string;
  readonly place: Place;
}

export const noPullOptions: PullOptions = {
  authfile: undefined,
  creds: undefined,
  certDir: undefined,
  decryptionKey: undefined,
  tlsVerify: undefined,
  arch: undefined,
  os: undefined,
  variant: undefined,
  allTags: undefined,
};

/** One place that binds an image: what a drop-in or a quadlet says, before what binds one image is joined. */
export interface Binding {
  /** An artifact lies beside the images of a store, and is pulled by `podman artifact pull`. */
  readonly kind: 'image' | 'artifact';
  readonly reference: Reference;
  readonly source: Place;
  readonly options: PullOptions;
  /** What stands between `podman image pull` and the reference, paths as written, secrets masked. */
  readonly arguments: readonly string[];
  /** What stands before `image pull`, as written. */
  readonly globalArguments: readonly string[];
  /** The options among them. */
  readonly globalOptions: readonly GivenGlobalOption[];
  /** Only a drop-in has any. They do not change what is pulled. */
  readonly expectations?: readonly Expectation[];
  /** What of it the next boot needs as files. Only a drop-in has any. */
  readonly payloads?: readonly Payload[];
}

/** What a short name means to podman with the registries.conf that counts: names in full, with a tag or a digest. */
export interface ShortNames {
  /** In the order in which podman looks for them in its store. */
  readonly stored: readonly string[];
  /** Those that it pulls; none where it would have to ask somebody. */
  readonly pulled: readonly string[];
}

/** What an entry binds, or a unit would if an entry led to it, and what is wrong with it. */
export interface Bindings {
  readonly bindings: readonly Binding[];
  readonly diagnostics: readonly Diagnostic[];
}

/** An image that the root binds, with every place that binds it. */
export interface BoundImage extends Omit<Binding, 'source'> {
  readonly sources: readonly Place[];
  /** Of a reference that names no registry, once the configuration was read. */
  readonly shortNames?: ShortNames | undefined;
  /** At least one entry without an error binds it, and no two differ about it. */
  readonly valid: boolean;
}

/** Stands in `arguments` where the secret was. */
export const maskedSecret = '***';
