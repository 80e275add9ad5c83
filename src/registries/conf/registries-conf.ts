import { compareNames } from '../../model/path.js';
import { confFiles, mainFile } from '../../root/configuration-files.js';
import type { RootView } from '../../root/root-view.js';
import type { ConfRoots } from '../conf-roots.js';
import { registriesFiles } from './files.js';
import { parseRegistriesFile } from './parse.js';
import type { RegistriesConf, RegistriesFile } from './registries-file.js';
import type { Registry } from './registry.js';
import type { PodmanVersion } from './rules.js';

/**
 * Reads the new root’s registries.conf and registries.conf.d, those of any podman that may be there, as root.
 * Source: containers-registries.conf(5).
 */
export function readRegistriesConf(root: RootView): RegistriesConf {
  const main = mainFile(root, 'registries.conf')?.path;
  return mergeRegistriesFiles(
    confFiles(root, 'registries').map((file) => parseRegistriesFile(file, file.path !== main)),
  );
}

/** Reads what podman of that version does. */
export function readRegistriesConfOf(roots: ConfRoots, version: PodmanVersion): RegistriesConf {
  return mergeRegistriesFiles(
    registriesFiles(roots, version).map(({ file, isDropIn }) => parseRegistriesFile(file, isDropIn, version)),
  );
}

/**
 * What a later file says counts; within one file, the first table of a prefix.
 * Source: updateWithConfigurationFrom in go.podman.io/image pkg/sysregistriesv2/system_registries_v2.go.
 */
export function mergeRegistriesFiles(files: readonly RegistriesFile[]): RegistriesConf {
  const registries = new Map<string, Registry>();
  for (const file of files) {
    const own = new Map(file.registries.toReversed().map((registry) => [registry.prefix, registry]));
    for (const [prefix, registry] of own) registries.set(prefix, registry);
  }
  const last = <T>(values: readonly (T | undefined)[]) => values.findLast((value) => value !== undefined);
  const helpers = last(files.map(({ credentialHelpers }) => credentialHelpers)) ?? [];
  return {
    registries: [...registries.values()].sort((a, b) => compareNames(a.prefix, b.prefix)),
    searchRegistries: last(files.map(({ searchRegistries }) => searchRegistries)) ?? [],
    shortNameMode: last(files.map(({ shortNameMode }) => shortNameMode || undefined)) ?? 'permissive',
    aliases: new Map(files.flatMap(({ aliases }) => aliases)),
    credentialHelpers: helpers.length === 0 ? ['containers-auth.json'] : helpers.map(({ name }) => name),
    helperPrograms: helpers.filter(({ name }) => name !== 'containers-auth.json'),
    diagnostics: files.flatMap(({ diagnostics }) => diagnostics),
  };
}
