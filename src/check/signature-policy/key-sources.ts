import type { JsonMember, JsonNode } from '../../text/json-tree.js';
import { type Report, textOf } from './strict-object.js';

/** A file that a requirement names. */
export interface KeyFile {
  readonly path: string;
  readonly offset: number;
}

/** One of the members that say where keys are. */
export interface KeySource {
  readonly member: JsonMember;
  readonly files: readonly KeyFile[];
}

/**
 * What the members `names` say about keys: `…Path` is a file, `…Paths` several, `…Data` base64, `…Datas` several.
 * A path that is empty and what is null count as absent, as they do for podman; wrong types are reported.
 */
export function keySources(
  members: ReadonlyMap<string, JsonMember>,
  names: readonly string[],
  report: Report,
): readonly KeySource[] {
  return names.flatMap((name) => {
    const member = members.get(name);
    return member === undefined ? [] : (keySource(member, report) ?? []);
  });
}

function keySource(member: JsonMember, report: Report): KeySource | undefined {
  const { name, value } = member;
  if (name.endsWith('s')) {
    if (value.kind === 'array') {
      return { member, files: value.items.flatMap((item) => readItem(name, item, report)) };
    }
    report(`“${name}” must be an array of strings`, value);
    return { member, files: [] };
  }
  if (value.kind === 'null') return undefined;
  if (name.endsWith('Path') && textOf(member, report) === '' && value.kind === 'string') return undefined;
  return { member, files: readItem(name, value, report) };
}

function readItem(name: string, node: JsonNode, report: Report): readonly KeyFile[] {
  if (node.kind === 'null') return [];
  if (node.kind !== 'string') {
    if (name.endsWith('s')) report(`“${name}” must be an array of strings`, node);
    else if (name.endsWith('Data')) report(`“${name}” must be a string`, node);
    return [];
  }
  if (/Paths?$/.test(name)) return [{ path: node.value, offset: node.offset }];
  if (!isBase64(node.value))
    report(`“${name}” is not base64`, node, 'write the output of base64 --wrap=0 KEY');
  return [];
}

export function exactlyOne(names: readonly string[]): string {
  return `exactly one of ${names.join(', ')} must be given`;
}

/** As Go’s encoding/base64 takes it: padded, line breaks anywhere. */
function isBase64(text: string): boolean {
  const digits = text.replace(/[\r\n]/g, '');
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits);
}
