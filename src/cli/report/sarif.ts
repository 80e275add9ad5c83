import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { ArtifactLocation, Location, Log, ReportingDescriptor, Result, Run } from 'sarif';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { helpUri, homepage } from '../../diagnostic/help-uri.js';
import { defaultSeverity, type RuleId } from '../../diagnostic/rules.js';
import type { Checked } from './check.js';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

/** What the files of findings are relative to. */
const uriBaseId = 'ROOT';

/** What `check --format sarif` prints. Source: Static Analysis Results Interchange Format 2.1.0 (OASIS). */
export function sarifLog(checked: Checked, diagnostics: readonly Diagnostic[], version: string): Log {
  const rules = [...new Set(diagnostics.map(({ rule }) => rule))].sort();
  const occurrences = new Map<string, number>();
  const run: Run = {
    tool: {
      driver: { name: 'bound-images', version, informationUri: homepage, rules: rules.map(descriptor) },
    },
    originalUriBaseIds: { [uriBaseId]: baseLocation(checked) },
    columnKind: 'utf16CodeUnits',
    results: diagnostics.map((diagnostic): Result => {
      const print = fingerprint(diagnostic);
      const count = (occurrences.get(print) ?? 0) + 1;
      occurrences.set(print, count);
      return {
        ruleId: diagnostic.rule,
        ruleIndex: rules.indexOf(diagnostic.rule),
        level: levels[diagnostic.severity],
        message: { text: messageText(diagnostic) },
        locations: [location(diagnostic)],
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

function descriptor(rule: RuleId): ReportingDescriptor {
  const words = rule.replaceAll('-', ' ');
  return {
    id: rule,
    shortDescription: { text: `${words.charAt(0).toUpperCase()}${words.slice(1)}` },
    helpUri: helpUri(rule),
    help: { text: `What it means, why it fails on a host, and what to write instead: ${helpUri(rule)}` },
    defaultConfiguration: { level: levels[defaultSeverity(rule)] },
  };
}

function baseLocation({ root, image }: Checked): ArtifactLocation {
  return root === null
    ? { description: { text: escapeMessage(`The root of the image ${image}`) } }
    : { uri: pathToFileURL(`${root.replace(/\/$/, '')}/`).href };
}

/** A finding that belongs to no file is one of the root, since some readers refuse results without a location. */
function location({ file, line, column }: Diagnostic): Location {
  const uri = file === null ? '.' : file.slice(1).split('/').map(encodeURIComponent).join('/');
  const region =
    line === null ? {} : { region: { startLine: line, ...(column !== null && { startColumn: column }) } };
  return { physicalLocation: { artifactLocation: { uri, uriBaseId }, ...region } };
}

function messageText({ message, hint }: Diagnostic): string {
  return escapeMessage(hint === null ? message : `${message}\nhint: ${hint}`);
}

/** Braces are for placeholders, and `[text](target)` is a link (3.11.5 and 3.11.6 of the format). */
function escapeMessage(text: string): string {
  return text.replaceAll('{', '{{').replaceAll('}', '}}').replaceAll('](', '] (');
}

/** The same as long as the line says the same, wherever it is; from what is shown of it, which has no secrets. */
function fingerprint({ rule, file, excerpt, line, message }: Diagnostic): string {
  const shown = excerpt?.split('\n').find((row) => Number.parseInt(row, 10) === line);
  const text = shown?.replace(/^ *\d+ \|/, '') ?? message;
  return createHash('sha256')
    .update(JSON.stringify([rule, file, text]))
    .digest('hex')
    .slice(0, 32);
}
