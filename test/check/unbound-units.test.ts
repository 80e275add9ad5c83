import { describe, expect, test } from 'vitest';
import { changed, container, digest, image, otherDigest } from '../rules/clean-root.js';
import type { Change } from '../rules/rule-row.js';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { symlink } from '../support/tree.js';

const units = 'usr/share/containers/systemd';
const logs = 'quay.io/example/logs';

/** What is found in the clean root with more units and these images, except that tags are no digests. */
function found(bound: readonly string[], tree: Change): readonly string[] {
  const list = bound.map((reference) => JSON.stringify(reference)).join(', ');
  const roots = makeRoots(changed({ 'usr/lib/bound-images.d/logs.toml': `images = [${list}]\n`, ...tree }));
  return checkRoots(roots)
    .filter(({ rule }) => !/^reference-(?:floating|versions-differ)$/.test(rule))
    .map(findingText);
}

test('a short name is another version of what registries.conf of the root has an alias for', () => {
  const tree = {
    'etc/containers/registries.conf.d/a.conf': `[aliases]\n"logs" = "${logs}"\n`,
    [`${units}/logs.container`]: container('Image=logs:3'),
  };
  expect(found([`${logs}:2`], tree)).toContain(`image-bound-otherwise /${units}/logs.container:3:7`);
  expect(found([`${logs}:3`], tree).join()).not.toContain('image-bound-otherwise');
});

const otherwise = `image-bound-otherwise /${units}/logs.container:3:7`;

describe('a container that is no entry', () => {
  test.each([
    { name: 'wants the bound tag', bound: [':2'], wanted: ':2', at: [] },
    { name: 'wants another tag than the bound one', bound: [':2'], wanted: ':3', at: [otherwise] },
    { name: 'wants a tag of the bound digest', bound: [`@${digest}`], wanted: ':2', at: [otherwise] },
    { name: 'wants the tag beside a bound digest', bound: [`:2@${digest}`], wanted: ':2', at: [otherwise] },
    { name: 'wants the bound digest by a tag', bound: [`@${digest}`], wanted: `:2@${digest}`, at: [] },
    { name: 'wants a digest of the bound tag', bound: [':2'], wanted: `@${digest}`, at: [otherwise] },
    { name: 'wants another digest', bound: [`@${otherDigest}`], wanted: `@${digest}`, at: [otherwise] },
    { name: 'wants one of two bound versions', bound: [':2', ':3'], wanted: ':3', at: [] },
    { name: 'wants the latest where it is bound without a tag', bound: [''], wanted: ':latest', at: [] },
  ])('$name', ({ bound, wanted, at }) => {
    const tree = { [`${units}/logs.container`]: container(`Image=${logs}${wanted}`) };
    const references = bound.map((version) => `${logs}${version}`);
    expect(found(references, tree).filter((text) => !text.startsWith('reference-untagged'))).toEqual(at);
  });

  test.each([
    { name: 'is another version than one that its own unit runs', bound: `@${digest}`, wanted: ':3', at: [] },
    { name: 'is another tag than one that its own unit runs', bound: ':2', wanted: ':3', at: [] },
    {
      name: 'is the tag of a digest that its own unit runs',
      bound: `:2@${digest}`,
      wanted: ':2',
      at: [otherwise],
    },
    {
      name: 'is another digest of a tag that its own unit runs',
      bound: `:2@${digest}`,
      wanted: `:2@${otherDigest}`,
      at: [otherwise],
    },
  ])('$name', ({ bound, wanted, at }) => {
    const tree = {
      'usr/lib/bound-images.d/logs.toml': null,
      'usr/lib/bound-images.d/own.container': symlink(`/${units}/own.container`),
      [`${units}/own.container`]: container(`Image=${logs}${bound}`),
      [`${units}/logs.container`]: container(`Image=${logs}${wanted}`),
    };
    expect(found([], tree)).toEqual(at);
  });

  test('is another version than one that a third unit runs', () => {
    const tree = {
      [`${units}/own.container`]: container(`Image=${logs}@${digest}`),
      [`${units}/logs.container`]: container(`Image=${logs}:3`),
    };
    expect(found([`${logs}@${digest}`], tree)).toEqual([]);
  });

  test.each([
    {
      name: 'is another version than one that a volume takes',
      install: '[Install]\nWantedBy=multi-user.target\n',
      at: [],
    },
    { name: 'is another version than one of a volume that nothing starts', install: '', at: [otherwise] },
  ])('$name', ({ install, at }) => {
    const tree = {
      'usr/lib/bound-images.d/logs.toml': null,
      'usr/lib/bound-images.d/own.volume': symlink(`/${units}/own.volume`),
      [`${units}/own.volume`]: `[Volume]\nDriver=image\nImage=${logs}:2\n${install}`,
      [`${units}/logs.container`]: container(`Image=${logs}:3`),
    };
    expect(found([], tree).filter((text) => !text.startsWith('image-pulled-by-none'))).toEqual(at);
  });

  test.each([':2', `@${digest}`])('finds %s among all tags of the repository', (version) => {
    const tree = {
      'usr/lib/bound-images.d/logs.toml': null,
      'usr/lib/bound-images.d/logs.image': symlink(`/${units}/logs.image`),
      [`${units}/logs.image`]: image(`Image=${logs}`, 'AllTags=yes'),
      [`${units}/logs.container`]: container(`Image=${logs}${version}`),
    };
    expect(found([], tree)).toEqual([]);
  });
});

test('says of a digest that it may be missing where a tag is bound, and else that it is', () => {
  const messages = [
    [`@${digest}`, ':2'],
    [':3', ':2'],
    [`@${digest}`, `@${otherDigest}`],
  ].map(([wanted, version]) => {
    const roots = makeRoots(
      changed({
        'usr/lib/bound-images.d/logs.toml': `images = ["${logs}${version}"]\n`,
        [`${units}/logs.container`]: container(`Image=${logs}${wanted}`),
      }),
    );
    return checkRoots(roots).find(({ rule }) => rule === 'image-bound-otherwise')?.message;
  });
  const bound = `/usr/lib/bound-images.d/logs.toml:1 binds`;
  expect(messages).toEqual([
    `“${logs}@${digest}” is not bound: ${bound} the tag “${logs}:2”, and once that leads to another digest, this image is missing at boot`,
    `“${logs}:3” is not bound: ${bound} “${logs}:2”, which podman does not take for it, so this image is missing at boot`,
    `“${logs}@${digest}” is not bound: ${bound} “${logs}@${otherDigest}”, which podman does not take for it, so this image is missing at boot`,
  ]);
});

test('finds what a bound container and another one need once', () => {
  const tree = {
    [`${units}/web.container`]: container(
      `Image=quay.io/example/web@${digest}`,
      'Network=shop.network',
      'Volume=data.volume:/data',
    ),
    [`${units}/logs.container`]: container(
      `Image=${logs}@${digest}`,
      'Network=shop.network',
      'Volume=data.volume:/data',
    ),
    [`${units}/shop.network`]: '[Network]\nBad=1\n',
    [`${units}/data.volume`]: '[Volume]\nBad=1\n',
  };
  expect(found([`${logs}@${digest}`], tree).toSorted()).toEqual([
    `unit-refused /${units}/logs.container:4:9`,
    `unit-refused /${units}/web.container:4:9`,
    `unit-unknown-key /${units}/data.volume:2:1`,
    `unit-unknown-key /${units}/shop.network:2:1`,
  ]);
});

test.each([
  { name: 'its pod', line: 'Pod=shop.pod', unit: 'shop.pod', text: '[Pod]\nBad=1\n' },
  {
    name: 'a pod whose service another one replaces',
    line: 'Pod=shop.pod',
    unit: 'shop.pod',
    text: '[Pod]\nServiceName=shop\n',
    more: { [`${units}/other.pod`]: '[Pod]\nServiceName=shop\n' },
    at: [`service-replaced /${units}/shop.pod:2:13`],
  },
  {
    name: 'a volume that it mounts',
    line: 'Mount=type=volume,source=data.volume,target=/data',
    unit: 'data.volume',
    text: '[Volume]\nBad=1\n',
  },
  {
    name: 'a network that ends in a lost line',
    line: 'Network=shop.network',
    unit: 'shop.network',
    text: '[Network]\nDriver=bridge\\\n\n',
    at: [`unit-lost-continuation /${units}/shop.network:2:1`],
  },
])('finds what is wrong with $name', ({ line, unit, text, more, at }) => {
  const tree = {
    [`${units}/logs.container`]: container(`Image=${logs}@${digest}`, line),
    [`${units}/${unit}`]: text,
    ...more,
  };
  expect(found([`${logs}@${digest}`], tree).filter((each) => !each.includes('/logs.container'))).toEqual(
    at ?? [`unit-unknown-key /${units}/${unit}:2:1`],
  );
});

test('finds what a unit needs among the units that are lost with it', () => {
  const tree = {
    [`${units}/lost/broken.container`]: 'Image',
    [`${units}/lost/logs.container`]: container(`Image=${logs}@${digest}`, 'Pod=shop.pod'),
    [`${units}/lost/shop.pod`]: '[Pod]\nBad=1\n',
  };
  expect(found([`${logs}@${digest}`], tree)).toEqual([
    `unit-directory-poisoned /${units}/lost/logs.container`,
    `unit-directory-poisoned /${units}/lost/shop.pod`,
    `unit-unknown-key /${units}/lost/shop.pod:2:1`,
  ]);
});

test('names the entry that binds what the unit runs', () => {
  const roots = makeRoots(changed({ [`${units}/db.container`]: container('Image=db.image', 'Bad=1') }));
  expect(checkRoots(roots).map(({ rule, entry }) => [rule, entry])).toEqual([
    ['unit-unknown-key', 'db.image'],
  ]);
});

test('names the entry that binds another version', () => {
  const roots = makeRoots(
    changed({
      'usr/lib/bound-images.d/logs.toml': `images = ["${logs}@${digest}"]\n`,
      [`${units}/logs.container`]: container(`Image=${logs}@${otherDigest}`),
    }),
  );
  expect(checkRoots(roots).map(({ rule, entry }) => [rule, entry])).toEqual([
    ['image-bound-otherwise', 'logs.toml'],
  ]);
});

test('leaves an image alone that the host builds', () => {
  const tree = {
    [`${units}/logs.container`]: container(`Image=${logs}:local`),
    [`${units}/logs.build`]: `[Build]\nImageTag=${logs}:local\nFile=/usr/share/logs/Containerfile\n`,
  };
  expect(found([`${logs}:2`], tree)).toEqual([]);
});

test('leaves alone what only says how an image would be pulled', () => {
  const tree = {
    [`${units}/logs.container`]: container(
      `Image=${logs}@${digest}`,
      'PodmanArgs=--authfile=%h/auth.json',
      'Mount=type=image,source=quay.io/example/data:1,target=/data',
    ),
  };
  expect(found([`${logs}@${digest}`], tree)).toEqual([]);
});
