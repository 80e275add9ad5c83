import { createRequire } from 'node:module';
import Ajv from 'ajv-draft-04';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { type RulePages, sarifLog } from '../../../src/cli/report/sarif.js';
import type { Diagnostic } from '../../../src/diagnostic/diagnostic.js';
import { homepage } from '../../../src/diagnostic/help-uri.js';
import { inFile, nowhere } from '../../../src/diagnostic/place.js';
import { ruleIds } from '../../../src/diagnostic/rules.js';
import { readPage } from '../../rules/pages.js';

// The schema of OASIS, as this package has it from schemastore.org.
const schema = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(schema);

const checked = { root: '/srv/new root', image: null };
const found: Diagnostic = {
  rule: 'image-missing',
  severity: 'error',
  message: 'no image',
  hint: 'name one',
  ...inFile('/usr/lib/ü b/x#.image'),
  line: 3,
  column: 7,
  excerpt: null,
};

const pages: RulePages = { 'image-missing': readPage('image-missing') };

function runOf(
  diagnostics: readonly Diagnostic[],
  of: Parameters<typeof sarifLog>[0] = checked,
  workingDirectory = '/srv',
  texts = pages,
) {
  const log = sarifLog(of, diagnostics, { version: '1.2.3', workingDirectory, pages: texts });
  expect(validate(log), ajv.errorsText(validate.errors)).toBe(true);
  const [run] = log.runs;
  if (run === undefined) throw new Error('there is no run');
  return run;
}

function resultOf(diagnostic: Diagnostic) {
  const [result] = runOf([diagnostic]).results ?? [];
  if (result === undefined) throw new Error('there is no result');
  return result;
}

function fingerprintsOf(...diagnostics: readonly Diagnostic[]) {
  return runOf(diagnostics).results?.map(
    ({ partialFingerprints }) => partialFingerprints?.['ruleFileLine/v1'],
  );
}

test('a log is what the schema of SARIF 2.1.0 wants, whatever the rule', () => {
  const all = ruleIds.map((rule) => ({ ...found, rule }));
  expect(runOf(all).results).toHaveLength(ruleIds.length);
  expect(runOf([])).toMatchObject({ results: [], tool: { driver: { rules: [] } } });
});

test('the schema refuses what is none', () => {
  expect(validate({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false);
});

test('a run says what found it, by which rules, and where it looked', () => {
  const leftover = { ...found, rule: 'entry-leftover' } as const;
  const { tool, originalUriBaseIds, columnKind } = runOf([found, leftover, found]);
  const page = `${homepage}/blob/main/contrib/docs/rules`;
  expect({ originalUriBaseIds, columnKind }).toEqual({
    originalUriBaseIds: { '%SRCROOT%': { uri: 'file:///srv/' } },
    columnKind: 'utf16CodeUnits',
  });
  expect(tool.driver).toMatchObject({
    name: 'bound-images',
    version: '1.2.3',
    informationUri: homepage,
    rules: [
      {
        id: 'entry-leftover',
        shortDescription: { text: 'Entry leftover' },
        helpUri: `${page}/entry-leftover.md`,
        defaultConfiguration: { level: 'warning' },
      },
      {
        id: 'image-missing',
        shortDescription: { text: 'Image missing' },
        helpUri: `${page}/image-missing.md`,
        defaultConfiguration: { level: 'error' },
      },
    ],
  });
});

test('the home page is that of the package', () => {
  expect(packageJson.homepage).toBe(homepage);
});

describe('readers take for a file of the repository', () => {
  const uriBaseId = '%SRCROOT%';

  test.each([
    {
      name: 'what lies below the working directory',
      root: '/srv/repo/a%b',
      location: { uri: 'a%25b/a', uriBaseId },
    },
    { name: 'what lies in it', root: '/srv/repo', location: { uri: 'a', uriBaseId } },
    { name: 'no other file', root: '/', location: { uri: 'file:///a' } },
    { name: 'no file beside it', root: '/srv/repository', location: { uri: 'file:///srv/repository/a' } },
  ])('$name', ({ root, location }) => {
    const { results } = runOf([{ ...found, ...inFile('/a') }], { root, image: null }, '/srv/repo');
    expect(results?.[0]?.locations).toMatchObject([{ physicalLocation: { artifactLocation: location } }]);
  });

  test.each([
    {
      name: 'no file of an image',
      image: 'quay.io/x/os:1',
      file: '/usr/a b',
      uri: 'containers-storage:quay.io/x/os:1!/usr/a%20b',
    },
    {
      name: 'no file of an archive',
      image: 'oci-archive:out/my os.tar',
      file: '/a',
      uri: 'oci-archive:out/my%20os.tar!/a',
    },
    { name: 'no image', image: 'quay.io/x/os:1', file: null, uri: 'containers-storage:quay.io/x/os:1' },
  ])('$name', ({ image, file, uri }) => {
    const { results } = runOf([{ ...found, file }], { root: null, image });
    expect(results?.[0]?.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri }, region: { startLine: 3, startColumn: 7 } } },
    ]);
  });
});

describe('a rule', () => {
  test('carries the text of its page, with links that lead there from anywhere', () => {
    const [rule] = runOf([found]).tool.driver.rules ?? [];
    const page = readPage('image-missing');
    const [, what = ''] = /## What\n\n(.*?)\n\n/s.exec(page) ?? [];
    expect(rule?.fullDescription?.text).toContain(what.replaceAll('\n', ' ').split(' A misspelt')[0]);
    expect(rule?.help?.markdown).toContain(page.slice(page.indexOf('## Why'), page.indexOf('## Source')));
    expect(rule?.help?.text).toBe(rule?.help?.markdown);
  });

  test.each(ruleIds)('has no link that leads nowhere: %s', (rule) => {
    const run = runOf([{ ...found, rule }], checked, '/srv', { [rule]: readPage(rule) });
    const markdown = run.tool.driver.rules?.[0]?.help?.markdown ?? '';
    expect(markdown).toContain('## Good');
    // GitHub takes no more.
    expect(run.tool.driver.rules?.[0]?.fullDescription?.text.length).toBeLessThan(1024);
    const targets = [...markdown.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target);
    for (const target of targets) expect(target).toMatch(/^https:\/\/[^.]+\.[^.].*$/);
    for (const target of targets) expect(target).not.toContain('..');
  });
});

describe('a result', () => {
  test('has its rule, its sentences and its place', () => {
    const { partialFingerprints, ...result } = resultOf(found);
    expect(result).toEqual({
      ruleId: 'image-missing',
      ruleIndex: 0,
      level: 'error',
      message: { text: 'no image\nhint: name one' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'new%20root/usr/lib/%C3%BC%20b/x%23.image', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3, startColumn: 7 },
          },
        },
      ],
    });
    expect(Object.keys(partialFingerprints ?? {})).toEqual(['ruleFileLine/v1']);
  });

  test.each([
    { name: 'no column', at: { ...inFile('/a'), line: 2 }, location: { region: { startLine: 2 } } },
    { name: 'no line', at: inFile('/a'), location: {} },
  ])('has no more of a place than is known: $name', ({ at, location }) => {
    expect(resultOf({ ...found, ...at }).locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'new%20root/a', uriBaseId: '%SRCROOT%' }, ...location },
      },
    ]);
  });

  test('of no file is one of the root', () => {
    expect(resultOf({ ...found, ...nowhere }).locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'new%20root', uriBaseId: '%SRCROOT%' } } },
    ]);
  });

  test('is as bad as it was judged to be', () => {
    const levels = (['error', 'warning', 'info'] as const).map(
      (severity) => resultOf({ ...found, severity }).level,
    );
    expect(levels).toEqual(['error', 'warning', 'note']);
  });

  test('has no placeholder and no link in its text', () => {
    const { message } = resultOf({ ...found, message: 'a {0} [b](https://c)', hint: null });
    expect(message.text).toBe('a {{0}} [b] (https://c)');
  });
});

describe('a fingerprint', () => {
  const framed = { ...found, excerpt: '2 | [Image]\n3 | Image=a\n  |       ^' };
  const [same] = fingerprintsOf(framed) ?? [];

  test.each([
    { name: 'the line is elsewhere', change: { line: 99, excerpt: '98 | x\n99 | Image=a\n   |       ^' } },
    { name: 'another column is meant', change: { column: 1 } },
    { name: 'the sentences are others', change: { message: 'y', hint: null } },
    { name: 'it counts as another severity', change: { severity: 'warning' } as const },
  ])('stays when $name', ({ change }) => {
    expect(fingerprintsOf({ ...framed, ...change })).toEqual([same]);
  });

  test.each([
    { name: 'the line says another thing', change: { excerpt: '3 | Image=b' } },
    { name: 'it is another file', change: { file: '/b' } },
    { name: 'it is another rule', change: { rule: 'image-empty' } as const },
  ])('is another when $name', ({ change }) => {
    expect(fingerprintsOf({ ...framed, ...change })).not.toEqual([same]);
  });

  test('tells apart what else is the same', () => {
    expect(fingerprintsOf(framed, framed)).toEqual([same, same?.replace(/:1$/, ':2')]);
  });

  test('is made of the message where no line is shown', () => {
    const [one, other] = fingerprintsOf(found, { ...found, message: 'y' }) ?? [];
    expect(one).not.toBe(other);
  });
});
