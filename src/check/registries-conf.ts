import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere, type Place } from '../diagnostic/place.js';
import { canonicalName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { certificatesOfHost } from '../registries/certs-d.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import type { RegistriesConf } from '../registries/conf/registries-file.js';
import {
  findRegistry,
  isServed,
  type PullSource,
  pullSources,
  type Registry,
} from '../registries/conf/registry.js';
import { newestKnown } from '../registries/conf/rules.js';
import { fullNames } from '../registries/conf/short-name.js';
import type { ConfRoots } from '../registries/conf-roots.js';
import type { RootView } from '../root/root-view.js';
import { findHelperProgram } from './helper-programs.js';
import type { Subject } from './subject.js';
import { isWholeRoot } from './whole-root.js';

/** The new root’s registries.conf (containers-registries.conf(5)): what podman refuses there, and what it means for the bound images. */
export function checkRegistriesConf({ roots: { newRoot }, images }: Subject): readonly Diagnostic[] {
  const conf = readRegistriesConf(newRoot);
  const diagnostics = [...conf.diagnostics, ...helpersMissing(newRoot, conf, images)];
  const insecure = new Set<string>();
  const hosts = new Set<string>();
  for (const bound of images) {
    const { reference } = bound.image;
    if (reference.transport !== 'docker') continue;
    const full = fullNames(reference, conf);
    if (!full.ok) {
      // An alias may be in the image below.
      if (isWholeRoot(newRoot)) {
        const args = { text: reference.text, problem: full.problem };
        diagnostics.push(diagnose('short-name-unresolved', placeOf(bound), args));
      }
      continue;
    }
    const sources = full.names.flatMap((name) => pullSources(conf.registries, name));
    const [first] = sources;
    if (first?.blocked !== undefined && sources.every((source) => source.blocked !== undefined)) {
      const args = { reference: reference.text, ...lineOf(first.blocked) };
      diagnostics.push(diagnose('registry-blocked', placeOf(bound), args));
      continue;
    }
    diagnostics.push(
      ...insecureSources(sources, reference.text, insecure),
      ...otherLocation(bound, conf.registries),
    );
    diagnostics.push(...unusableCertificates(bound, sources.at(-1), newRoot, hosts));
    for (const name of full.names) diagnostics.push(...unusedMirrors(bound, name, conf.registries));
  }
  return diagnostics;
}

/**
 * podman asks for the list of tags at the registry of the name, whatever table there is for it: at no other location, and
 * at no mirror. Source: GetRepositoryTags in go.podman.io/image docker/docker_image.go.
 */
function otherLocation({ image }: ResolvedImage, registries: readonly Registry[]): readonly Diagnostic[] {
  const { reference, options } = image;
  if (reference.transport !== 'docker' || !options.allTags?.value) return [];
  const name = canonicalName(reference);
  const own = pullSources(registries, name).at(-1);
  if (own === undefined || own.name === name) return [];
  return [diagnose('all-tags-unheard', options.allTags.place, { option: 'location' })];
}

/**
 * A helper that cannot be asked fails each pull for which no other has credentials.
 * Source: getCredentialsWithHomeDir in go.podman.io/image pkg/docker/config/config.go.
 */
function helpersMissing(
  root: RootView,
  { helperPrograms }: RegistriesConf,
  images: readonly ResolvedImage[],
): readonly Diagnostic[] {
  if (!isWholeRoot(root)) return [];
  const without = images.find(({ image, credentials }) => {
    const hasCredentials = credentials.some(
      (each) => each.kind === 'creds' || (each.kind === 'file' && each.hasEntry),
    );
    return image.reference.transport === 'docker' && !hasCredentials;
  });
  if (without === undefined) return [];
  return helperPrograms.flatMap(({ name, place }) => {
    const program = `docker-credential-${name}`;
    const found = findHelperProgram(root, program);
    if (found.kind === 'unknown')
      return [diagnose('host-path-unknown', place, { what: 'credential helper', path: found.path })];
    const args = { program, reference: without.image.reference.text };
    return found.kind === 'missing' ? [diagnose('registries-conf-helper-missing', place, args)] : [];
  });
}

/** The certificates of the registry itself, where no `cert-dir` takes their place; `reported` remembers its hosts. */
function unusableCertificates(
  bound: ResolvedImage,
  source: PullSource | undefined,
  root: RootView,
  reported: Set<string>,
): readonly Diagnostic[] {
  const [host = ''] = source?.name.split('/', 1) ?? [];
  if (source === undefined || bound.image.options.certDir !== undefined || reported.has(host)) return [];
  reported.add(host);
  const found = certificatesOfHost(systemOnly(root), newestKnown, host);
  if (found.ok) return [];
  const args = { what: 'certificate directory', path: `of ${host}`, problem: found.problem };
  return [diagnose('path-unusable', placeOf(bound), args)];
}

/** What root's podman finds in a root, without files of any user. */
function systemOnly(root: RootView): ConfRoots {
  return { system: root, host: root, hasUser: false, isOfHost: false, env: {}, uid: 0 };
}

function unusedMirrors(
  bound: ResolvedImage,
  name: string,
  registries: readonly Registry[],
): readonly Diagnostic[] {
  const registry = findRegistry(registries, name);
  const [mirror] = registry?.mirrors ?? [];
  if (registry === undefined || mirror === undefined) return [];
  if (registry.mirrors.some((other) => isServed(other, name))) return [];
  const { prefix } = registry;
  const kind = name.includes('@') ? 'digest' : 'tag';
  const args = { reference: bound.image.reference.text, prefix, kind, ...lineOf(mirror.place) } as const;
  return [diagnose('mirrors-unused', placeOf(bound), args)];
}

/** One finding for each place that says `insecure`; `reported` remembers them. */
function insecureSources(
  sources: readonly PullSource[],
  reference: string,
  reported: Set<string>,
): readonly Diagnostic[] {
  return sources.flatMap(({ location, insecure, blocked }) => {
    if (insecure === undefined || blocked !== undefined || isThisHost(location)) return [];
    const key = JSON.stringify(insecure);
    if (reported.has(key)) return [];
    reported.add(key);
    const [host = ''] = location.split('/');
    return [diagnose('registry-insecure', insecure, { location: host, reference })];
  });
}

/** Nobody else is between the host and itself. */
function isThisHost(location: string): boolean {
  return /^(?:localhost|127\.[0-9.]+|\[::1\])(?:[:/]|$)/.test(location);
}

function placeOf({ image }: ResolvedImage): Place {
  return image.sources[0] ?? nowhere;
}

function lineOf({ file, line }: Place): { readonly path: string; readonly line: number } {
  return { path: file ?? '', line: line ?? 0 };
}
