/** By what the parser says. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/redefine/, 'write each key and each [table] once'],
  [/escape/, 'write \\\\ for a backslash, or the text in single quotes'],
  [/control characters are not allowed in strings|unfinished string/, 'close the quotes on the same line'],
];

/** What to do about text that is no TOML, of which smol-toml says what is wrong. */
export function tomlSyntaxHint(problem: string): string {
  const [, hint] = hints.find(([pattern]) => pattern.test(problem)) ?? [];
  return hint ?? 'write key = value, put text in quotes, and put commas between the values of a list';
}
