import { describe, expect, test } from 'vitest';
import { judge } from '../../src/check/judge.js';
import { unboundImages } from '../../src/check/services/unbound-images.js';
import { defaultSettings, type Level } from '../../src/check/settings.js';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import type { RuleId } from '../../src/diagnostic/rules.js';
import { resolve } from '../../src/resolve/resolve.js';
import { scan } from '../../src/scan/scan.js';
import { changed, digest } from '../rules/clean-root.js';
import { findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';

function judged(
  tree: TreeSpec,
  { levels = [], unbound = false }: { levels?: readonly [RuleId, Level][]; unbound?: boolean } = {},
): readonly Diagnostic[] {
  const roots = makeRoots(tree);
  const scanned = scan(roots.newRoot);
  const resolved = resolve(scanned.images, roots);
  const subject = { ...scanned, roots, images: resolved.images };
  const found = [...scanned.diagnostics, ...resolved.diagnostics, ...(unbound ? unboundImages(subject) : [])];
  return judge(found, { ...defaultSettings, levels: new Map(levels) }, subject);
}

const dropIn = 'usr/lib/bound-images.d/agent.toml';
const unit = 'usr/share/containers/systemd/web.container';
const store = 'GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage';

function withDropIn(text: string): TreeSpec {
  return changed({ [dropIn]: text });
}

function withUnit(lines: readonly string[]): TreeSpec {
  return changed({ [unit]: [...lines, store, ''].join('\n') });
}

describe('a comment in Kubernetes YAML', () => {
  const yaml = 'usr/share/containers/systemd/till.yaml';
  const withYaml = (...lines: readonly string[]) =>
    judged(
      changed({
        'usr/lib/bound-images.d/till.kube': symlink('/usr/share/containers/systemd/till.kube'),
        'usr/share/containers/systemd/till.kube': '[Kube]\nYaml=till.yaml\n',
        [yaml]: ['kind: Pod', 'spec:', '  containers:', ...lines, ''].join('\n'),
      }),
    ).map(findingText);
  const comment = '# bound-images: ignore reference-short: ours';

  test.each([
    { name: 'above the line', lines: [`    ${comment}`, `    - image: till@${digest}`] },
    { name: 'behind the value', lines: [`    - image: till@${digest} ${comment}`] },
  ])('$name suppresses a finding', ({ lines }) => {
    expect(withYaml(...lines)).toEqual([]);
  });

  test('that suppresses nothing is unused', () => {
    expect(withYaml(`    ${comment}`, `    - image: quay.io/shop/till@${digest}`)).toEqual([
      `suppression-unused /${yaml}:4:28`,
    ]);
  });

  test('is not called unused where the file cannot be read', () => {
    expect(withYaml(`    ${comment}`, `    - image: "till@${digest}`)).toEqual([
      expect.stringMatching('kube-yaml-unusable'),
    ]);
  });
});

describe('a comment in a drop-in', () => {
  test.each([
    {
      name: 'above the line',
      text: `# bound-images: ignore reference-short: ours\nimages = ["web@${digest}"]`,
    },
    {
      name: 'behind the value',
      text: `images = ["web@${digest}"] # bound-images: ignore reference-short: ours`,
    },
    {
      name: 'behind one of several',
      text: `images = [\n  "web@${digest}", # bound-images: ignore reference-short: ours\n]`,
    },
    {
      name: 'far above the line',
      text: `# bound-images: ignore reference-short: ours\n\n# more\nimages = ["web@${digest}"]`,
    },
    {
      name: 'above an error',
      text: `# bound-images: ignore specifier: for a newer version\nimages = ["quay.io/%x/web@${digest}"]`,
    },
  ])('suppresses what is found in the line: $name', ({ text }) => {
    expect(judged(withDropIn(text))).toEqual([]);
  });

  test('suppresses nothing in other lines, and is unused', () => {
    const text = `# bound-images: ignore reference-short: ours\nimages = [\n  "web@${digest}",\n]`;
    expect(judged(withDropIn(text)).map(findingText)).toEqual([
      `suppression-unused /${dropIn}:1:24`,
      `reference-short /${dropIn}:3:4`,
    ]);
  });

  test('suppresses no other rule', () => {
    const text = `images = ["web@${digest}"] # bound-images: ignore specifier: ours`;
    expect(judged(withDropIn(text)).map(findingText)).toEqual([
      `reference-short /${dropIn}:1:12`,
      `suppression-unused /${dropIn}:1:113`,
    ]);
  });

  test('suppresses what is found in the file as a whole, wherever it stands', () => {
    const text = `images = ["quay.io/example/agent@${digest}"]\n# bound-images: ignore entry-in-bootc-directory: rpm-ostree\n`;
    expect(judged(changed({ 'usr/lib/bootc/bound-images.d/agent.toml': text }))).toEqual([]);
  });

  test('suppresses no syntax error, and is not called unused in such a file', () => {
    const text = '# bound-images: ignore toml-syntax, specifier: ours\nimages = [';
    expect(judged(withDropIn(text)).map(({ rule }) => rule)).toEqual(['toml-syntax']);
  });
});

describe('a comment in a unit', () => {
  test.each([
    {
      name: 'above the line',
      lines: ['# bound-images: ignore reference-short: ours', `Image=web@${digest}`],
    },
    {
      name: 'with a semicolon',
      lines: ['; bound-images: ignore reference-short: ours', `Image=web@${digest}`],
    },
    {
      name: 'above a line that goes on, for a value in its second half',
      lines: ['# bound-images: ignore reference-short: ours', 'Image=\\', `  web@${digest}`],
    },
    {
      name: 'inside a line that goes on',
      lines: ['Image=\\', '# bound-images: ignore reference-short: ours', `  web@${digest}`],
    },
    {
      name: 'twice about one line',
      lines: [
        '# bound-images: ignore reference-short: ours',
        '# bound-images: ignore reference-short: mine',
        `Image=web@${digest}`,
      ],
    },
  ])('suppresses what is found in the line: $name', ({ lines }) => {
    expect(judged(withUnit(['[Container]', ...lines]))).toEqual([]);
  });

  test('is none at the end of a value', () => {
    const lines = [
      '[Container]',
      `Image=quay.io/example/web@${digest}`,
      'Pull=always # bound-images: ignore x: y',
    ];
    expect(judged(withUnit(lines)).map(({ rule }) => rule)).toEqual(['pull-policy-unknown']);
  });

  test('suppresses nothing in a unit that quadlet cannot read, and is not called unused there', () => {
    const lines = ['[Container]', '# bound-images: ignore unit-syntax, reference-short: ours', 'Image'];
    const rules = judged(withUnit(lines)).map(({ rule, file }) => `${rule} ${file}`);
    expect(rules).toContain(`unit-syntax /${unit}`);
    expect(rules.filter((text) => text.startsWith('suppression'))).toEqual([]);
  });

  test('counts in a unit whose directory is lost, and is not called unused there', () => {
    const lines = [
      '[Container]',
      '# bound-images: ignore unit-lost-continuation: ours',
      '# bound-images: ignore reference-floating: ours',
      'Image=quay.io/example/web:1',
      store,
      '# bound-images: ignore unit-unknown-key: ours',
      'Retries=3',
      '',
    ];
    const broken = { 'usr/share/containers/systemd/old.container': 'nonsense' };
    const found = judged({ ...changed({ [unit]: lines.join('\n') }), ...broken });
    expect(found.filter(({ file }) => file === `/${unit}`).map(({ rule }) => rule)).toEqual([
      'unit-directory-poisoned',
    ]);
  });

  test('suppresses what is found of the unit through a link to it', () => {
    const elsewhere = {
      'usr/lib/bootc/bound-images.d/web.container': symlink('/opt/web.container'),
      'opt/web.container': `[Container]\n# bound-images: ignore unit-outside-search-path: started by hand\nImage=quay.io/example/web@${digest}\n${store}\n`,
      [unit]: null,
    };
    expect(judged(changed(elsewhere))).toEqual([]);
  });

  test('suppresses in a drop-in of the unit what is found there', () => {
    const tree = changed({
      [`${unit}.d/10.conf`]: `[Container]\n# bound-images: ignore pulled-at-boot: wanted\nPull=always\n`,
    });
    expect(judged(tree)).toEqual([]);
  });
});

describe('a comment that suppresses nothing', () => {
  const comment = '# bound-images: ignore reference-short: ours';

  test.each([
    { name: 'a drop-in', path: dropIn, text: `${comment}\nimages = ["quay.io/example/agent@${digest}"]` },
    {
      name: 'a unit',
      path: unit,
      text: `${comment}\n[Container]\nImage=quay.io/example/web@${digest}\n${store}`,
    },
    { name: 'a drop-in of a unit', path: `${unit}.d/10.conf`, text: `${comment}\n[Container]\n` },
    {
      name: 'a drop-in of all units',
      path: 'usr/share/containers/systemd/container.d/1.conf',
      text: comment,
    },
    {
      name: 'an .image unit that a container names',
      path: 'usr/share/containers/systemd/db.image',
      text: `${comment}\n[Image]\nImage=quay.io/example/db@${digest}\nPolicy=missing`,
    },
  ])('is found in $name', ({ path, text }) => {
    const image = 'usr/lib/bootc/bound-images.d/db.image';
    const container = 'usr/lib/bootc/bound-images.d/db.container';
    const link = symlink('/usr/share/containers/systemd/db.container');
    const found = judged(changed({ [image]: null, [container]: link, [path]: text }));
    expect(found.map(findingText)).toEqual([`suppression-unused /${path}:1:24`]);
  });

  test('is not looked for in a unit that nothing binds', () => {
    const text = `${comment}\n[Container]\nImage=quay.io/example/other@${digest}`;
    expect(judged(changed({ 'usr/share/containers/systemd/other.container': text }))).toEqual([]);
  });

  test('is found once where two entries lead to one unit', () => {
    const text = `${comment}\n[Container]\nImage=quay.io/example/web@${digest}\n${store}`;
    const again = symlink('/usr/share/containers/systemd/web.container');
    const found = judged(changed({ [unit]: text, 'usr/lib/bound-images.d/web.container': again }));
    expect(found.map(findingText)).toEqual([`suppression-unused /${unit}:1:24`]);
  });

  test('is not found where the rule was not asked for', () => {
    const text = `[Container]\n# bound-images: ignore image-unbound: floats\nImage=quay.io/example/web@${digest}`;
    const tree = changed({
      'usr/share/containers/systemd/other.container': text.replace('/web@', '/other@'),
    });
    expect(judged(tree)).toEqual([]);
    expect(judged(tree, { unbound: true })).toEqual([]);
    expect(judged(changed({ [unit]: `${text}\n${store}` }))).toEqual([]);
  });

  test('is not found where the root is too small for the rule', () => {
    const text = `# bound-images: ignore reference-short, short-name-unresolved: ours\nimages = ["web@${digest}"]`;
    expect(judged(withDropIn(text))).toEqual([]);
    const whole = judged(changed({ [dropIn]: text, 'usr/bin/podman': '' })).map(({ rule }) => rule);
    expect(whole.filter((rule) => /^suppression|^short/.test(rule))).toEqual([]);
  });

  test('is not found where the rule is off, and finds something', () => {
    const text = `${comment}\nimages = ["web@${digest}"]`;
    expect(judged(withDropIn(text), { levels: [['reference-short', 'off']] })).toEqual([]);
  });
});

describe('the level of a rule', () => {
  const tree = withDropIn(`images = ["web@${digest}"]\nauthfil = "/x"`);

  test.each([
    { levels: [], expected: ['warning reference-short', 'error toml-unknown-key'] },
    { levels: [['reference-short', 'error']], expected: ['error reference-short', 'error toml-unknown-key'] },
    {
      levels: [['toml-unknown-key', 'warning']],
      expected: ['warning reference-short', 'warning toml-unknown-key'],
    },
    { levels: [['toml-unknown-key', 'off']], expected: ['warning reference-short'] },
  ] satisfies { levels: [RuleId, Level][]; expected: string[] }[])(
    'is its severity, and off is none: $levels',
    ({ levels, expected }) => {
      const found = judged(tree, { levels });
      expect(found.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(expected);
    },
  );

  test('counts for comments, too', () => {
    const unused = withDropIn(`# bound-images: ignore specifier: x\nimages = ["quay.io/a/b@${digest}"]`);
    expect(
      judged(unused, { levels: [['suppression-unused', 'error']] }).map(({ severity }) => severity),
    ).toEqual(['error']);
    expect(judged(unused, { levels: [['suppression-unused', 'off']] })).toEqual([]);
  });
});

describe('the order of findings', () => {
  const finding = (
    file: string | null,
    line: number | null,
    column: number | null,
    rule: RuleId,
  ): Diagnostic => ({
    ...{ rule, entry: null, file, line, column, severity: 'warning', message: '', hint: null, excerpt: null },
  });

  test('is that of file, line, column and rule, what has none first', () => {
    const ordered = [
      finding(null, null, null, 'not-proved'),
      finding('/a', null, null, 'specifier'),
      finding('/a', 2, null, 'specifier'),
      finding('/a', 2, 9, 'reference-short'),
      finding('/a', 2, 9, 'specifier'),
      finding('/a', 2, 10, 'reference-short'),
      finding('/a', 10, 1, 'reference-short'),
      finding('/b', 1, 1, 'reference-short'),
    ];
    const roots = makeRoots({});
    const subject = { ...scan(roots.newRoot), roots, images: [] };
    expect(judge(ordered.toReversed(), defaultSettings, subject)).toEqual(ordered);
  });
});
