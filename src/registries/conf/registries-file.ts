import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { Registry } from './registry.js';

/** One file in the format of registries.conf; undefined where it says nothing. */
export interface RegistriesFile {
  readonly registries: readonly Registry[];
  readonly searchRegistries: readonly string[] | undefined;
  readonly credentialHelpers: readonly CredentialHelper[] | undefined;
  readonly shortNameMode: string | undefined;
  readonly aliases: readonly (readonly [string, string])[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The name of a helper, and where it is written. */
export interface CredentialHelper {
  readonly name: string;
  readonly place: Place;
}

/** registries.conf and its drop-ins as one. */
export interface RegistriesConf {
  /** One for each prefix, in the order of the prefixes. */
  readonly registries: readonly Registry[];
  /** Where an image without a registry may be. */
  readonly searchRegistries: readonly string[];
  /** `permissive` where nothing is said. */
  readonly shortNameMode: string;
  /** Short names with the repositories that they stand for; an empty one stands for nothing. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Programs that have credentials, and `containers-auth.json` for the auth files. */
  readonly credentialHelpers: readonly string[];
  /** The programs among them, and where they are written. */
  readonly helperPrograms: readonly CredentialHelper[];
  readonly diagnostics: readonly Diagnostic[];
}
