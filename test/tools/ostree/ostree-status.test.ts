import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedDeployment } from '../../../src/model/deployment.js';
import { parseOstreeJson, parseOstreeText } from '../../../src/tools/ostree/ostree-status.js';

/** What `ostree admin status` printed, by the version of libostree. */
function sample(name: string): string {
  return readFileSync(join(import.meta.dirname, 'samples', name), 'utf8');
}

const plain = {
  stateroot: 'os',
  serial: 0,
  booted: false,
  staged: false,
  rollback: false,
  pinned: false,
  softReboot: false,
  locked: false,
};

const of2022 = {
  old: '3a0eeeb85218f597815ae31a0d95825f605577454ed4ebf71dd753010b9eb8fe',
  new: '0298f4117852d9958f7fe10fbb064fb60a233830f0b2654a80095610c6b5d797',
};
const of2025 = {
  old: 'a97b25606646209d1ed78d80ed37201b984992ff74da42d36d684bc82f1b835b',
  new: '167dbc07344d5dbe2c2f4a9946fc733333179db87795af9b8e9c3b71380e0e73',
};
const of2026 = {
  old: '013153cd302ca158e08b802f3d1eaacbaeb9616fae344ff37de69bd88e84c123',
  new: '58c12cf72ec27695ec025bedc8743d6484f4f5583ca58a3e5a96136c6fffb676',
};

const rows: readonly {
  name: string;
  parse: (text: string) => readonly ListedDeployment[];
  file: string;
  deployments: readonly Partial<ListedDeployment>[];
}[] = [
  {
    name: 'a staged deployment, whose lock 2022.7 does not show',
    parse: parseOstreeText,
    file: 'ostree-2022.7-staged.txt',
    deployments: [
      { checksum: of2022.new, staged: true },
      { checksum: of2022.old, booted: true, pinned: true },
    ],
  },
  {
    name: 'the rollback of 2022.7',
    parse: parseOstreeText,
    file: 'ostree-2022.7-rollback.txt',
    deployments: [
      { checksum: of2022.new, booted: true },
      { checksum: of2022.old, rollback: true, pinned: true },
    ],
  },
  {
    name: 'a locked deployment of 2025.2, which is staged, too',
    parse: parseOstreeText,
    file: 'ostree-2025.2-locked.txt',
    deployments: [
      { checksum: of2025.new, staged: true, locked: true },
      { checksum: of2025.old, booted: true, pinned: true },
    ],
  },
  {
    name: 'a locked deployment of 2026.4',
    parse: parseOstreeJson,
    file: 'ostree-2026.4-locked.json',
    deployments: [
      { checksum: of2026.new, staged: true, locked: true },
      { checksum: of2026.old, booted: true, pinned: true },
    ],
  },
  {
    name: 'the rollback of 2026.4',
    parse: parseOstreeJson,
    file: 'ostree-2026.4-rollback.json',
    deployments: [
      { checksum: of2026.new, booted: true },
      { checksum: of2026.old, rollback: true, pinned: true },
    ],
  },
];

test.each(rows)('reads $name', ({ parse, file, deployments }) => {
  expect(parse(sample(file))).toEqual(deployments.map((deployment) => ({ ...plain, ...deployment })));
});

test('takes “Pinned: yes” for a word about the deployment above it', () => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
  const text = `  os ${a}.0 (pending)\n    Version: 2\n* other-os ${b}.3 (soft-reboot)\n    Pinned: yes\n`;
  expect(parseOstreeText(text)).toEqual([
    { ...plain, checksum: a },
    { ...plain, checksum: b, stateroot: 'other-os', serial: 3, booted: true, pinned: true, softReboot: true },
  ]);
});

test('reads signatures as no deployments', () => {
  const head = `* os ${'a'.repeat(64)}.0`;
  const text = `${head}\n    GPG: Signature made Sat Nov 21 15:57:00 2026 using RSA key ID 0123\n`;
  expect(parseOstreeText(text)).toHaveLength(1);
});

test('reads a sysroot without deployments', () => {
  expect(parseOstreeText('No deployments.\n')).toEqual([]);
  expect(parseOstreeJson('{"deployments": []}')).toEqual([]);
});

describe('what is not its output', () => {
  const deployment = { stateroot: 'os', checksum: 'a'.repeat(64), serial: 0 };
  test.each([
    ['', 'it is not JSON'],
    ['[]', 'it is not an object'],
    ['{}', 'deployments is not a list'],
    ['{"deployments": [1]}', 'deployments[0] is not an object'],
    [{ ...deployment, checksum: 'a' }, 'deployments[0].checksum is not the checksum of a commit'],
    [{ ...deployment, stateroot: '../..' }, 'deployments[0].stateroot is not the name of a stateroot'],
    [{ ...deployment, stateroot: '..' }, 'deployments[0].stateroot is not the name of a stateroot'],
    [{ ...deployment, serial: '0' }, 'deployments[0].serial is not a whole number'],
    [{ ...deployment, staged: 'yes' }, 'deployments[0].staged is neither true nor false'],
  ])('is refused: %j', (content, problem) => {
    const text = typeof content === 'string' ? content : JSON.stringify({ deployments: [content] });
    expect(() => parseOstreeJson(text)).toThrow(
      expect.objectContaining({
        code: 'deployment',
        message: expect.stringContaining(
          `what “ostree admin status --json” prints cannot be read: ${problem}`,
        ),
      }),
    );
  });

  test('is refused as text, too', () => {
    expect(() => parseOstreeText('ostree: command not found\n')).toThrow(/no line names a deployment/);
  });

  test('never makes the reader fail in another way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        for (const parse of [parseOstreeJson, parseOstreeText]) {
          try {
            parse(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'deployment' });
          }
        }
      }),
    );
  });
});
