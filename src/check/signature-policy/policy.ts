import { type JsonMember, type JsonNode, jsonSyntaxHint, parseJsonTree } from '../../text/json-tree.js';
import { type Requirement, readRequirement } from './requirement.js';
import { type PolicyProblem, type Report, strictMembers } from './strict-object.js';

/** A policy.json: what an image has to meet, by where it comes from. */
export interface Policy {
  readonly default: readonly Requirement[];
  /** By transport, then by scope; the scope '' is the default of the transport. */
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, readonly Requirement[]>>;
}

export interface ParsedPolicy {
  /** What could be read of it; undefined where nothing could. */
  readonly policy: Policy | undefined;
  readonly problems: readonly PolicyProblem[];
}

/** Reads a policy as strictly as podman does, and goes on after a mistake. Source: containers-policy.json(5). */
export function parsePolicy(text: string): ParsedPolicy {
  const tree = parseJsonTree(text);
  if (!tree.ok) {
    return {
      policy: undefined,
      problems: [{ problem: tree.problem, hint: jsonSyntaxHint, offset: tree.offset }],
    };
  }
  const problems: PolicyProblem[] = [];
  const report: Report = (problem, { offset }, hint = null) => problems.push({ problem, hint, offset });
  const members = strictMembers(tree.root, 'a policy', ['default', 'transports'], report);
  const general = members.get('default');
  if (general === undefined && tree.root.kind === 'object') {
    const hint = 'add "default": [{"type": "reject"}], or "insecureAcceptAnything" instead of "reject"';
    report('“default” is missing, which is for all images that no scope names', tree.root, hint);
  }
  const policy = {
    default: general === undefined ? [] : readRequirements(general, report),
    transports: readTransports(members.get('transports'), report),
  };
  return { policy, problems };
}

function readTransports(transports: JsonMember | undefined, report: Report): Policy['transports'] {
  if (transports === undefined) return new Map();
  const members = strictMembers(transports.value, '“transports”', undefined, report);
  return new Map([...members.values()].map((transport) => [transport.name, readScopes(transport, report)]));
}

function readScopes(transport: JsonMember, report: Report): ReadonlyMap<string, readonly Requirement[]> {
  const members = strictMembers(transport.value, `“${transport.name}”`, undefined, report);
  const scopes = [...members.values()];
  for (const scope of scopes) {
    const problem = scope.name === '' ? undefined : scopeProblem(transport.name, scope.name);
    if (problem !== undefined) report(problem, scope, 'use "" for all images of the transport');
  }
  return new Map(scopes.map((scope) => [scope.name, readRequirements(scope, report)]));
}

function readRequirements({ name, value }: JsonMember, report: Report): readonly Requirement[] {
  if (value.kind !== 'array' || value.items.length === 0) {
    report(
      `“${name}” must be an array of one requirement or more`,
      value,
      'write [{"type": "reject"}] or the like',
    );
    return [];
  }
  return value.items.flatMap((item: JsonNode) => readRequirement(item, report) ?? []);
}

/** Source: ValidatePolicyConfigurationScope of each transport in go.podman.io/image. */
function scopeProblem(transport: string, scope: string): string | undefined {
  switch (transport) {
    case 'docker-archive':
      return `docker-archive has no scope but ""`;
    case 'dir':
    case 'oci':
    case 'oci-archive':
      return isCleanPath(scope)
        ? undefined
        : `the scope “${scope}” is not an absolute path in its shortest form`;
    default:
      return undefined;
  }
}

function isCleanPath(path: string): boolean {
  const [first, ...names] = path.split('/');
  return (
    first === '' && names.length > 0 && names.every((name) => name !== '' && name !== '.' && name !== '..')
  );
}
