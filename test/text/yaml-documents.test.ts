import { expect, test } from 'vitest';
import { readYamlDocuments } from '../../src/text/yaml-documents.js';

const problem = 'more than 200 levels are nested here';

test.each([
  { name: 'sequences in brackets', text: '['.repeat(100_000), at: { line: 1, column: 201 } },
  { name: 'maps in brackets', text: '{a: '.repeat(3_000), at: { line: 1, column: 799 } },
  { name: 'brackets on lines of their own', text: '[\n'.repeat(3_000), at: { line: 201, column: 1 } },
  { name: 'sequences on one line', text: '- '.repeat(3_000), at: { line: 1, column: 401 } },
  { name: 'keys on one line', text: '? '.repeat(3_000), at: { line: 1, column: 401 } },
  { name: 'keys without commas', text: `[${'a: b '.repeat(3_000)}]`, at: { line: 1, column: 998 } },
  { name: 'maps below one another', text: steps(1_000), at: { line: 200, column: 201 } },
])('does not read what is nested too deep: $name', ({ text, at }) => {
  const { documents, mistake, positionOf } = readYamlDocuments(text);
  expect(documents).toEqual([]);
  expect(mistake?.problem).toBe(problem);
  expect(positionOf(mistake?.offset ?? 0)).toEqual(at);
});

test.each([
  { name: 'empty ones', text: '---\n'.repeat(5_000) },
  { name: 'those that end', text: 'a\n...\n'.repeat(5_000) },
  { name: 'scalars', text: '--- a\n'.repeat(5_000) },
])('does not read more documents than any file has: $name', ({ text }) => {
  const { documents, mistake } = readYamlDocuments(text);
  expect(documents).toEqual([]);
  expect(mistake?.problem).toBe('more than 1000 documents are in it');
});

test('reads a thousand documents', () => {
  expect(readYamlDocuments('---\na: b\n'.repeat(1000)).mistake).toBeUndefined();
});

test.each([
  { name: 'many brackets beside one another', text: `a: [${'[], {}, '.repeat(1_000)}]\n` },
  { name: 'many items and keys', text: `a:\n${'  - b: c\n    d: e\n'.repeat(1_000)}` },
  { name: 'brackets in a text', text: `a: "${'['.repeat(1_000)}"\nb: |\n  ${'- '.repeat(1_000)}\n` },
  { name: 'brackets in a comment', text: `# ${'['.repeat(1_000)}\na: b\n` },
  { name: 'some levels', text: steps(100) },
])('reads $name', ({ text }) => {
  const { documents, mistake } = readYamlDocuments(text);
  expect(mistake).toBeUndefined();
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
});

test.each([
  { name: 'of a map', text: 'a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n', at: { line: 5, column: 3 } },
  { name: 'in braces, quoted or not', text: '{a: 1, "a": 2}\n', at: { line: 1, column: 8 } },
])('finds a key twice: $name', ({ text, at }) => {
  const { documents, positionOf } = readYamlDocuments(text);
  const [mistake] = documents.flatMap(({ errors }) => errors);
  expect(mistake?.message).toBe('Map keys must be unique');
  expect(positionOf(mistake?.pos[0] ?? 0)).toEqual(at);
});

test.each([
  { name: 'keys', text: Array.from({ length: 40_000 }, (_, key) => `k${key}: {a: 1}\n`).join('') },
  { name: 'items', text: `[${'a,'.repeat(100_000)}]` },
  { name: 'blanks and brackets', text: `a: [${'[], '.repeat(60_000)}]\n` },
])('does not read more than a parser reads in a second: $name', ({ text }) => {
  const { documents, mistake } = readYamlDocuments(text);
  expect(documents).toEqual([]);
  expect(mistake?.problem).toBe('more than 100000 words and marks are in it');
});

test('reads a text of many lines', () => {
  const text = `data:\n  text: |\n${'    a: [b, c]\n'.repeat(70_000)}`;
  expect(readYamlDocuments(text).mistake).toBeUndefined();
});

test('reads maps with ten thousand keys', () => {
  const text = Array.from({ length: 10_000 }, (_, key) => `key-${key}: 1\n`).join('');
  expect(readYamlDocuments(text).documents.flatMap(({ errors }) => errors)).toEqual([]);
});

/** So many maps, each in the one before. */
function steps(count: number): string {
  return Array.from({ length: count }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
}
