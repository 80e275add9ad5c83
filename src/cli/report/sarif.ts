import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArtifactLocation, Log, Region, ReportingDescriptor, Result, Run } from 'sarif';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { helpUri, homepage, rulesUri } from '../../diagnostic/help-uri.js';
import { defaultSeverity, type RuleId } from '../../diagnostic/rules.js';
import type { Checked } from './check.js';
import { fingerprints } from './fingerprint.js';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

/** What files of the working directory are relative to: the repository, to most readers, which know this name. */
const uriBaseId = '%SRCROOT%';

/** The pages that explain the rules, as Markdown. */
export type RulePages = { readonly [R in RuleId]?: string };

/** What is not in the root, nor in the diagnostics. */
export interface SarifContext {
  /** Of bound-images. */
  readonly version: string;
  /** Absolute. */
  readonly workingDirectory: string;
  readonly pages: RulePages;
}

/** What `check --format sarif` prints. Source: Static Analysis Results Interchange Format 2.1.0 (OASIS). */
export function sarifLog(
  checked: Checked,
  diagnostics: readonly Diagnostic[],
  { version, workingDirectory, pages }: SarifContext,
): Log {
  const locationOf = locator(checked, workingDirectory);
  const rules = [...new Set(diagnostics.map(({ rule }) => rule))].sort();
  const fingerprintOf = fingerprints();
  const run: Run = {
    tool: {
      driver: {
        name: 'bound-images',
        version,
        informationUri: homepage,
        rules: rules.map((rule) => descriptor(rule, pages[rule])),
      },
    },
    originalUriBaseIds: { [uriBaseId]: { uri: directoryUri(workingDirectory) } },
    columnKind: 'utf16CodeUnits',
    results: diagnostics.map((diagnostic): Result => {
      const { print, count } = fingerprintOf(diagnostic);
      return {
        ruleId: diagnostic.rule,
        ruleIndex: rules.indexOf(diagnostic.rule),
        level: levels[diagnostic.severity],
        message: { text: messageText(diagnostic) },
        locations: [
          { physicalLocation: { artifactLocation: locationOf(diagnostic), ...region(diagnostic) } },
        ],
        partialFingerprints: { 'ruleFileLine/v1': `${print}:${count}` },
      };
    }),
  };
  return {
    version: '2.1.0',
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    runs: [run],
  };
}

function descriptor(rule: RuleId, page: string | undefined): ReportingDescriptor {
  const words = rule.replaceAll('-', ' ');
  const short = `What it means, why it fails on a host, and what to write instead: ${helpUri(rule)}`;
  const markdown = page === undefined ? undefined : pageText(page);
  const what = /^## What\n\n(.*?)\n\n/ms.exec(markdown ?? '')?.[1]?.replaceAll('\n', ' ');
  return {
    id: rule,
    shortDescription: { text: `${words.charAt(0).toUpperCase()}${words.slice(1)}` },
    ...(what !== undefined && { fullDescription: { text: what } }),
    helpUri: helpUri(rule),
    help: markdown === undefined ? { text: short } : { text: markdown, markdown },
    defaultConfiguration: { level: levels[defaultSeverity(rule)] },
  };
}

/** Without its heading, which says the rule once more, and with links that lead somewhere from anywhere. */
function pageText(page: string): string {
  return page
    .replace(/^# .*\n+/, '')
    .replace(/\]\(([^)\s]+)\)/g, (_, target: string) => `](${new URL(target, `${rulesUri}/`).href})`);
}

/**
 * Finds where readers look for the file of a finding: below the working directory it is a file of the repository; else
 * its URI is absolute, so that nobody takes it for one. A finding that belongs to no file is one of the root, since
 * some readers refuse results without a location.
 */
function locator(
  { root, image }: Checked,
  workingDirectory: string,
): (diagnostic: Diagnostic) => ArtifactLocation {
  if (root === null) {
    const base = imageUri(image);
    return ({ file }) => ({ uri: file === null ? base : `${base}!${encodePath(file)}` });
  }
  const way = relative(workingDirectory, root);
  const isBelow = way !== '..' && !way.startsWith('../');
  const pathIn = (file: string | null) => (file === null ? root : join(root, file));
  return ({ file }) => {
    if (!isBelow) return { uri: pathToFileURL(pathIn(file)).href };
    const name = relative(workingDirectory, pathIn(file)) || '.';
    return { uri: encodePath(name), uriBaseId };
  };
}

function encodePath(path: string): string {
  return wellFormed(path).split('/').map(encodeURIComponent).join('/');
}

/** A byte of a name that is no UTF-8 cannot be encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

/** An image as podman names it, with its transport; that of its local storage is `containers-storage`. */
function imageUri(image: string): string {
  const isArchive = /^(?:docker-archive|oci-archive|oci|dir):/.test(image);
  return encodeURI(wellFormed(isArchive ? image : `containers-storage:${image}`));
}

function directoryUri(directory: string): string {
  return pathToFileURL(`${directory.replace(/\/$/, '')}/`).href;
}

function region({ line, column }: Diagnostic): { readonly region?: Region } {
  return line === null
    ? {}
    : { region: { startLine: line, ...(column !== null && { startColumn: column }) } };
}

function messageText({ message, hint }: Diagnostic): string {
  return escapeMessage(hint === null ? message : `${message}\nhint: ${hint}`);
}

/** Braces are for placeholders, and `[text](target)` is a link (3.11.5 and 3.11.6 of the format). */
function escapeMessage(text: string): string {
  return text.replaceAll('{', '{{').replaceAll('}', '}}').replaceAll('](', '] (');
}
