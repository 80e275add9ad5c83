import { digest } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const dropIn = (name: string, lines: readonly string[]): Change => ({
  [`usr/lib/bound-images.d/${name}.toml`]: `${lines.join('\n')}\n`,
});

const image = (...lines: readonly string[]) => [
  '[[image]]',
  `reference = "quay.io/example/ext@${digest}"`,
  '[[image.payload]]',
  ...lines,
];
const artifact = (...lines: readonly string[]) => [
  '[[artifact]]',
  `reference = "quay.io/example/kernel@${digest}"`,
  '[[artifact.payload]]',
  ...lines,
];
const of = (...lines: readonly string[]) => dropIn('ext', image(...lines));
const ofArtifact = (...lines: readonly string[]) => dropIn('ext', artifact(...lines));
const at = '/usr/lib/bound-images.d/ext.toml';

const path = 'path = "/gvisor.raw"';
const as = 'as = "extensions/gvisor.raw"';
const right = of(path, as);

/** A drop-in with one payload, whose last line is wrong from its `=` on. */
const lastLine = (rule: RuleRow['rule'], name: string, key: string, wrong: string, good: string): RuleRow => {
  const before = key === 'path' ? [as] : key === 'as' ? [path] : [path, as];
  const line = before.length + 4;
  return {
    rule,
    name,
    wrong: of(...before, `${key} = "${wrong}"`),
    at: [`${at}:${line}:${key.length + 4}`],
    right: of(...before, `${key} = "${good}"`),
  };
};

export const payloads: readonly RuleRow[] = [
  { rule: 'payload-source', name: 'nothing', wrong: of(as), at: [`${at}:3:1`], right },
  {
    rule: 'payload-source',
    name: 'two things',
    wrong: of(path, 'title = "x"', as),
    at: [`${at}:5:9`],
    right,
  },
  {
    rule: 'payload-source',
    name: 'a title of an image',
    wrong: of('title = "x"', as),
    at: [`${at}:4:9`],
    right,
  },
  {
    rule: 'payload-source',
    name: 'a media type of an image',
    wrong: of('media-type = "application/vnd.x"', as),
    at: [`${at}:4:14`],
    right: ofArtifact('media-type = "application/vnd.x"', as),
  },
  {
    rule: 'payload-source',
    name: 'a path of an artifact',
    wrong: ofArtifact(path, as),
    at: [`${at}:4:8`],
    right: ofArtifact('title = "gvisor.raw"', as),
  },
  lastLine('payload-path', 'a relative path', 'path', 'gvisor.raw', '/gvisor.raw'),
  lastLine('payload-path', 'a path that goes up', 'path', '/usr/../gvisor.raw', '/gvisor.raw'),
  lastLine('payload-path', 'an empty name', 'path', '/usr//gvisor.raw', '/usr/gvisor.raw'),
  lastLine('payload-path', 'a slash at the end', 'path', '/usr/', '/usr'),
  lastLine('payload-path', 'a dot', 'path', '/./usr', '/'),
  { rule: 'payload-as-missing', name: 'no name', wrong: of(path), at: [`${at}:3:1`], right },
  lastLine('payload-as', 'an absolute path', 'as', '/extensions/gvisor.raw', 'extensions/gvisor.raw'),
  lastLine('payload-as', 'a path that goes up', 'as', 'a/../../etc', 'a/etc'),
  lastLine('payload-as', 'nothing but dots', 'as', '..', 'a'),
  lastLine('payload-as', 'an empty name', 'as', 'a//b', 'a/b'),
  lastLine('payload-as', 'a slash at the end', 'as', 'a/', 'a'),
  lastLine('payload-as', 'a hidden file', 'as', 'kernel/.vmlinuz', 'kernel/vmlinuz'),
  lastLine('payload-as', 'a space', 'as', 'my kernel', 'my-kernel'),
  lastLine('payload-as', 'a line feed', 'as', 'kernel\\n', 'kernel'),
  lastLine('payload-as', 'an option', 'as', '-rf', 'rf'),
  lastLine('payload-as', 'other letters', 'as', 'kérnel', 'kernel'),
  lastLine('payload-as', 'too many letters', 'as', 'k'.repeat(201), 'k'.repeat(200)),
  lastLine('payload-max-size', 'no unit', 'max-size', '100', '100 MiB'),
  lastLine('payload-max-size', 'nothing', 'max-size', '0 B', '1 B'),
  lastLine('payload-max-size', 'a unit of bits', 'max-size', '100 Mb', '100 MB'),
  lastLine('payload-max-size', 'less than nothing', 'max-size', '-1 GiB', '1.5 GiB'),
  lastLine('payload-max-size', 'more than can be counted', 'max-size', '9999999 TiB', '9 TiB'),
  lastLine('payload-mode', 'a setuid bit', 'mode', '4755', '0755'),
  lastLine('payload-mode', 'a sticky bit', 'mode', '1644', '644'),
  lastLine('payload-mode', 'letters', 'mode', 'rw-r--r--', '0644'),
  lastLine('payload-mode', 'a number that is not octal', 'mode', '0689', '0600'),
  lastLine('payload-digest', 'another algorithm', 'digest', `sha512:${'0'.repeat(128)}`, digest),
  lastLine('payload-digest', 'capital letters', 'digest', digest.toUpperCase(), digest),
  lastLine('payload-digest', 'too few digits', 'digest', digest.slice(0, -1), digest),
  {
    rule: 'payload-clash',
    name: 'one name of two files',
    wrong: { ...of(path, as), ...dropIn('other', artifact('title = "x"', as)) },
    at: ['/usr/lib/bound-images.d/other.toml:5:6'],
    right: { ...of(path, as), ...dropIn('other', artifact('title = "x"', 'as = "extensions/x.raw"')) },
  },
  {
    rule: 'payload-clash',
    name: 'a file in a file',
    wrong: of(path, 'as = "a/b"', '[[image.payload]]', path, 'as = "a/b/c"'),
    at: [`${at}:8:6`],
    right: of(path, 'as = "a/b"', '[[image.payload]]', path, 'as = "a/bc"'),
  },
  {
    rule: 'payload-clash',
    name: 'a directory around a file',
    wrong: of(path, 'as = "a/b/c"', '[[image.payload]]', path, 'as = "a"'),
    at: [`${at}:8:6`],
    right: of(path, 'as = "a/b/c"', '[[image.payload]]', path, 'as = "b"'),
  },
  {
    rule: 'payload-clash',
    name: 'one file with two modes',
    wrong: { ...of(path, as, 'mode = "0600"'), ...dropIn('other', image(path, as, 'mode = "0644"')) },
    at: ['/usr/lib/bound-images.d/other.toml:5:6'],
    right: { ...of(path, as), ...dropIn('other', image(path, as, 'max-size = "1024 MiB"')) },
  },
  lastLine('payload-extension-name', 'versions', 'as', 'extensions/a.raw.v/a_1.raw', 'extensions/a_1.raw'),
  {
    rule: 'payload-extension-name',
    name: 'a file for a directory',
    wrong: ofArtifact('title = "gvisor.raw"', 'as = "extensions/gvisor"'),
    at: [`${at}:5:6`],
    right: ofArtifact('title = "gvisor.raw"', 'as = "extensions/gvisor.raw"'),
  },
  {
    rule: 'payload-extension-name',
    name: 'a file for all extensions',
    wrong: ofArtifact('title = "gvisor.raw"', 'as = "extensions"'),
    at: [`${at}:5:6`],
    right: of('path = "/extensions"', 'as = "extensions"'),
  },
  {
    rule: 'payload-extension-twice',
    name: 'a file and a directory',
    wrong: of(path, as, '[[image.payload]]', 'path = "/gvisor"', 'as = "extensions/gvisor"'),
    at: [`${at}:8:6`],
    right: of(path, as, '[[image.payload]]', 'path = "/gvisor"', 'as = "confexts/gvisor"'),
  },
];
