import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAuthFile } from '../src/resolve/auth-file.js';
import { exec } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let skopeo: string;
let directory: string;

beforeAll(async () => {
  skopeo = (await podmanOf('5.8')).skopeo;
  directory = await tempDir(cleanup);
});

const name = 'r.example.com/shop';

/** Whom skopeo would log in as with a file: a user, nobody (''), or it fails on the file. */
async function userOfSkopeo(content: string | Buffer): Promise<string> {
  const authfile = join(directory, 'auth.json');
  await writeFile(authfile, content);
  const { exitCode, stdout, stderr } = await exec(
    skopeo,
    ['login', '--get-login', '--authfile', authfile, name],
    {
      env: { HOME: directory, XDG_RUNTIME_DIR: directory, XDG_CONFIG_HOME: directory },
    },
  );
  if (exitCode === 0) return `user ${stdout.replace(/\n$/, '')}`;
  return stderr.includes('not logged into') ? 'nobody' : 'fails';
}

function userOfOurs(content: string | Buffer): string {
  const parsed = parseAuthFile(Buffer.from(content));
  if (!parsed.ok) return 'fails';
  const stored = parsed.authFile.stored(name);
  if (stored.kind === 'invalid' || stored.kind === 'helper') return 'fails';
  const login =
    stored.kind === 'password' ? stored : stored.kind === 'identity-token' ? stored.login : undefined;
  return login === undefined || login.username === '' ? 'nobody' : `user ${login.username}`;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const a = base64('a:secret');
const b = base64('b:secret');

describe('an auth file says the same to skopeo and to us', () => {
  test.each([
    '',
    ' ',
    'null',
    '[]',
    '"x"',
    '{}',
    `{"auths":{"r.example.com":{"auth":"${a}"}}}`,
    `\ufeff{"auths":{"r.example.com":{"auth":"${a}"}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}}}\n\n`,
    `{"auths":{"r.example.com":{"auth":"${a}"}}}\0`,
    `{"auths":{"r.example.com":{"auth":"${a}"}}} {}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}}},`,
    `{"auths":{"r.example.com":{"auth":"${a}","auth":"${b}"}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}","AUTH":null}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}","AUTH":1}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"},"r.example.com":{}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"},"r.example.com":null}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"AUTHS":{"x.example.com":{}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"AUTHS":null}`,
    `{"auths":null,"auth\u017f":{"r.example.com":{"auth":"${a}"}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}","identityto\u212aen":1}}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"credHelpers":[]}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"credHelpers":{"x.example.com":1}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"HttpHeaders":{"x":1e999}}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"x":01}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"x":"\\u0000"}`,
    `{"auths":{"r.example.com":{"auth":"${a}"}},"x":"\u0001"}`,
    `{"auths":{"r.example.com":{"username":"a","password":"secret"}}}`,
    `{"r.example.com":{"auth":"${a}"}}`,
    `{"auths":{"r.example.com/shop/":{"auth":"${a}"}}}`,
    `{"auths":{"r.example.com/shop:1":{"auth":"${a}"}}}`,
    `{"auths":{"R.example.com":{"auth":"${a}"}}}`,
    `{"auths":{"*.example.com":{"auth":"${a}"}}}`,
    `{"auths":{"https://r.example.com/other":{"auth":"${a}"}}}`,
    `{"auths":{"r.example.com":{"auth":"${base64('a:')}"}}}`,
    `{"auths":{"r.example.com":{"auth":"${base64('a')}"}}}`,
    `{"auths":{"r.example.com":{"auth":"","identitytoken":"t"}}}`,
    `{"auths":{"r.example.com":{"auth":"${a} "}}}`,
  ])('%j', async (text) => {
    expect(userOfOurs(text)).toBe(await userOfSkopeo(text));
  });

  const scalar = fc.constantFrom(
    'null',
    'true',
    '0',
    '-1.5e3',
    '01',
    '""',
    '[]',
    '{}',
    '"x"',
    `"${a}"`,
    `"${b}"`,
  );
  const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\u00a0', '\0');
  const object = (names: fc.Arbitrary<string>, values: fc.Arbitrary<string>) =>
    fc
      .array(fc.tuple(names, values, space), { maxLength: 3 })
      .map((members) => `{${members.map(([key, value, gap]) => `"${key}":${gap}${value}`).join(',')}}`);
  const entry = fc.oneof(
    {
      weight: 6,
      arbitrary: object(
        fc.constantFrom('auth', 'auth', 'Auth', 'identitytoken', 'identityto\u212aen', 'x'),
        scalar,
      ),
    },
    { weight: 1, arbitrary: scalar },
  );
  const keys = fc.constantFrom(
    'r.example.com',
    'r.example.com/shop',
    'https://r.example.com/v1/',
    'x.example.com',
    '__proto__',
  );
  const auths = fc.oneof({ weight: 6, arbitrary: object(keys, entry) }, { weight: 1, arbitrary: scalar });
  const file = fc
    .tuple(object(fc.constantFrom('auths', 'auths', 'AUTHS', 'auth\u017f', 'credsStore'), auths), space)
    .map(([text, gap]) => text + gap);

  test('whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        expect(userOfOurs(text)).toBe(await userOfSkopeo(text));
      }),
      { numRuns: 300 },
    );
  });
});
