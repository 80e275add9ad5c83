export type PullPolicy = 'always' | 'missing' | 'newer' | 'never';

/**
 * The policy that podman reads from `text`; `undefined` where it refuses the command. Before 5.0 only the first
 * letter may be a capital, or those of `IfNotPresent`. Source: go.podman.io/common/pkg/config/pull_policy.go,
 * `ParsePullPolicy`.
 */
export function parsePullPolicy(text: string): PullPolicy | undefined {
  const name = text.toLowerCase();
  switch (name) {
    case 'always':
    case 'never':
    case 'newer':
    case 'missing':
      return name;
    case 'ifnewer':
      return 'newer';
    case '':
    case 'ifmissing':
    case 'ifnotpresent':
      return 'missing';
    default:
      return undefined;
  }
}
