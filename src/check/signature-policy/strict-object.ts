import { didYouMean } from '../../diagnostic/did-you-mean.js';
import type { JsonMember, JsonNode } from '../../text/json-tree.js';

/** What is wrong with a policy, and where in its text. */
export interface PolicyProblem {
  readonly problem: string;
  readonly hint: string | null;
  readonly offset: number;
}

export type Report = (problem: string, at: { readonly offset: number }, hint?: string | null) => void;

/**
 * The members of an object that may have these keys and no other, each once; all else is reported.
 * Source: ParanoidUnmarshalJSONObject in go.podman.io/image signature/internal/json.go.
 */
export function strictMembers(
  node: JsonNode,
  what: string,
  known: readonly string[] | undefined,
  report: Report,
): ReadonlyMap<string, JsonMember> {
  const members = new Map<string, JsonMember>();
  if (node.kind !== 'object') {
    report(`${what} must be an object, written { … }`, node);
    return members;
  }
  for (const member of node.members) {
    const { name } = member;
    if (members.has(name)) report(`“${name}” stands twice in this object`, member, 'keep one of the two');
    else if (known !== undefined && !known.includes(name)) {
      const hint = didYouMean(name, known) ?? `known here: ${known.join(', ')}`;
      report(`there is no key “${name}” here`, member, hint);
    }
    members.set(name, member);
  }
  return members;
}

/**
 * The text of a member, empty where there is none: Go’s JSON reader takes null for nothing. Undefined for a value of
 * another type, which is reported.
 */
export function textOf(member: JsonMember | undefined, report: Report): string | undefined {
  if (member === undefined || member.value.kind === 'null') return '';
  if (member.value.kind === 'string') return member.value.value;
  report(`“${member.name}” must be a string`, member.value);
  return undefined;
}
