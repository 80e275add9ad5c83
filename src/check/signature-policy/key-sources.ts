import type { JsonMember, JsonNode } from '../../text/json-tree.js';
import { type Report, textOf } from './strict-object.js';

/** Keys that a requirement names or holds. */
export interface Key {
  readonly from:
    | { readonly kind: 'file'; readonly path: string }
    /** In the policy itself; the name of the member. */
    | { readonly kind: 'data'; readonly name: string; readonly bytes: Buffer };
  readonly form: KeyForm;
  readonly offset: number;
}

/** What podman takes for a key: OpenPGP, or a PEM block of this kind. */
export type KeyForm = 'openpgp' | 'public-key' | 'certificate';

/** One of the members that say where keys are. */
export interface KeySource {
  readonly member: JsonMember;
  readonly keys: readonly Key[];
}

/**
 * What the members `names` say about keys: `…Path` is a file, `…Paths` several, `…Data` base64, `…Datas` several.
 * A path that is empty and what is null count as absent, as they do for podman; wrong types are reported.
 */
export function keySources(
  members: ReadonlyMap<string, JsonMember>,
  names: readonly string[],
  form: KeyForm,
  report: Report,
): readonly KeySource[] {
  return names.flatMap((name) => {
    const member = members.get(name);
    return member === undefined ? [] : (keySource(member, form, report) ?? []);
  });
}

function keySource(member: JsonMember, form: KeyForm, report: Report): KeySource | undefined {
  const { name, value } = member;
  if (name.endsWith('s')) {
    if (value.kind === 'array') {
      return { member, keys: value.items.flatMap((item) => readItem(name, item, form, report)) };
    }
    report(`“${name}” must be an array of strings`, value);
    return { member, keys: [] };
  }
  if (value.kind === 'null') return undefined;
  if (name.endsWith('Path') && textOf(member, report) === '' && value.kind === 'string') return undefined;
  return { member, keys: readItem(name, value, form, report) };
}

function readItem(name: string, node: JsonNode, form: KeyForm, report: Report): readonly Key[] {
  if (node.kind === 'null') return [];
  if (node.kind !== 'string') {
    if (name.endsWith('s')) report(`“${name}” must be an array of strings`, node);
    else if (name.endsWith('Data')) report(`“${name}” must be a string`, node);
    return [];
  }
  const { value, offset } = node;
  if (/Paths?$/.test(name)) return [{ from: { kind: 'file', path: value }, form, offset }];
  if (!isBase64(value)) {
    report(`“${name}” is not base64`, node, 'write the output of base64 --wrap=0 KEY');
    return [];
  }
  return [{ from: { kind: 'data', name, bytes: Buffer.from(value, 'base64') }, form, offset }];
}

export function exactlyOne(names: readonly string[]): string {
  return `exactly one of ${names.join(', ')} must be given`;
}

/** As Go’s encoding/base64 takes it: padded, line breaks anywhere. */
function isBase64(text: string): boolean {
  const digits = text.replace(/[\r\n]/g, '');
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits);
}
