import { objectOf, readJson, shown, textOf, type Unreadable } from './untrusted-json.js';

/** Labels or annotations: texts by their names. */
export interface Metadata {
  readonly kind: 'metadata';
  readonly texts: ReadonlyMap<string, string>;
}

/** The labels that the config of an image has. Source: OCI image-spec `config.md`, `config.Labels`. */
export function parseLabels(configText: string): Metadata | Unreadable {
  return readJson(configText, ({ config }) =>
    readTexts(objectOf(config ?? {}, 'its config').Labels, 'label'),
  );
}

/** The annotations that a manifest or an index has. Source: OCI image-spec `annotations.md`. */
export function parseAnnotations(manifestText: string): Metadata | Unreadable {
  return readJson(manifestText, ({ annotations }) => readTexts(annotations, 'annotation'));
}

function readTexts(value: unknown, what: string): Metadata {
  const entries = Object.entries(objectOf(value ?? {}, `its ${what}s`));
  const texts = entries.map(([name, text]) => [name, textOf(text, `the ${what} ${shown(name)}`)] as const);
  return { kind: 'metadata', texts: new Map(texts) };
}
