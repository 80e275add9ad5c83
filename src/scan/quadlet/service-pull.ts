import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Sited } from '../../model/bound-image.js';
import type { SectionReader } from '../unit/section.js';

/** What is said about the pull of the service itself, when it starts; nothing of it is about fetching ahead. */
export interface ServicePull {
  /** The last one, which is the one that counts. */
  readonly policy: Sited<string> | undefined;
  /** podman refuses the command for any of these. */
  readonly retries: readonly Sited<string>[];
  readonly retryDelay: Sited<string> | undefined;
}

/** What the keys of a unit say, and its podman arguments, which stand behind them and count more. */
export function servicePull(
  section: SectionReader,
  policyKey: 'Policy' | 'Pull',
  fromArguments: ServicePull,
): ServicePull {
  const retry = section.single('Retry');
  return {
    policy: fromArguments.policy ?? section.single(policyKey),
    retries: [...(retry === undefined ? [] : [retry]), ...fromArguments.retries],
    retryDelay: fromArguments.retryDelay ?? section.single('RetryDelay'),
  };
}

/** The values that podman refuses when the service starts. They are not shown: a slip may make one of a password. */
export function refusedPull({ policy, retries, retryDelay }: ServicePull): readonly Diagnostic[] {
  return [
    ...refusedPolicy(policy),
    ...retries
      .filter(({ value }) => !isRetryCount(value))
      .map(({ place }) =>
        diagnose('retry-invalid', place, {
          problem: 'not a number of retries',
          hint: 'write a number, as in 3',
        }),
      ),
    ...(retryDelay === undefined || isRetryDelay(retryDelay.value)
      ? []
      : [
          diagnose('retry-invalid', retryDelay.place, {
            problem: 'not a time between retries',
            hint: 'write a number with its unit, as in 2s or 1m30s',
          }),
        ]),
  ];
}

export function refusedPolicy(policy: Sited<string> | undefined): readonly Diagnostic[] {
  if (policy === undefined || parsePullPolicy(policy.value) !== undefined) return [];
  return [diagnose('pull-policy-unknown', policy.place, {})];
}

/** The warning for a service that turns to the registry although its image is in the store. */
export function pulledAtBoot(policy: Sited<string> | undefined, instead: string): readonly Diagnostic[] {
  if (policy === undefined) return [];
  const parsed = parsePullPolicy(policy.value);
  if (parsed !== 'always' && parsed !== 'newer') return [];
  return [diagnose('pulled-at-boot', policy.place, { policy: parsed, instead })];
}

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

/** A number as Go's strconv.ParseUint reads it with base 0: `0x` and the like, `_` between digits. */
const unsigned = /^(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?\d)*)$/;

const duration = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** True if podman takes `text` for `--retry`. Source: cmd/podman/images/pull.go, a flag of pflag's type uint. */
export function isRetryCount(text: string): boolean {
  return unsigned.test(text);
}

/**
 * True if podman takes `text` for `--retry-delay`; an empty one is as good as none.
 * Source: podman pkg/domain/infra/abi/images.go, `Pull`, which calls Go's time.ParseDuration.
 */
export function isRetryDelay(text: string): boolean {
  return text === '' || duration.test(text);
}
