import { digest } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const reference = `quay.io/example/logs@${digest}`;
const at = '/usr/lib/bound-images.d/logs.toml';

function dropIn(...lines: readonly string[]): Change {
  return { 'usr/lib/bound-images.d/logs.toml': `${lines.join('\n')}\n` };
}

export const dropIns: readonly RuleRow[] = [
  {
    rule: 'toml-encoding',
    name: 'a comment in Latin-1',
    wrong: {
      'usr/lib/bound-images.d/logs.toml': Buffer.from(`# café\nimages = ["${reference}"]\n`, 'latin1'),
    },
    at: [at],
    right: dropIn('# café', `images = ["${reference}"]`),
  },
  {
    rule: 'toml-syntax',
    name: 'text without quotes',
    wrong: dropIn('images = [', `  ${reference}`, ']'),
    at: [`${at}:2:3`],
    right: dropIn('images = [', `  "${reference}"`, ']'),
  },
  {
    rule: 'toml-unknown-key',
    name: 'a slip at the top',
    wrong: dropIn(`images = ["${reference}"]`, 'auth-file = "/etc/containers/agent-auth.json"'),
    at: [`${at}:2:1`],
    right: dropIn(`images = ["${reference}"]`, 'authfile = "/etc/containers/agent-auth.json"'),
  },
  {
    rule: 'toml-unknown-key',
    name: 'a key of the top in an [[image]] table',
    wrong: dropIn('[[image]]', `reference = "${reference}"`, 'images = []'),
    at: [`${at}:3:1`],
    right: dropIn('images = []', '[[image]]', `reference = "${reference}"`),
  },
  {
    rule: 'toml-unknown-key',
    name: 'a slip for the reference',
    wrong: dropIn('[[image]]', `ref = "${reference}"`),
    at: [`${at}:2:1`],
    right: dropIn('[[image]]', `reference = "${reference}"`),
  },
  {
    rule: 'toml-unknown-key',
    name: 'an option of one image at the top',
    wrong: dropIn('tls-verify = true', `images = ["${reference}"]`),
    at: [`${at}:1:1`],
    right: dropIn('[[image]]', `reference = "${reference}"`, 'tls-verify = true'),
  },
  {
    rule: 'toml-wrong-type',
    name: 'one image that is not a list',
    wrong: dropIn(`images = "${reference}"`),
    at: [`${at}:1:10`],
    right: dropIn(`images = ["${reference}"]`),
  },
  {
    rule: 'toml-wrong-type',
    name: 'one [image] for [[image]]',
    wrong: dropIn('[image]', `reference = "${reference}"`),
    at: [`${at}:1:1`],
    right: dropIn('[[image]]', `reference = "${reference}"`),
  },
  {
    rule: 'toml-wrong-type',
    name: 'true in quotes',
    wrong: dropIn('[[image]]', `reference = "${reference}"`, 'tls-verify = "true"'),
    at: [`${at}:3:14`],
    right: dropIn('[[image]]', `reference = "${reference}"`, 'tls-verify = true'),
  },
  {
    rule: 'toml-empty-string',
    name: 'an auth file that is not filled in',
    wrong: dropIn(`images = ["${reference}"]`, 'authfile = ""'),
    at: [`${at}:2:12`],
    right: dropIn(`images = ["${reference}"]`),
  },
  {
    rule: 'toml-empty-string',
    name: 'an empty image',
    wrong: dropIn(`images = ["${reference}", ""]`),
    at: [`${at}:1:${`images = ["${reference}", "`.length}`],
    right: dropIn(`images = ["${reference}", ]`),
  },
  {
    rule: 'toml-missing-reference',
    name: 'a table of options alone',
    wrong: dropIn('', '[[image]]', 'tls-verify = true'),
    at: [`${at}:2:1`],
    right: dropIn('', '[[image]]', `reference = "${reference}"`, 'tls-verify = true'),
  },
  {
    rule: 'toml-duplicate-reference',
    name: 'the same image in the list and in a table',
    wrong: dropIn(`images = ["${reference}"]`, '[[image]]', `reference = "${reference}"`),
    at: [`${at}:3:13`],
    right: dropIn('images = []', '[[image]]', `reference = "${reference}"`),
  },
  {
    rule: 'toml-no-images',
    name: 'nothing but a comment',
    wrong: dropIn('# later'),
    at: [at],
    right: dropIn('# later', 'images = []'),
  },
];
