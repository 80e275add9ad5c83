import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRoots } from '../../src/root/open-roots.js';
import { scan } from '../../src/scan/scan.js';
import { afterText, digest, fixTree } from '../fix/fix-tree.js';
import { symlink } from '../support/tree-spec.js';

interface Manager {
  readonly customType: string;
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings: readonly string[];
  readonly datasourceTemplate?: string;
  readonly autoReplaceStringTemplate: string;
}

const preset = JSON.parse(readFileSync('contrib/renovate/default.json', 'utf8'));
const managers: readonly Manager[] = preset.customManagers;

/** What renovate knows of one image in a file. */
interface Dependency {
  readonly depName: string;
  readonly currentValue: string;
  readonly currentDigest: string;
  readonly replaceString: string;
  readonly manager: Manager;
}

/** A pattern between slashes is a regular expression. */
function isOf({ managerFilePatterns }: Manager, path: string): boolean {
  return managerFilePatterns.some((pattern) => new RegExp(pattern.replace(/^\/|\/$/g, '')).test(path));
}

function dependencies(path: string, text: string): readonly Dependency[] {
  return managers
    .filter((manager) => isOf(manager, path))
    .flatMap((manager) =>
      manager.matchStrings.flatMap((pattern) =>
        [...text.matchAll(new RegExp(pattern, 'g'))].map(({ 0: replaceString, groups }) => {
          const { datasource = undefined } = groups ?? {};
          expect(datasource ?? manager.datasourceTemplate).toBe('docker');
          const { depName = '', currentValue = '', currentDigest = '' } = groups ?? {};
          return { depName, currentValue, currentDigest, replaceString, manager };
        }),
      ),
    );
}

/** What renovate writes. */
function updated(text: string, dependency: Dependency, newValue: string, newDigest: string): string {
  const values = { ...dependency, newValue, newDigest };
  const written = dependency.manager.autoReplaceStringTemplate.replace(
    /\{\{\{(\w+)\}\}\}/g,
    (_, key: keyof typeof values) => String(values[key]),
  );
  return text.replace(dependency.replaceString, () => written);
}

const newDigest = `sha256:${'f'.repeat(64)}`;
const namesOf = (found: readonly Dependency[]) =>
  found.map(({ depName, currentValue, currentDigest }) => ({ depName, currentValue, currentDigest }));

/** The file with every image of it updated, each found again as it is then. */
function expectUpdates(path: string, text: string): void {
  const found = dependencies(path, text);
  let now = text;
  for (const dependency of found) now = updated(now, dependency, '99.1', newDigest);
  expect(namesOf(dependencies(path, now))).toEqual(
    found.map(({ depName }) => ({ depName, currentValue: '99.1', currentDigest: newDigest })),
  );
  expect(now.replaceAll(newDigest, '').split('\n')).toHaveLength(text.split('\n').length);
}

test('renovate runs the expressions: RE2 looks neither ahead nor behind, and refers to no group', () => {
  const patterns = managers.flatMap(({ matchStrings }) => matchStrings);
  expect(patterns).not.toEqual([]);
  for (const pattern of patterns) expect(pattern).not.toMatch(/\(\?(?:[=!]|<[=!])|\\[1-9k]/);
  expect(new Set(managers.map(({ customType }) => customType))).toEqual(new Set(['regex']));
});

describe('the good example', () => {
  const rootfs = join(import.meta.dirname, '../../contrib/examples/good/rootfs');
  const files = readdirSync(rootfs, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const found = files.flatMap((path) => dependencies(path, readFileSync(path, 'utf8')));

  test('has no bound image that the preset does not know, with its tag', () => {
    const opened = openRoots({ root: rootfs, currentRoot: null });
    if (!opened.ok) throw new Error('the example cannot be opened');
    const bound = scan(opened.newRoot).images.map(({ reference }) => reference.text);
    expect(bound).not.toEqual([]);
    const named = found.map(({ depName, currentDigest }) => `${depName}@${currentDigest}`);
    expect(named.toSorted()).toEqual(bound.map((text) => text.replace(/:[\w.-]+@/, '@')).toSorted());
    for (const { currentValue } of found) expect(currentValue).toMatch(/^\d[\d.]*$/);
  });

  test.each(files.map((path) => relative(rootfs, path)))('%s is updated', (name) => {
    expectUpdates(join(rootfs, name), readFileSync(join(rootfs, name), 'utf8'));
  });
});

test('the preset knows what a fix writes, and that is what check knows', () => {
  const units = 'usr/share/containers/systemd';
  const plan = fixTree({
    'usr/lib/bootc/bound-images.d/a.container': symlink(`/${units}/a.container`),
    [`${units}/a.container`]: '[Container]\nImage=docker.io/redis:7-alpine\nExec=a\n',
    'usr/lib/bootc/bound-images.d/b.image': symlink(`/${units}/b.image`),
    [`${units}/b.image`]: '[Image]\nImage=registry.example.com:5000/shop/b\n',
    'usr/lib/bound-images.d/c.toml': 'images = ["quay.io/shop/c:v1_2", "localhost:5000/shop/d:2"]\n',
  });
  const texts = afterText(plan);
  const found = Object.entries(texts).flatMap(([path, text]) => dependencies(path, text));
  expect(namesOf(found)).toEqual([
    { depName: 'quay.io/shop/c', currentValue: 'v1_2', currentDigest: digest },
    { depName: 'localhost:5000/shop/d', currentValue: '2', currentDigest: digest },
    { depName: 'docker.io/library/redis', currentValue: '7-alpine', currentDigest: digest },
    { depName: 'registry.example.com:5000/shop/b', currentValue: 'latest', currentDigest: digest },
  ]);
  for (const [path, text] of Object.entries(texts)) expectUpdates(path, text);
});

test('renovate’s own managers leave a digest whose tag they do not know', () => {
  const [rule] = preset.packageRules;
  expect(rule).toMatchObject({ matchManagers: ['quadlet'], enabled: false });
});
