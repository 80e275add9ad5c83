import { isMap, isNode, isScalar, type Node } from 'yaml';
import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import { inFile } from '../../diagnostic/place.js';
import { scopesOf } from '../../model/reference/scopes.js';
import { type ConfigurationFile, dropInFiles } from '../../root/configuration-files.js';
import type { RootView } from '../../root/root-view.js';
import { aliasFollower } from '../../text/yaml-aliases.js';
import { readYamlDocuments } from '../../text/yaml-documents.js';

/** What registries.d says about signatures that lie beside images. */
export interface RegistriesD {
  /** Whether podman looks for sigstore signatures of an image; `name` is in full. */
  fetchesSigstore(name: string): boolean;
  /** The URL below which podman looks for simple signatures of an image; `undefined` for its default directory. */
  lookaside(name: string): Lookaside | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Lookaside {
  readonly url: string;
  readonly place: Place;
}

/** One section: whether it turns sigstore signatures on or off, and where simple ones are, or nothing of them. */
interface Section {
  readonly lookaside: Lookaside | undefined;
  readonly sigstore: boolean | undefined;
  readonly place: Place;
}

/**
 * Reads the new root’s registries.d as podman does, all files as one.
 * Source: containers-registries.d(5), and docker/registries_d.go in go.podman.io/image.
 */
export function readRegistriesD(root: RootView): RegistriesD {
  const diagnostics: Diagnostic[] = [];
  const sections = new Map<string, Section>();
  for (const file of dropInFiles(root, ['registries.d', 'registries.rootful.d'], '.yaml')) {
    for (const [key, section] of readSections(file, diagnostics)) {
      const first = sections.get(key);
      if (first === undefined) sections.set(key, section);
      else {
        const problem = `${describeSection(key)} is set up in ${first.place.file} already`;
        const hint = 'say all of it in one of the two files';
        diagnostics.push(diagnose('registries-d-invalid', section.place, { problem, hint }));
      }
    }
  }
  const first = <K extends 'sigstore' | 'lookaside'>(name: string, part: K): Section[K] | undefined =>
    [...scopesOf(name), generalSection]
      .map((key) => sections.get(key)?.[part])
      .find((value) => value !== undefined);
  return {
    fetchesSigstore: (name) => first(name, 'sigstore') ?? false,
    lookaside: (name) => first(name, 'lookaside'),
    diagnostics,
  };
}

/** Stands for `default-docker`; no scope is empty. */
const generalSection = '';

function describeSection(key: string): string {
  return key === generalSection ? '“default-docker”' : `“${key}”`;
}

type Sections = readonly (readonly [string, Section])[];

function readSections(file: ConfigurationFile, diagnostics: Diagnostic[]): Sections {
  const report = (place: Place, problem: string, hint: string | null = null) =>
    diagnostics.push(diagnose('registries-d-invalid', place, { problem, hint }));
  if (!file.ok) {
    report(inFile(file.path), file.problem);
    return [];
  }
  const { documents, mistake: unread, positionOf } = readYamlDocuments(file.bytes.toString('utf8'));
  const placeAt = (offset: number): Place => ({ ...inFile(file.path), ...positionOf(offset) });
  if (unread !== undefined) report(placeAt(unread.offset), unread.problem);
  // podman reads the first document of a file only.
  const [document] = documents;
  if (document === undefined) return [];
  // What follows the first mistake is mostly a consequence of it.
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    report(placeAt(mistake.pos[0]), `not valid YAML: ${mistake.message}`);
    return [];
  }
  const reader: Reader = {
    follow: aliasFollower(document),
    placeOf: (node) => placeAt(node.range?.[0] ?? 0),
    report: (node, problem, hint) => report(placeAt(node.range?.[0] ?? 0), problem, hint),
  };
  const top = mapOf(document.contents, 'the file', reader);
  const general = top.find(([name]) => name === 'default-docker');
  const docker = top.find(([name]) => name === 'docker');
  const scopes = docker === undefined ? [] : mapOf(docker[2], '“docker”', reader);
  return [
    ...(general === undefined || isNothing(general[2])
      ? []
      : [[generalSection, sectionOf(general, reader)] as const]),
    ...scopes.map((scope) => [scope[0], sectionOf(scope, reader)] as const),
  ];
}

interface Reader {
  /** What an alias stands for; anything else is itself. */
  readonly follow: (node: unknown) => unknown;
  readonly placeOf: (node: Node) => Place;
  readonly report: (node: Node, problem: string, hint?: string) => void;
}

/** Name, the node of the name, the node of the value with aliases followed. */
type Pair = readonly [string, Node, unknown];

function mapOf(node: unknown, what: string, { follow, report }: Reader): readonly Pair[] {
  if (isNothing(node)) return [];
  if (!isMap(node)) {
    if (isNode(node)) report(node, `${what} must hold “key: value” lines`);
    return [];
  }
  return node.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return [];
    return [[String(key.value), key, follow(value)] as const];
  });
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

const textKeys = ['lookaside', 'lookaside-staging', 'sigstore', 'sigstore-staging'];

function sectionOf([name, key, value]: Pair, reader: Reader): Section {
  const members = mapOf(value, describeSection(name), reader);
  for (const [member, at, text] of members) {
    if (textKeys.includes(member) && !isNothing(text) && !isScalar(text))
      reader.report(at, `“${member}” must be a URL`);
  }
  const switched = members.find(([member]) => member === 'use-sigstore-attachments');
  return {
    sigstore: switched && readSwitch(switched, reader),
    lookaside: lookasideOf(members, reader),
    place: reader.placeOf(key),
  };
}

/** The old name counts where the new one says nothing. Source: signatureTopLevel in docker/registries_d.go. */
function lookasideOf(members: readonly Pair[], { placeOf }: Reader): Lookaside | undefined {
  for (const key of ['lookaside', 'sigstore']) {
    const [, , value] = members.findLast(([name]) => name === key) ?? [];
    if (isScalar(value) && !isNothing(value) && value.value !== '')
      return { url: String(value.value), place: placeOf(value) };
  }
  return undefined;
}

/** Go’s YAML reader takes some words of YAML 1.1 for a boolean. */
function readSwitch([name, key, value]: Pair, { report }: Reader): boolean | undefined {
  if (isNothing(value)) return undefined;
  const written = isScalar(value) ? value.value : undefined;
  if (typeof written === 'boolean') return written;
  if (typeof written === 'string' && /^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(written)) return true;
  if (typeof written === 'string' && /^(?:n|N|no|No|NO|off|Off|OFF)$/.test(written)) return false;
  report(key, `“${name}” must be true or false`);
  return undefined;
}
