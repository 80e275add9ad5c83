/**
 * Variables that let a short-lived Go program such as podman collect its garbage less often; none where `env`
 * says itself how to collect. GOGC=off would need a limit, which a program built with a Go before 1.19 does not
 * know. Source: the documentation of Go's package runtime, “Environment Variables”.
 */
export function goRuntime(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  return env.GOGC === undefined && env.GOMEMLIMIT === undefined ? { GOGC: '400' } : {};
}
