import { describe, expect, test } from 'vitest';
import { rootPath } from '../../src/model/path.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import { dir, fifo, symlink, type TreeSpec } from '../support/tree.js';

const bootc = 'usr/lib/bootc/bound-images.d';
const vendor = 'usr/lib/bound-images.d';
const overrides = 'etc/bootc/bound-images.d';
const units = 'usr/share/containers/systemd';

/** Rows of `rule entry file:line:column`, and the references that are bound. */
function scanTree(tree: TreeSpec, directories?: readonly string[]) {
  const { images, diagnostics } = scan(makeRoots(tree).newRoot, directories?.map(rootPath));
  return {
    references: images.map(({ reference }) => reference.text),
    findings: diagnostics.map(({ rule, file, line, column }) =>
      [rule, file, line, column].filter((part) => part !== null).join(' '),
    ),
  };
}

describe('entries', () => {
  test.each<{
    name: string;
    tree: TreeSpec;
    references: readonly string[];
    findings: readonly string[];
    directories?: readonly string[];
  }>([
    {
      name: 'binds nothing where there is no directory',
      tree: { 'usr/': dir() },
      references: [],
      findings: [],
    },
    {
      name: 'takes entries in the byte order of their names, from both directories',
      tree: {
        [`${vendor}/b.toml`]: 'images = ["quay.io/a/b:1"]',
        [`${vendor}/Z.toml`]: 'images = ["quay.io/a/z:1"]',
        [`${bootc}/a.image`]: symlink('/usr/share/containers/systemd/a.image'),
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1',
      },
      references: ['quay.io/a/z:1', 'quay.io/a/a:1', 'quay.io/a/b:1'],
      findings: [],
    },
    {
      name: 'reads other directories when they are named, and then not the usual ones',
      tree: {
        [`${vendor}/a.toml`]: 'images = ["quay.io/a/a:1"]',
        'opt/x/b.toml': 'images = ["quay.io/a/b:1"]',
      },
      directories: ['/opt/x'],
      references: ['quay.io/a/b:1'],
      findings: [],
    },
    {
      name: 'lets an entry of /etc replace the one of the same name, and add others',
      tree: {
        [`${vendor}/a.toml`]: 'images = ["quay.io/a/vendor:1"]',
        [`${overrides}/a.toml`]: 'images = ["quay.io/a/local:1"]',
        [`${overrides}/c.toml`]: 'images = ["quay.io/a/c:1"]',
      },
      references: ['quay.io/a/local:1', 'quay.io/a/c:1'],
      findings: [],
    },
    {
      name: 'lets a link to /dev/null or an empty file in /etc mask an entry',
      tree: {
        [`${vendor}/a.toml`]: 'images = ["quay.io/a/a:1"]',
        [`${vendor}/b.toml`]: 'images = ["quay.io/a/b:1"]',
        [`${vendor}/c.toml`]: 'images = ["quay.io/a/c:1"]',
        [`${overrides}/a.toml`]: symlink('/dev/null'),
        [`${overrides}/b.toml`]: '',
      },
      references: ['quay.io/a/c:1'],
      findings: [],
    },
    {
      name: 'warns about a drop-in and a quadlet that is no link in bootc’s directory, and reads both',
      tree: {
        [`${bootc}/a.toml`]: 'images = ["quay.io/a/a:1"]',
        [`${bootc}/b.image`]: '[Image]\nImage=quay.io/a/b:1',
      },
      references: ['quay.io/a/a:1', 'quay.io/a/b:1'],
      findings: [`entry-in-bootc-directory /${bootc}/a.toml`, `entry-not-a-link /${bootc}/b.image`],
    },
    {
      name: 'refuses what is no entry, and warns about what was left behind',
      tree: {
        [`${vendor}/README`]: '',
        [`${vendor}/a.conf`]: '',
        [`${vendor}/a.toml~`]: 'x',
        [`${vendor}/.a.toml.swp`]: 'x',
        [`${vendor}/a.toml.rpmnew`]: 'x',
        [`${vendor}/a.toml.dpkg-dist`]: 'x',
      },
      references: [],
      findings: [
        `entry-leftover /${vendor}/.a.toml.swp`,
        `entry-type /${vendor}/README`,
        `entry-type /${vendor}/a.conf`,
        `entry-leftover /${vendor}/a.toml.dpkg-dist`,
        `entry-leftover /${vendor}/a.toml.rpmnew`,
        `entry-leftover /${vendor}/a.toml~`,
      ],
    },
    {
      name: 'shows the bytes of a name that is not UTF-8',
      tree: { [`${vendor}/caf\udce9.toml`]: 'images = []' },
      references: [],
      findings: [`entry-encoding /${vendor}/caf\\xe9.toml`],
    },
    {
      name: 'reports each named directory that is not there, the others as always',
      tree: { 'srv/a/x.toml': 'images = ["quay.io/a/a:1"]' },
      directories: ['/usr/lib/bound-image.d', '/srv/a', '/srv/b'],
      references: ['quay.io/a/a:1'],
      findings: ['directory-missing /usr/lib/bound-image.d', 'directory-missing /srv/b'],
    },
    {
      name: 'reports no directory that is not named',
      tree: {},
      references: [],
      findings: [],
    },
    {
      name: 'reports no named directory that is empty',
      tree: { 'srv/a/': dir() },
      directories: ['/srv/a'],
      references: [],
      findings: [],
    },
    {
      name: 'reports a directory that is a dangling link',
      tree: { [bootc]: symlink('nowhere') },
      references: [],
      findings: [`directory-unreadable /${bootc}`],
    },
    {
      name: 'reports a directory below a dangling link',
      tree: { 'usr/lib/bootc': symlink('/nowhere') },
      references: [],
      findings: [`directory-unreadable /${bootc}`],
    },
    {
      name: 'reports a directory that is a loop',
      tree: { [bootc]: symlink('bound-images.d') },
      references: [],
      findings: [`directory-unreadable /${bootc}`],
    },
    {
      name: 'reports a directory that is a file',
      tree: { [bootc]: 'x' },
      references: [],
      findings: [`directory-unreadable /${bootc}`],
    },
    {
      name: 'reports entries that dangle, loop, are directories or FIFOs',
      tree: {
        [`${vendor}/a.toml`]: symlink('/nowhere'),
        [`${vendor}/b.image`]: symlink('b.image'),
        [`${vendor}/c.toml/`]: dir(),
        [`${vendor}/d.container`]: fifo(),
      },
      references: [],
      findings: [
        `entry-unreadable /${vendor}/a.toml`,
        `entry-unreadable /${vendor}/b.image`,
        `entry-unreadable /${vendor}/c.toml`,
        `entry-unreadable /${vendor}/d.container`,
      ],
    },
    {
      name: 'refuses a drop-in of 10 MB',
      tree: { [`${vendor}/a.toml`]: Buffer.alloc(10_000_000, '#') },
      references: [],
      findings: [`file-too-large /${vendor}/a.toml`],
    },
    {
      name: 'follows links that point outside to what they mean inside',
      tree: {
        [`${vendor}/a.toml`]: symlink('../../../../../../../../opt/a.toml'),
        [`${vendor}/b.toml`]: symlink('/opt/a.toml'),
        'opt/a.toml': 'images = ["quay.io/a/inside:1"]',
      },
      references: ['quay.io/a/inside:1'],
      findings: [],
    },
  ])('$name', ({ tree, references, findings, directories }) => {
    expect(scanTree(tree, directories)).toEqual({ references, findings });
  });

  test('pulls an image once that five entries bind, and names all five', () => {
    const tree = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [`${vendor}/${name}.toml`, 'images = ["docker.io/nginx"]']),
    );
    const { images } = scan(makeRoots(tree).newRoot);
    expect(images.map(({ sources }) => sources.map(({ entry }) => entry))).toEqual([
      ['a.toml', 'b.toml', 'c.toml', 'd.toml', 'e.toml'],
    ]);
  });

  test('refuses to choose between two ways to pull one image, and says where the other stands', () => {
    const { images, diagnostics } = scan(
      makeRoots({
        [`${vendor}/a.toml`]: '[[image]]\nreference = "quay.io/a/a:1"\ntls-verify = true',
        [`${vendor}/b.toml`]: '[[image]]\nreference = "quay.io/a/a:1"\ntls-verify = false',
      }).newRoot,
    );
    expect(diagnostics.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ['conflicting-options', `/${vendor}/b.toml`, 3],
    ]);
    expect(diagnostics[0]?.message).toContain(`/${vendor}/a.toml:3`);
    expect(images.map(({ valid }) => valid)).toEqual([false]);
  });

  test.each([
    { name: 'a platform and none', first: 'arch = "arm64"', second: '', conflicts: ['architecture'] },
    {
      name: 'all that differs',
      first: 'arch = "a"\nos = "b"',
      second: 'arch = "c"\nos = "d"',
      conflicts: ['architecture', 'operating system'],
    },
    {
      name: 'not two expectations',
      first: 'expect = { channel = "stable" }',
      second: 'expect = { channel = "beta" }',
      conflicts: [],
    },
    { name: 'not an auth file and none', first: 'authfile = "/a.json"', second: '', conflicts: [] },
  ])('takes for different ways to pull: $name', ({ first, second, conflicts }) => {
    const image = (options: string) => `[[image]]\nreference = "quay.io/a/a:1"\n${options}`;
    const { diagnostics, images } = scan(
      makeRoots({ [`${vendor}/a.toml`]: image(first), [`${vendor}/b.toml`]: image(second) }).newRoot,
    );
    expect(diagnostics.map(({ message }) => /another (.*) at/.exec(message)?.[1])).toEqual(conflicts);
    expect(images.map(({ valid }) => valid)).toEqual([conflicts.length === 0]);
  });

  test.each<{ name: string; first: string; second: string; used?: readonly string[] }>([
    { name: 'two modules', first: '--module=a', second: '--module=b' },
    {
      name: 'other stores, and what is logged',
      first: '--storage-opt=additionalimagestore=/a --log-level=debug',
      second: '--storage-opt overlay.additionalimagestore=/a,/b',
    },
    {
      name: 'another store and a module, which is shown',
      first: '--storage-opt=additionalimagestore=/a',
      second: '--log-level debug --module=b',
      used: ['--log-level', 'debug', '--module=b'],
    },
    { name: 'nothing and something', first: '', second: '--syslog', used: ['--syslog'] },
  ])('takes for no different ways to pull: $name', ({ first, second, used }) => {
    const image = (args: string) => `[Image]\nImage=quay.io/a/a:1\nGlobalArgs=${args}\n`;
    const { diagnostics, images } = scan(
      makeRoots({
        [`${units}/a.image`]: image(first),
        [`${units}/b.image`]: image(second),
        [`${vendor}/a.image`]: symlink(`/${units}/a.image`),
        [`${vendor}/b.image`]: symlink(`/${units}/b.image`),
      }).newRoot,
    );
    expect(diagnostics).toEqual([]);
    expect(images.map(({ globalArguments }) => globalArguments)).toEqual([used ?? first.split(' ')]);
    const modules = `${first} ${second}`.match(/(?<=--module=)\w/g) ?? [];
    const heeded = images[0]?.globalOptions.filter(({ name }) => name === 'module');
    expect(heeded?.map(({ value }) => value)).toEqual(modules);
  });

  test('expects of an image what any of its entries expects', () => {
    const image = (channel: string) =>
      `[[image]]\nreference = "quay.io/a/a:1"\nexpect = { channel = "${channel}" }`;
    const { images } = scan(
      makeRoots({
        [`${vendor}/a.toml`]: image('stable'),
        [`${vendor}/b.toml`]: 'images = ["quay.io/a/a:1"]',
        [`${vendor}/c.toml`]: image('beta'),
      }).newRoot,
    );
    expect(images.map(({ expectations }) => expectations?.map(({ wanted }) => wanted))).toEqual([
      ['stable', 'beta'],
    ]);
  });

  test('shows every option of an image that two entries bind in part', () => {
    const { images } = scan(
      makeRoots({
        [`${vendor}/a.toml`]: '[[image]]\nreference = "quay.io/a/a:1"\ncert-dir = "/c"\ntls-verify = true',
        [`${vendor}/b.toml`]: '[[image]]\nreference = "quay.io/a/a:1"\nauthfile = "/a.json"',
      }).newRoot,
    );
    expect(images.map((image) => image.arguments.join(' '))).toEqual([
      '--authfile /a.json --cert-dir /c --tls-verify',
    ]);
  });

  test('holds only the images of entries with an error for invalid', () => {
    const { images } = scan(
      makeRoots({
        [`${vendor}/bad.toml`]: 'images = ["quay.io/a/bad:1", "quay.io/a/both:1"]\nx = 1',
        [`${vendor}/good.toml`]: 'images = ["quay.io/a/good:1", "quay.io/a/both:1"]',
      }).newRoot,
    );
    expect(images.map(({ reference, valid }) => [reference.text, valid])).toEqual([
      ['quay.io/a/bad:1', false],
      ['quay.io/a/both:1', true],
      ['quay.io/a/good:1', true],
    ]);
  });
});
