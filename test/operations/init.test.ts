import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initJson as print } from '../../src/cli/report/init.js';
import { check, init } from '../../src/index.js';
import { init as initOperation } from '../../src/operations/init.js';
import { validated } from '../support/schemas.js';
import { dir, makeTree, symlink, type TreeSpec } from '../support/tree.js';

const units = 'usr/share/containers/systemd';
const entries = 'usr/lib/bound-images.d';
const currentRoot = null;
const initJson = validated('init', print);

function container(image: string, ...lines: readonly string[]): string {
  return ['[Container]', `Image=${image}`, ...lines, ''].join('\n');
}

/** `LINK -> TARGET: IMAGES` of what was made, and `UNIT: REASON` of what was left. */
async function made(tree: TreeSpec) {
  const root = makeTree(tree);
  const result = await init({ root, currentRoot });
  initJson(result);
  for (const { path, target } of result.links) expect(readlinkSync(join(root, path))).toBe(target);
  return {
    root,
    links: result.links.map(({ path, target, images }) => `${path} -> ${target}: ${images.join(' ')}`),
    left: result.left.map(({ unit, reason }) => `${unit}: ${reason}`),
  };
}

/** What a link in the usual directory is to look like. */
const linked = (unit: string, ...images: readonly string[]) =>
  `/${entries}/${unit} -> /${units}/${unit}: ${images.join(' ')}`;

async function unboundIn(root: string): Promise<readonly string[]> {
  const { diagnostics } = await check({ root, currentRoot, unbound: true });
  return diagnostics.flatMap(({ rule, file }) => (rule === 'image-unbound' ? (file ?? '') : []));
}

describe('links are made', () => {
  test.each<{ name: string; tree: TreeSpec; links: readonly string[] }>([
    {
      name: 'to each unit that wants an image, where there is no directory for them',
      tree: {
        [`${units}/a.container`]: container('quay.io/a/a:1'),
        [`${units}/b.container`]: container('quay.io/a/b:1'),
      },
      links: [linked('a.container', 'quay.io/a/a:1'), linked('b.container', 'quay.io/a/b:1')],
    },
    {
      name: 'to an .image in place of the containers that run it',
      tree: {
        [`${units}/a.container`]: container('c.image'),
        [`${units}/b.container`]: container('c.image'),
        [`${units}/c.image`]: '[Image]\nImage=quay.io/a/c:1\n',
      },
      links: [linked('c.image', 'quay.io/a/c:1')],
    },
    {
      name: 'once for an image that several units want',
      tree: {
        [`${units}/a.container`]: container('quay.io/a/a:1'),
        [`${units}/b.container`]: container('quay.io/a/a:1'),
      },
      links: [linked('a.container', 'quay.io/a/a:1')],
    },
    {
      name: 'beside entries that are there',
      tree: {
        [`${entries}/a.container`]: symlink(`/${units}/a.container`),
        [`${units}/a.container`]: container('quay.io/a/a:1'),
        [`${units}/b.container`]: container('quay.io/a/b:1'),
      },
      links: [linked('b.container', 'quay.io/a/b:1')],
    },
    {
      name: 'for what a pod needs beside its containers',
      tree: {
        [`${units}/p.pod`]: '[Pod]\nPodmanArgs=--infra-image quay.io/a/infra:1\n',
        [`${units}/a.container`]: container('quay.io/a/a:1', 'Pod=p.pod'),
      },
      links: [linked('a.container', 'quay.io/a/a:1'), linked('p.pod', 'quay.io/a/infra:1')],
    },
    {
      name: 'not where a comment suppresses the finding',
      tree: {
        [`${units}/a.container`]: container('quay.io/a/a:1').replace(
          'Image=',
          '# bound-images: ignore image-unbound: it is pulled at boot on purpose\nImage=',
        ),
      },
      links: [],
    },
  ])('$name', async ({ tree, links }) => {
    const first = await made(tree);
    expect(first.links).toEqual(links);
    expect(first.left).toEqual([]);
    expect(await unboundIn(first.root)).toEqual([]);
    // A second run has nothing to do.
    expect(await init({ root: first.root, currentRoot })).toMatchObject({ links: [], made: false });
  });

  test('in the directory that is named', async () => {
    const root = makeTree({ [`${units}/a.container`]: container('quay.io/a/a:1') });
    const directory = '/usr/lib/bootc/bound-images.d';
    const { links } = await init({ root, currentRoot, dir: [directory as never] });
    expect(links.map(({ path }) => path)).toEqual([`${directory}/a.container`]);
    expect(readlinkSync(join(root, directory, 'a.container'))).toBe(`/${units}/a.container`);
  });

  test('through links that stay in the root, and not out of it', async () => {
    const outside = makeTree({ 'lib/': dir() });
    const root = makeTree({
      [`${units}/a.container`]: container('quay.io/a/a:1'),
      'usr/lib': symlink(`${outside}/lib`),
      'real/lib/': dir(),
    });
    await expect(init({ root, currentRoot })).rejects.toMatchObject({ code: 'usage' });
    expect(readdirSync(join(outside, 'lib'))).toEqual([]);
    const inside = makeTree({
      [`${units}/a.container`]: container('quay.io/a/a:1'),
      'usr/lib': symlink('/real/lib'),
      'real/lib/': dir(),
    });
    await init({ root: inside, currentRoot });
    expect(readdirSync(join(inside, 'real/lib/bound-images.d'))).toEqual(['a.container']);
  });
});

describe('no link is made', () => {
  test.each<{ name: string; tree: TreeSpec; left: readonly string[] }>([
    {
      name: 'to a unit that check would call wrong',
      tree: { [`${units}/a.container`]: container('localhost/a:1') },
      left: [`/${units}/a.container: invalid`],
    },
    {
      name: 'in the place of another entry',
      tree: {
        [`${entries}/a.container`]: symlink(`/${units}/b.container`),
        [`${units}/a.container`]: container('quay.io/a/a:1'),
        [`${units}/b.container`]: container('quay.io/a/b:1'),
      },
      left: [`/${units}/a.container: name-taken`],
    },
    {
      name: 'where somebody has masked the entry',
      tree: {
        [`${entries}/a.container`]: symlink(`/${units}/a.container`),
        'etc/bootc/bound-images.d/a.container': symlink('/dev/null'),
        [`${units}/a.container`]: container('quay.io/a/a:1'),
      },
      left: [`/${units}/a.container: masked`],
    },
    {
      name: 'where somebody has masked its name, before there is an entry',
      tree: {
        'etc/bootc/bound-images.d/a.container': symlink('/dev/null'),
        [`${units}/a.container`]: container('quay.io/a/a:1'),
      },
      left: [`/${units}/a.container: masked`],
    },
  ])('$name', async ({ tree, left }) => {
    const result = await made(tree);
    expect(result.links).toEqual([]);
    expect(result.left).toEqual(left);
  });

  test('without a yes, or in a dry run', async () => {
    const root = makeTree({ [`${units}/a.container`]: container('quay.io/a/a:1') });
    const asked: string[] = [];
    const confirm = async (links: readonly { path: string }[]) => {
      asked.push(...links.map(({ path }) => path));
      return false;
    };
    const refused = await initOperation({ root, currentRoot, dryRun: false }, { confirm });
    expect(refused).toMatchObject({ made: false, links: [{ images: ['quay.io/a/a:1'] }] });
    expect(asked).toEqual([`/${entries}/a.container`]);
    expect(await init({ root, currentRoot, dryRun: true })).toMatchObject({ made: false });
    expect(readdirSync(join(root, 'usr'))).toEqual(['share']);
  });

  test('over what has come meanwhile, and those before go again', async () => {
    const root = makeTree({
      [`${units}/a.container`]: container('quay.io/a/a:1'),
      [`${units}/b.container`]: container('quay.io/a/b:1'),
      [`${entries}/`]: dir(),
    });
    const confirm = async () => {
      writeFileSync(join(root, entries, 'b.container'), 'mine');
      return true;
    };
    await expect(initOperation({ root, currentRoot, dryRun: false }, { confirm })).rejects.toMatchObject({
      code: 'busy',
    });
    expect(readdirSync(join(root, entries))).toEqual(['b.container']);
    expect(readFileSync(join(root, entries, 'b.container'), 'utf8')).toBe('mine');
  });

  test('where a directory becomes a link meanwhile', async () => {
    const outside = makeTree({ 'empty/': dir() });
    const root = makeTree({
      [`${units}/a.container`]: container('quay.io/a/a:1'),
      [`${entries}/`]: dir(),
    });
    const confirm = async () => {
      renameSync(join(root, entries), join(root, 'usr/lib/moved'));
      symlinkSync(join(outside, 'empty'), join(root, entries));
      return true;
    };
    await expect(initOperation({ root, currentRoot, dryRun: false }, { confirm })).rejects.toMatchObject({
      code: 'usage',
    });
    expect(readdirSync(join(outside, 'empty'))).toEqual([]);
    expect(lstatSync(join(root, 'usr/lib/moved')).isDirectory()).toBe(true);
  });
});

test('a root without units is an error: it is the wrong directory', async () => {
  const root = makeTree({ 'usr/lib/os-release': 'ID=x\n' });
  await expect(init({ root, currentRoot })).rejects.toMatchObject({
    code: 'usage',
    message: `${root} has no units for quadlet`,
  });
});
