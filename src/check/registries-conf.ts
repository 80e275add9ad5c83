import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere, type Place } from '../diagnostic/place.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import {
  findRegistry,
  isServed,
  type PullSource,
  pullSources,
  type Registry,
} from '../registries/conf/registry.js';
import { fullNames } from '../registries/conf/short-name.js';
import type { Subject } from './subject.js';
import { isWholeRoot } from './whole-root.js';

/** The new root’s registries.conf (containers-registries.conf(5)): what podman refuses there, and what it means for the bound images. */
export function checkRegistriesConf({ roots: { newRoot }, images }: Subject): readonly Diagnostic[] {
  const conf = readRegistriesConf(newRoot);
  const diagnostics = [...conf.diagnostics];
  const insecure = new Set<string>();
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
    diagnostics.push(...insecureSources(sources, reference.text, insecure));
    for (const name of full.names) diagnostics.push(...unusedMirrors(bound, name, conf.registries));
  }
  return diagnostics;
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
