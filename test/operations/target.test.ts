import { expect, test } from 'vitest';
import { readRoot } from '../../src/operations/read-root.js';
import { rootsOf } from '../../src/operations/target.js';
import { makeTree, symlink } from '../support/tree.js';

const entry = 'bootc/bound-images.d/app.toml';
const vendor = { 'usr/lib/bound-images.d/app.toml': 'images = ["quay.io/x/app:vendor"]\n' };
const named = (tag: string) => `images = ["quay.io/x/app:${tag}"]\n`;

/** What a deployment binds on a host whose /etc has the entry, which its image has not. */
function bound(etc: Parameters<typeof makeTree>[0], staged: boolean) {
  const currentRoot = makeTree({
    ...vendor,
    'usr/etc/hostname': 'os\n',
    'etc/hostname': 'os\n',
    [`etc/${entry}`]: named('host'),
  });
  const root = makeTree({ ...vendor, 'usr/etc/hostname': 'os\n', 'etc/hostname': 'os\n', ...etc });
  const { images } = readRoot(rootsOf({ root, staged }, { currentRoot }));
  return images.map(({ image }) => image.reference.text);
}

test.each([
  {
    name: 'the staged one with what finalization will carry over',
    etc: {},
    staged: true,
    binds: ['quay.io/x/app:host'],
  },
  { name: 'any other without it', etc: {}, staged: false, binds: ['quay.io/x/app:vendor'] },
  {
    name: 'any other with what was changed in its own',
    etc: { [`etc/${entry}`]: named('own') },
    staged: false,
    binds: ['quay.io/x/app:own'],
  },
  {
    name: 'any other with what was masked in its own',
    etc: { [`etc/${entry}`]: symlink('/dev/null') },
    staged: false,
    binds: [],
  },
  {
    name: 'any other without what was deleted in its own',
    etc: { [`usr/etc/${entry}`]: named('image') },
    staged: false,
    binds: ['quay.io/x/app:vendor'],
  },
])('reads the /etc of a deployment: $name', ({ etc, staged, binds }) => {
  expect(bound(etc, staged)).toEqual(binds);
});
