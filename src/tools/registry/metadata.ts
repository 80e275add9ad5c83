import { absentAs, object, record, type Shape } from '../../text/shape.js';
import { readAnswer, textOrEmpty, type Unreadable } from './answer.js';

/** Labels or annotations: texts by their names. */
export interface Metadata {
  readonly kind: 'metadata';
  readonly texts: ReadonlyMap<string, string>;
}

const textsByName: Shape<Metadata> = (value, at) => {
  const texts = absentAs({}, record(textOrEmpty))(value, at);
  return { kind: 'metadata', texts: new Map(Object.entries(texts)) };
};

const config = object({
  config: absentAs({ Labels: textsByName(undefined, '') }, object({ Labels: textsByName })),
});
const manifest = object({ annotations: textsByName });

/** The labels that the config of an image has. Source: OCI image-spec `config.md`, `config.Labels`. */
export function parseLabels(configText: string): Metadata | Unreadable {
  return readAnswer((value, at) => config(value, at).config.Labels, configText);
}

/** The annotations that a manifest or an index has. Source: OCI image-spec `annotations.md`. */
export function parseAnnotations(manifestText: string): Metadata | Unreadable {
  return readAnswer((value, at) => manifest(value, at).annotations, manifestText);
}
