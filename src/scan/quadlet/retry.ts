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
