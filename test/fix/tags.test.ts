import { describe, expect, test } from 'vitest';
import { editedRoot } from '../../src/fix/edited-root.js';
import { tagComment } from '../../src/fix/tag-comment.js';
import { checkRoots } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';
import { afterText, digest, findingText, fixRoots, fixTree, keepsNothing } from './fix-tree.js';

const units = 'usr/share/containers/systemd';
const bootcs = 'usr/lib/bootc/bound-images.d';
const own = 'usr/lib/bound-images.d';
const old = `sha256:${'9'.repeat(64)}`;
const app = 'quay.io/shop/app';
const comment = (tag: string, name = app) =>
  `# renovate: datasource=docker depName=${name} currentValue=${tag}`;

const bootcsApp = (text: string): TreeSpec => ({
  [`${bootcs}/app.container`]: symlink(`/${units}/app.container`),
  [`${units}/app.container`]: text,
});

test('the comment is one that renovate reads', () => {
  expect(tagComment(app, '1')).toBe(comment('1'));
});

interface Row {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

describe('a fix of a unit that bootc reads, too,', () => {
  test.each<Row>([
    {
      name: 'keeps the tag in a comment',
      before: `[Container]\nImage=${app}:1\nExec=a\n`,
      after: `[Container]\n${comment('1')}\nImage=${app}@${digest}\nExec=a\n`,
    },
    {
      name: 'writes the tag that podman takes where there is none',
      before: `[Container]\nImage=${app}`,
      after: `[Container]\n${comment('latest')}\nImage=${app}@${digest}`,
    },
    {
      name: 'moves a tag before a digest into a comment',
      before: `[Container]\nImage=${app}:1@${old}\n`,
      after: `[Container]\n${comment('1')}\nImage=${app}@${old}\n`,
    },
    {
      name: 'changes the comment that is there',
      before: `[Container]\n${comment('1')}\n# the app\nImage=${app}:2\n`,
      after: `[Container]\n${comment('2')}\n# the app\nImage=${app}@${digest}\n`,
    },
    {
      name: 'leaves the comment about another image',
      before: `[Container]\n${comment('1', 'quay.io/shop/db')}\nImage=${app}:2\n`,
      after: `[Container]\n${comment('1', 'quay.io/shop/db')}\n${comment('2')}\nImage=${app}@${digest}\n`,
    },
    {
      name: 'keeps CRLF',
      before: `[Container]\r\nImage=${app}:1`,
      after: `[Container]\r\n${comment('1')}\r\nImage=${app}@${digest}`,
    },
    {
      name: 'puts the comment before all lines of a value',
      before: `[Container]\nImage=\\\n${app}\\\n:1\nExec=a\n`,
      after: `[Container]\n${comment('1')}\nImage=\\\n${app}\\\n@${digest}\nExec=a\n`,
    },
    {
      name: 'keeps the tag of what bootc does not read before the digest',
      before: `[Container]\nImage=${app}:1\nMount=type=image,source=quay.io/shop/data:3,destination=/a\n`,
      after: `[Container]\n${comment('1')}\nImage=${app}@${digest}\nMount=type=image,source=quay.io/shop/data:3@${digest},destination=/a\n`,
    },
  ])('$name', ({ before, after }) => {
    const plan = fixTree(bootcsApp(before));
    expect(afterText(plan)).toEqual({ [`${units}/app.container`]: after });
  });

  test('writes the whole name in the comment, and both forms where both read the image', () => {
    const plan = fixTree({
      ...bootcsApp('[Container]\nImage=docker.io/nginx:1\n'),
      [`${own}/app.toml`]: 'images = ["docker.io/nginx:1"]\n',
    });
    expect(afterText(plan)).toEqual({
      [`${units}/app.container`]: `[Container]\n${comment('1', 'docker.io/library/nginx')}\nImage=docker.io/library/nginx@${digest}\n`,
      [`${own}/app.toml`]: `images = ["docker.io/library/nginx:1@${digest}"]\n`,
    });
  });

  test('leaves a tag before a digest that its author keeps', () => {
    const plan = fixTree(bootcsApp(`[Container]\nImage=${app}:1@${old}\n`), { keeps: () => true });
    expect(plan.files).toEqual([]);
  });
});

describe('an update', () => {
  test.each<Row & { readonly file: string; readonly entry?: TreeSpec }>([
    {
      name: 'moves a digest behind its tag',
      file: `${own}/app.toml`,
      before: `images = ["${app}:1@${old}"]\n`,
      after: `images = ["${app}:1@${digest}"]\n`,
    },
    {
      name: 'moves a digest whose tag a comment names',
      file: `${units}/app.container`,
      entry: { [`${bootcs}/app.container`]: symlink(`/${units}/app.container`) },
      before: `[Container]\n${comment('1')}\nImage=${app}@${old}\n`,
      after: `[Container]\n${comment('1')}\nImage=${app}@${digest}\n`,
    },
    {
      name: 'keeps the form of a drop-in with such a comment',
      file: `${own}/app.toml`,
      before: `images = [\n${comment('1')}\n"${app}@${old}"]\n`,
      after: `images = [\n${comment('1')}\n"${app}@${digest}"]\n`,
    },
    {
      name: 'pins what has no digest yet',
      file: `${own}/app.toml`,
      before: `images = ["${app}:1"]\n`,
      after: `images = ["${app}:1@${digest}"]\n`,
    },
  ])('$name', ({ file, entry = {}, before, after }) => {
    const plan = fixTree({ ...entry, [file]: before }, { update: true });
    expect(afterText(plan)).toEqual({ [file]: after });
    expect(plan.diagnostics).toEqual([]);
  });

  test('is for those who ask for it', () => {
    expect(fixTree({ [`${own}/app.toml`]: `images = ["${app}:1@${old}"]\n` }).files).toEqual([]);
  });

  test('moves the image in all places, each in its form', () => {
    const plan = fixTree(
      {
        ...bootcsApp(`[Container]\n${comment('1')}\nImage=${app}@${old}\n`),
        [`${units}/other.container`]: `[Container]\nImage=${app}@${old}\n`,
        [`${units}/third.container`]: `[Container]\nImage=${app}:1@${old}\n`,
      },
      { update: true },
    );
    expect(afterText(plan)).toEqual({
      [`${units}/app.container`]: `[Container]\n${comment('1')}\nImage=${app}@${digest}\n`,
      [`${units}/other.container`]: `[Container]\nImage=${app}@${digest}\n`,
      [`${units}/third.container`]: `[Container]\nImage=${app}:1@${digest}\n`,
    });
  });

  test.each([
    {
      name: 'without a tag',
      text: `images = ["${app}@${old}"]\n`,
      problem: 'no tag stands before its digest, or in a comment',
    },
    {
      name: 'whose comment is about another image',
      text: `${comment('1', 'quay.io/shop/db')}\nimages = ["${app}@${old}"]\n`,
      problem: 'no tag stands before its digest, or in a comment',
    },
  ])('says what it leaves: a digest $name', ({ text, problem }) => {
    const { files, diagnostics } = fixTree({ [`${own}/app.toml`]: text }, { update: true });
    expect(files).toEqual([]);
    expect(diagnostics.map(({ message }) => message)).toEqual([`“${app}@${old}” stays as it is: ${problem}`]);
  });

  test('says what it leaves: a digest to which two places give different tags', () => {
    const { files, diagnostics } = fixTree(
      {
        [`${own}/a.toml`]: `images = ["${app}:1@${old}"]\n`,
        [`${own}/b.toml`]: `images = ["${app}:2@${old}"]\n`,
      },
      { update: true },
    );
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      `reference-not-fixed /${own}/a.toml:1:11 “${app}:1@${old}” stays as it is: its places name different tags: 1, 2`,
    ]);
  });
});

test('nothing is to be said of references that a fix has written, or by another fix', () => {
  const roots = makeRoots({
    ...bootcsApp(`[Container]\nImage=docker.io/nginx:1\n`),
    [`${bootcs}/db.image`]: symlink(`/${units}/db.image`),
    [`${units}/db.image`]: `[Image]\nImage=quay.io/shop/db:16@${digest}\n`,
    [`${own}/logs.toml`]: 'images = ["quay.io/shop/logs", "quay.io/shop/agent:2"]\n',
    [`${own}/web.container`]: symlink(`/${units}/web.container`),
    [`${units}/web.container`]: `[Container]\nImage=quay.io/shop/web:3\n`,
  });
  const { files } = fixRoots(roots, 'answers');
  expect(files).toHaveLength(4);
  const fixed = { ...roots, newRoot: editedRoot(roots.newRoot, files) };
  const rules = checkRoots(fixed).map(({ rule }) => rule);
  expect(rules.filter((rule) => rule.startsWith('reference-'))).toEqual([]);
  expect(fixRoots(fixed, 'answers', keepsNothing, true).files).toEqual([]);
});
