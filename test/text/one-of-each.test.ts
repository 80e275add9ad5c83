import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);

/** The files in which `pattern` stands. */
const filesWith = (pattern: RegExp) =>
  files.filter((path) => pattern.test(readFileSync(join('src', path), 'utf8'))).sort();

test.each([
  {
    what: 'JSON',
    pattern: /\bJSON\.parse\(/,
    // The first two are of the build, and no input.
    readers: ['cli/report/notices.ts', 'cli/report/rule-pages.ts', 'text/json-tree.ts', 'text/json.ts'],
  },
  { what: 'UTF-8', pattern: /\bTextDecoder\(/, readers: ['text/utf8.ts'] },
  {
    what: 'TOML',
    pattern: /import \{[^}]*\bparse\b[^}]*\} from 'smol-toml'/,
    readers: ['text/toml-positions.ts', 'text/toml.ts'],
  },
])('$what is read in one place', ({ pattern, readers }) => {
  expect(filesWith(pattern)).toEqual(readers);
});
