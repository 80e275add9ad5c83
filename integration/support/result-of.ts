/** What a command has printed with `--format json`; undefined where that is nothing, or why there is no result. */
// biome-ignore lint/suspicious/noExplicitAny: each command prints something else
export function resultOf(stdout: string): any {
  const printed = stdout === '' ? undefined : JSON.parse(stdout);
  const isError = printed !== undefined && Object.keys(printed).join() === 'schemaVersion,error';
  return isError ? undefined : printed;
}
