import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openRoots } from '../../src/root/open-roots.js';
import { checkRoots, findingText } from '../support/check-roots.js';

const examples = fileURLToPath(new URL('../../contrib/examples', import.meta.url));

function findings(example: string): readonly string[] {
  const opened = openRoots({ root: join(examples, example, 'rootfs'), currentRoot: null });
  if (!opened.ok) throw new Error(`cannot open ${example}: ${opened.problem.kind}`);
  return checkRoots(opened).map(findingText);
}

/** What the comments announce, as `rule /file`, or `rule /file:line` for the line below the comment. */
function announced(example: string): readonly string[] {
  const rootfs = join(examples, example, 'rootfs');
  const files = readdirSync(rootfs, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const inFiles = files.flatMap(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return announcedIn(readFileSync(path, 'utf8'), `/${relative(rootfs, path)}`);
  });
  const containerfile = readFileSync(join(examples, example, 'Containerfile'), 'utf8');
  const named = [...containerfile.matchAll(/^# Mistake: (\S+ \S+)$/gm)].map(([, text = '']) => text);
  return [...named, ...inFiles];
}

function announcedIn(text: string, path: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const [, isOfFile, rule] = /^\s*# Mistake( of the file)?: (\S+)$/.exec(line) ?? [];
    if (rule === undefined) return [];
    return `${rule} ${path}${isOfFile === undefined ? `:${index + 2}` : ''}`;
  });
}

test('nothing is to be said against the good example', () => {
  expect(findings('good')).toEqual([]);
});

test('the mistakes are found where their comments are, and no others', () => {
  const withoutColumns = findings('mistakes').map((text) => text.replace(/(:\d+):\d+$/, '$1'));
  expect(withoutColumns.toSorted()).toEqual(announced('mistakes').toSorted());
});
