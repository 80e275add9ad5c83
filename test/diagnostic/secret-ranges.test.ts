import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAuthFile, secretRanges } from '../../src/diagnostic/secret-ranges.js';

function masked(text: string): string {
  return secretRanges(text).reduceRight(
    (shown, { start, end }) => `${shown.slice(0, start)}***${shown.slice(end)}`,
    text,
  );
}

describe('of a text nobody sees', () => {
  test.each([
    { name: 'a key for credentials', text: '[Image]\nCreds=bob:pw\nOS=x', shown: '[Image]\nCreds=***\nOS=x' },
    { name: 'one with blanks', text: '  creds  =  bob:pw two \n', shown: '  creds  =  *** \n' },
    {
      name: 'one that is switched off',
      text: '#Creds=bob:pw\n; Creds=bob:pw',
      shown: '#Creds=***\n; Creds=***',
    },
    {
      name: 'one that is continued',
      text: 'Creds=bob:\\\n# note\n\n  pw\\\n  x\nOS=x',
      shown: 'Creds=***\nOS=x',
    },
    { name: 'one whose name is continued', text: 'Cre\\\nds=pw\nOS=x', shown: 'Cre\\\nds=***\nOS=x' },
    { name: 'one without a sign', text: 'Creds bob:pw\ncreds:bob:pw', shown: 'Creds ***\ncreds:***' },
    { name: 'a passphrase', text: 'DecryptionKey=/etc/k.pem:pw', shown: 'DecryptionKey=/etc/k.pem:***' },
    {
      name: 'an attached option',
      text: 'PodmanArgs=--creds=bob:pw --os=x',
      shown: 'PodmanArgs=--creds=*** --os=x',
    },
    { name: 'an option', text: 'PodmanArgs=--creds bob:pw --os x', shown: 'PodmanArgs=--creds *** --os x' },
    { name: 'a quoted value', text: 'PodmanArgs=--creds="b:p w" -q', shown: 'PodmanArgs=--creds="***" -q' },
    { name: 'a quoted option', text: "PodmanArgs='--creds=b:p w' -q", shown: "PodmanArgs='--creds=***' -q" },
    {
      name: 'a quote in a quote',
      text: 'Exec=sh -c "x --token pw y" z',
      shown: 'Exec=sh -c "x --token ***" z',
    },
    {
      name: 'an escaped option',
      text: 'PodmanArgs=--\\x63reds\\x3dpw -q',
      shown: 'PodmanArgs=--\\x63reds\\x3d*** -q',
    },
    {
      name: 'an option in pieces',
      text: 'PodmanArgs=--cre\\\nds \\\n  bob:p\\\n  w --os x',
      shown: 'PodmanArgs=--cre\\\nds \\\n  *** --os x',
    },
    {
      name: 'a passphrase among options',
      text: 'PodmanArgs=--decryption-key /k:pw --decryption-key=/l:pw -q',
      shown: 'PodmanArgs=--decryption-key /k:*** --decryption-key=/l:*** -q',
    },
    {
      name: 'a quote that is not closed',
      text: 'PodmanArgs=--creds "a b\nOS=x',
      shown: 'PodmanArgs=--creds "***\nOS=x',
    },
    {
      name: 'the user of a URL',
      text: 'location = "https://bob:p@w@x.org/a"',
      shown: 'location = "https://***@x.org/a"',
    },
    {
      name: 'a variable',
      text: 'Environment=A=b "DB_PASSWORD=x y" C=d',
      shown: 'Environment=A=b "DB_PASSWORD=***',
    },
    {
      name: 'a variable in YAML',
      text: '- name: A\n  value: b\n  x: y',
      shown: '- name: A\n  value: ***\n  x: y',
    },
    {
      name: 'a secret in YAML',
      text: 'data:\n  key: aGk=\n\n  other: |\n    text\nkind: Secret',
      shown: 'data:***\nkind: Secret',
    },
    {
      name: 'options in a list',
      text: 'args:\n- --creds\n- bob:pw\n- -q',
      shown: 'args:\n- --creds\n***\n- -q',
    },
    { name: 'options in an array', text: 'args: ["--creds", "b:pw"]', shown: 'args: ["--creds", "***' },
    {
      name: 'text of several lines in TOML',
      text: "token = '''\na\nb'''\nx = 1",
      shown: 'token = ***\nx = 1',
    },
    {
      name: 'a value in a table',
      text: 'x = { reference = "a", creds = "b" }',
      shown: 'x = { reference = "a", creds = ***',
    },
  ])('$name', ({ text, shown }) => {
    expect(masked(text)).toBe(shown);
  });
});

test.each([
  'Image=quay.io/example/web:1@sha256:0123',
  'Image=docker://nginx@sha256:0123',
  'Image=docker://localhost:5000/a/b:1@sha256:0123',
  'Image=quay.io/vault/token:1.2',
  'AuthFile=/etc/ostree/auth.json',
  'DecryptionKey=/etc/key.pem',
  'PodmanArgs=--authfile /etc/auth.json --tls-verify=false',
  'images = ["quay.io/a/b:1", "quay.io/c/password:2"]',
  'location = "https://registry.example.com/a@b"',
  '"keyPath": "/etc/pki/key.pub"',
])('%s has no secret', (text) => {
  expect(masked(text)).toBe(text);
});

test.each([
  { text: '{ "auths": { "quay.io": { "auth": "Ym9iOnB3" } } }', expected: true },
  { text: '{"quay.io": {"identitytoken" : "x"', expected: true },
  { text: 'auths: {}', expected: true },
  { text: '{ "default": [{ "type": "reject" }] }', expected: false },
  { text: 'authfile = "/etc/containers/auth.json"', expected: false },
  { text: 'Image=quay.io/shop/auth:2.4', expected: false },
  { text: 'images = ["quay.io/shop/forward-auth:2"]', expected: false },
])('$text is an auth file: $expected', ({ text, expected }) => {
  expect(isAuthFile(text)).toBe(expected);
});

describe('a secret is masked wherever it stands', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9!$%&*+,.:^~]{1,3}QZ[A-Za-z0-9!$%&*+,.:^~]{1,12}$/);
  const inUnit = fc.constantFrom<(secret: string) => string>(
    (text) => `Creds=bob:${text}`,
    (text) => `Creds = ${text} and ${text}`,
    (text) => `DecryptionKey=/k:${text}`,
    (text) => `PodmanArgs=--creds=bob:${text} --os=linux`,
    (text) => `PodmanArgs=-q --creds bob:${text}`,
    (text) => `PodmanArgs=-q "--creds" 'bob ${text}'`,
    (text) => `PodmanArgs=--creds="bob:${text} x" -q`,
    (text) => `PodmanArgs=--\\x63\\162eds=${text}`,
    (text) => `GlobalArgs=--x --decryption-key /k:${text}`,
    (text) => `Image=https://bob:${text}@example.com/x`,
    (text) => `Image=docker://${text}@example.com/x`,
  );
  const elsewhere = fc.constantFrom<(secret: string) => string>(
    (text) => `creds = "bob:${text}"`,
    (text) => `  location = "https://bob:${text}@example.com/x"`,
    (text) => `password: ${text}`,
    (text) => `"registry_token":"${text}"`,
  );
  const other = fc.constantFrom(
    '',
    '[Image]',
    'OS=linux',
    '# note',
    '; note \\',
    'PodmanArgs=-q \\',
    "Name='",
    'a: "',
  );
  /** Breaks lines at some places as a unit file may. */
  const broken = (text: string, breaks: readonly number[]) =>
    [...text]
      .map((character, index) => (breaks.includes(index) ? `${character}\\\n# note\n  ` : character))
      .join('');

  test('among other lines', () => {
    fc.assert(
      fc.property(
        fc.array(other),
        fc.oneof(inUnit, elsewhere),
        secret,
        fc.array(other),
        (before, at, hidden, after) => {
          expect(masked([...before, at(hidden), ...after].join('\n'))).not.toContain(hidden);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('on lines that go on', () => {
    fc.assert(
      fc.property(inUnit, secret, fc.array(fc.nat(70), { maxLength: 4 }), (at, hidden, breaks) => {
        const text = broken(at(hidden), breaks);
        // What is left of it, with what the breaks put between.
        expect(masked(text).replace(/\\\n# note\n {2}/g, '')).not.toContain('QZ');
      }),
      { numRuns: 2000 },
    );
  });
});

test('ranges are apart and in order, whatever the text', () => {
  const part = fc.constantFrom(
    'creds',
    '=',
    '--',
    ' ',
    '\n',
    '\\',
    '"',
    "'",
    '//',
    '@',
    ':',
    'x',
    '#',
    '"""',
    '-',
    'value:',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 60 }), (parts) => {
      const text = parts.join('');
      let behind = 0;
      for (const { start, end } of secretRanges(text)) {
        expect(start).toBeGreaterThanOrEqual(behind);
        expect(end).toBeGreaterThan(start);
        behind = end + 1;
      }
      expect(behind - 1).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 2000 },
  );
});
