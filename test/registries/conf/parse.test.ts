import { expect, test } from 'vitest';
import { rootPath } from '../../../src/model/path.js';
import { parseRegistriesFile } from '../../../src/registries/conf/parse.js';

function parse(text: string, version?: string, isDropIn = false) {
  const path = rootPath('/etc/containers/registries.conf');
  return parseRegistriesFile({ path, ok: true, bytes: Buffer.from(text) }, isDropIn, version);
}

function isValid(text: string, version: string, isDropIn = false): boolean {
  return parse(text, version, isDropIn).diagnostics.every(({ severity }) => severity !== 'error');
}

const empty = '[registries.search]\nregistries=[]\n';
const old = "[registries.block]\nregistries=['a.io']\n";
const table = '[[registry]]\nlocation="a.io"\n';

test.each<{ name: string; text: string; isDropIn?: boolean; valid: readonly string[] }>([
  { name: 'the old format', text: old, valid: ['4.3.1', '4.4.0', '5.8.6'] },
  { name: 'the old format in a drop-in', text: old, isDropIn: true, valid: [] },
  { name: 'both formats', text: `${old}${table}`, valid: [] },
  { name: 'an empty list of the old format beside the new one', text: `${empty}${table}`, valid: ['4.3.1'] },
  {
    name: 'an empty list of the new format beside the old one',
    text: `unqualified-search-registries=[]\n${old}`,
    valid: ['4.3.1'],
  },
  {
    name: 'an empty text beside the old format',
    text: `short-name-mode=""\n${old}`,
    valid: ['4.3.1', '4.4.0', '5.8.6'],
  },
  { name: 'a URL in the old format', text: "[registries.block]\nregistries=['https://a.io']\n", valid: [] },
  { name: 'a prefix of slashes', text: `${table}prefix="/"\n`, valid: ['4.3.1', '4.4.0', '5.8.6', '6.1.0'] },
])('$name', ({ text, isDropIn, valid }) => {
  const versions = ['4.3.1', '4.4.0', '5.8.6', '6.1.0'];
  expect(versions.filter((version) => isValid(text, version, isDropIn))).toEqual(valid);
});

test('the old format blocks and makes insecure', () => {
  const text =
    "[registries.insecure]\nregistries=['a.io', 'b.io/']\n[registries.block]\nregistries=['b.io']\n";
  expect(
    parse(text).registries.map(({ prefix, insecure, blocked }) => [prefix, insecure?.line, blocked?.line]),
  ).toEqual([
    ['b.io', 2, 4],
    ['a.io', 2, undefined],
  ]);
});

test('a slash at the end of a mirror stays before podman 5.5', () => {
  const text = `${table}[[registry.mirror]]\nlocation="m.io/"\n`;
  const mirrorOf = (version: string) => parse(text, version).registries[0]?.mirrors[0]?.location;
  expect([mirrorOf('5.4.2'), mirrorOf('5.5.0')]).toEqual(['m.io/', 'm.io']);
});

test('a prefix of slashes is none', () => {
  expect(parse(`${table}prefix="/"\n`).registries[0]?.prefix).toBe('');
});
