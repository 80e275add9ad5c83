import { expect, test } from 'vitest';
import { checkOnline } from '../../../src/check/online.js';
import { tagComment, tagFinder } from '../../../src/fix/tag-comment.js';
import type { AskRegistry } from '../../../src/pull/ask-registry.js';
import { resolve } from '../../../src/resolve/resolve.js';
import { scan } from '../../../src/scan/scan.js';
import { manifestDigest } from '../../../src/tools/registry/manifest-digest.js';
import { findingText } from '../../support/check-roots.js';
import { foundText, noContent } from '../../support/found.js';
import { makeRoots } from '../../support/roots.js';
import { symlink, type TreeSpec } from '../../support/tree.js';

const name = 'quay.io/shop/app';
const unit = 'usr/share/containers/systemd/app.image';
const manifestOf = (architecture: string) =>
  JSON.stringify({
    manifests: [{ digest: `sha256:${'1'.repeat(64)}`, platform: { architecture, os: 'linux' } }],
  });
const [then, now] = [manifestOf('arm64'), manifestOf('riscv64')];
const digest = manifestDigest(then);

/** The findings about tags, where `:1` means what it did and `:2` another image by now. */
async function found(tree: TreeSpec) {
  const roots = makeRoots(tree);
  const { images } = resolve(scan(roots.newRoot).images, roots);
  const texts = new Map([
    [`${name}@${digest}`, then],
    [`${name}:1`, then],
    [`${name}:2`, now],
  ]);
  const absent = {
    kind: 'failed',
    failure: { code: 'manifest-unknown', kind: 'permanent', message: 'unknown', hint: null },
  } as const;
  const manifest = async (wanted: string) => {
    const text = texts.get(wanted);
    return text === undefined ? absent : foundText(text);
  };
  const ask: AskRegistry = async (_, question) => {
    const asker = {
      manifest,
      config: async () => absent,
      tags: async () => absent,
      part: async () => absent,
      place: () => noContent,
    };
    const answer = await question(asker);
    if ('failure' in answer) throw new Error('not asked for');
    return answer;
  };
  const { diagnostics } = await checkOnline(images, [], ask, tagFinder(roots.newRoot));
  return diagnostics.filter(({ rule }) => rule === 'digest-moved').map(findingText);
}

const bound = (text: string): TreeSpec => ({
  'usr/lib/bootc/bound-images.d/app.image': symlink(`/${unit}`),
  [unit]: text,
});

test.each([
  { name: 'a tag that has moved', tag: '2', at: [`digest-moved /${unit}:3:7`] },
  { name: 'a tag that is gone', tag: '3', at: [`digest-moved /${unit}:3:7`] },
  { name: 'a tag that agrees', tag: '1', at: [] },
])('the tag in the comment before a digest is compared with it: $name', async ({ tag, at }) => {
  const text = `[Image]\n${tagComment(name, tag)}\nImage=${name}@${digest}\n`;
  expect(await found(bound(text))).toEqual(at);
});

test('that of another image is not', async () => {
  expect(
    await found(bound(`[Image]\n${tagComment('quay.io/shop/db', '2')}\nImage=${name}@${digest}\n`)),
  ).toEqual([]);
});

test('each tag is, where it stands', async () => {
  const toml = 'usr/lib/bound-images.d/b.toml';
  const tree = {
    ...bound(`[Image]\n${tagComment(name, '3')}\nImage=${name}@${digest}\n`),
    [toml]: `images = [\n  "${name}@${digest}", # renovate: depName=${name} currentValue=2\n]\n`,
  };
  expect((await found(tree)).toSorted()).toEqual([`digest-moved /${toml}:2:3`, `digest-moved /${unit}:3:7`]);
});
