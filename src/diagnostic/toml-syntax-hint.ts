/** By what the parser says. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/redefine/, 'write each key and each [table] once'],
  [/escape/, 'write \\\\ for a backslash, or the text in single quotes'],
  [
    /control characters are not allowed in strings|unfinished string/,
    'end the text with the quote that it begins with, in the same line',
  ],
];

/** What to do about text that is no TOML, of which smol-toml says what is wrong. */
export function tomlSyntaxHint(problem: string): string {
  const [, hint] = hints.find(([pattern]) => pattern.test(problem)) ?? [];
  return hint ?? 'write key = value; text stands in quotes, and commas stand between the values of a list';
}
