import { expect, test } from 'vitest';
import { checkLockLabel } from '../../src/check/lock-label.js';
import { lockLabel } from '../../src/layers/bound-by-label.js';
import { lockOf } from '../../src/scan/drop-in/lock.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import type { TreeSpec } from '../support/tree.js';

const digest = `sha256:${'0a'.repeat(32)}`;
const [a, b, c] = ['a', 'b', 'c'].map((name) => `quay.io/x/${name}@${digest}`);
const directory = 'usr/lib/bound-images.d';

/** What is said of a label of an image with such a root. */
function said(tree: TreeSpec, label: string | undefined): readonly string[] {
  const { images } = scan(makeRoots(tree).newRoot);
  const labels = new Map(label === undefined ? [] : [[lockLabel, label]]);
  return checkLockLabel(labels, images).map(
    ({ rule, severity, file, message }) =>
      `${severity} ${rule} ${file}: ${message.replace(/^.*? binds: /, '')}`,
  );
}

const toml = (text: string): TreeSpec => ({ [`${directory}/app.toml`]: text });
const both = toml(`images = ["${a}", "${b}"]`);
const finding = 'warning lock-label-differs null: ';

test.each<{ name: string; tree: TreeSpec; label: string | undefined }>([
  { name: 'that is not there', tree: both, label: undefined },
  { name: 'that is empty', tree: both, label: '' },
  { name: 'in another order', tree: both, label: `images = ["${b}", "${a}"]` },
  {
    name: 'in other words',
    tree: both,
    label: `image = [{ reference = "${a}" }, { reference = "${b}" }]`,
  },
  {
    name: 'without what no label can say',
    tree: toml(`images = ["${a}", "oci-archive:/usr/lib/b.tar"]`),
    label: `images = ["${a}"]`,
  },
  { name: 'of nothing', tree: toml('images = []'), label: 'images = []' },
])('nothing is said of a label $name', ({ tree, label }) => {
  expect(said(tree, label)).toEqual([]);
});

test('nothing is said of the label that is made of the root', () => {
  const tree = toml(`[[image]]\nreference = "${a}"\nauthfile = "/etc/a.json"\n[[image]]\nreference = "${b}"`);
  expect(said(tree, lockOf(scan(makeRoots(tree).newRoot).images).text)).toEqual([]);
});

test.each<{ name: string; label: string; says: string }>([
  { name: 'lacks one', label: `images = ["${a}"]`, says: `it lacks “${b}”` },
  {
    name: 'names one too many',
    label: `images = ["${a}", "${b}", "${c}"]`,
    says: `it names “${c}”, which the root does not bind`,
  },
  {
    name: 'pulls one otherwise',
    label: `image = [{ reference = "${a}", tls-verify = false }, { reference = "${b}" }]`,
    says: `it pulls “${a}” in another way`,
  },
  {
    name: 'names nothing that is bound',
    label: `images = ["${c}"]`,
    says: `it lacks “${a}” and “${b}”; it names “${c}”, which the root does not bind`,
  },
  {
    name: 'is right, but for an error',
    label: `images = ["${a}", "${b}", "not a name"]`,
    says: 'it has an error: ',
  },
])('a label that $name', ({ label, says }) => {
  const [only = '', ...others] = said(both, label);
  expect(only.startsWith(`${finding}${says}`), only).toBe(true);
  expect(others).toEqual([]);
});

test('a label that is no TOML lacks everything', () => {
  expect(said(both, 'images = [\u001b')).toEqual([
    expect.stringMatching(/^warning .*: it lacks “\S+a@\S+” and “\S+b@\S+”; it has an error: [^\u001b]+$/),
  ]);
});

test('of many differences some are named', () => {
  const many = Array.from({ length: 9 }, (_, at) => `"quay.io/x/${at}@${digest}"`);
  expect(said(toml('images = []'), `images = [${many.join(', ')}]`)).toEqual([
    expect.stringMatching(/^warning .*: it names “\S+0@\S+”, .*“\S+4@\S+” and 4 more, which/),
  ]);
});
