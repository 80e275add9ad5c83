import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../src/fix/diff.js';
import type { ChangedFile } from '../../src/fix/plan-fixes.js';
import { secretLines } from '../../src/fix/secret-lines.js';
import type { HostPath } from '../../src/model/path.js';
import { makeTree } from '../support/tree.js';

const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);

const files: readonly { readonly name: string; readonly before: string; readonly after: string }[] = [
  {
    name: 'usr/share/containers/systemd/app.container',
    before: '[Container]\nImage=a\n',
    after: '[Container]\nImage=b\n',
  },
  {
    name: 'usr/lib/no-line-end.toml',
    before: 'a\nimages = ["a"]',
    after: 'a\nimages = ["b"]',
  },
  {
    name: 'usr/lib/crlf.image',
    before: '[Image]\r\nImage=a\r\nPolicy=missing\r\n',
    after: '[Image]\r\nImage=b\r\nPolicy=missing\r\n',
  },
  {
    name: 'usr/lib/bytes.image',
    before: '# \xff \xe9 \u0085 \x00\n[Image]\nImage=a\n',
    after: '# \xff \xe9 \u0085 \x00\n[Image]\nImage=b\n',
  },
  {
    name: 'usr/lib/a name "with" größe.toml',
    before: 'a\n',
    after: 'b\n',
  },
  {
    name: 'usr/lib/two hunks.toml',
    before: lines.join('\n'),
    after: lines.map((line) => line.replace(/^line (3|27)$/, 'other $1')).join('\n'),
  },
];

describe.each([
  { tool: 'patch', args: ['-p1', '--force', '--fuzz=0'] },
  { tool: 'git', args: ['apply', '-p1', '-'] },
])('$tool', ({ tool, args }) => {
  test('applies a diff', () => {
    const root = makeTree(Object.fromEntries(files.map(({ name, before }) => [name, bytes(before)])));
    const changed = files.map(
      ({ name, before, after }): ChangedFile => ({
        name,
        hostPath: join(root, name) as HostPath,
        bytes: bytes(before),
        after: bytes(after),
        secretLines: secretLines(bytes(before)),
      }),
    );
    // git looks for a repository above, and would take the paths from its top.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: root, GIT_DIR: '/dev/null' };
    execFileSync(tool, args, { cwd: root, input: unifiedDiff(changed), env });
    for (const { hostPath, after } of changed) expect(readFileSync(hostPath).equals(after)).toBe(true);
  });
});

test.each([
  ['no line around the change', '[Image]\nCreds=shop:hunter2\nImage=a\nCreds=shop:hunter2\n', []],
  [
    'fewer lines around the change',
    '[Image]\nCreds=shop:hunter2\nArch=arm64\nImage=a\nOS=linux\n',
    [' Arch=arm64', ' OS=linux'],
  ],
])('a diff beside a secret has %s', (_, before, around) => {
  const name = 'usr/lib/a.image';
  const root = makeTree({ [name]: before });
  const after = before.replace('Image=a', 'Image=b');
  const diff = unifiedDiff([
    {
      name,
      hostPath: join(root, name) as HostPath,
      bytes: bytes(before),
      after: bytes(after),
      secretLines: secretLines(bytes(before)),
    },
  ]);
  expect(diff.toString()).not.toContain('hunter2');
  expect(diff.toString().match(/^ .*/gm) ?? []).toEqual(around);
  execFileSync('patch', ['-p1', '--force', '--fuzz=0'], { cwd: root, input: diff });
  expect(readFileSync(join(root, name), 'utf8')).toBe(after);
});

test('a diff of nothing is empty', () => {
  expect(unifiedDiff([]).length).toBe(0);
});

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
