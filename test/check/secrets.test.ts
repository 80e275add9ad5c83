import { basename } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withCodeFrames } from '../../src/check/code-frames.js';
import { checkJson, checkText } from '../../src/cli/report/check.js';
import { githubText } from '../../src/cli/report/github.js';
import { sarifLog } from '../../src/cli/report/sarif.js';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import { checkRoots } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';

const units = 'usr/share/containers/systemd';

/** Where a secret may stand, each beside a mistake whose frame would show it. */
const places: readonly ((secret: string) => TreeSpec)[] = [
  (secret) => image(`Creds=bob:${secret}`, 'Unknown=1'),
  (secret) => image(`Creds=bob:\\\n# note\n ${secret}`, 'Unknown=1'),
  (secret) => image(`Unknown=--creds bob:${secret}`),
  (secret) => image(`PodmanArgs=--creds=bob:${secret} --unknown`),
  (secret) => image(`PodmanArgs=--creds \\\n  bob:${secret} \\\n  --unknown`),
  (secret) => image(`PodmanArgs=--unknown "--creds" 'bob:${secret}'`),
  (secret) => image(`PodmanArgs=--creds bob:${secret} word ${'x'.repeat(300)}`),
  (secret) => image(`DecryptionKey=/none.pem:${secret}`),
  (secret) => image(`PodmanArgs=--decryption-key /none.pem:${secret} --unknown`),
  (secret) => image(`Image=https://bob:${secret}@quay.io/a/b:1`),
  (secret) => image(`Creds ${secret}`, 'no assignment', `Creds=${secret}`),
  (secret) => image(`Environment=DB_PASSWORD=${secret}`, 'Image=%i'),
  (secret) => ({ 'usr/lib/bound-images.d/a.toml': `creds = "bob:${secret}"\nimages = ["nginx"]\n` }),
  (secret) => ({ 'usr/lib/bound-images.d/a.toml': `creds = "bob:${secret}"\nimages = [\n` }),
  (secret) => ({ 'usr/lib/bound-images.d/a.toml': `images = [\n"https://bob:${secret}@quay.io/a:1"]\n` }),
  (secret) => authFile(`{ "auths": { "quay.io": { "auth": "${secret}" } }\n`),
  (secret) => authFile(`{ "auths": { "quay.io":\n { "identitytoken": "${secret}", } } }\n`),
  (secret) => authFile(`{\n "auths": [ "${secret}" ] }\n`),
  (secret) => authFile(secret),
  (secret) => ({
    ...authFile('{}'),
    'etc/containers/registries.conf': `[[registry]]\nlocation = "https://bob:${secret}@quay.io"\nx =\n`,
  }),
  (secret) => ({
    ...authFile('{}'),
    'etc/containers/containers.conf': `[engine]\nenv = ["HTTPS_PROXY=http://bob:${secret}@proxy.example"]\n`,
  }),
  (secret) => ({ ...authFile('{}'), 'etc/containers/policy.json': `{ "token": "${secret}",\n"x": 1 }` }),
];

function image(...lines: readonly string[]): TreeSpec {
  return {
    'usr/lib/bootc/bound-images.d/a.image': symlink(`/${units}/a.image`),
    [`${units}/a.image`]: ['[Image]', 'Image=quay.io/a/b:1', ...lines, ''].join('\n'),
  };
}

function authFile(content: string): TreeSpec {
  return { ...image('AuthFile=/etc/auth.json'), 'etc/auth.json': content };
}

/**
 * All that is printed, with a finding in each line of each file beside those that are made. Without the names of the
 * roots, which are random and may hold any few characters.
 */
function outputs(tree: TreeSpec): string {
  const roots = makeRoots(tree);
  const everywhere = Object.entries(tree).flatMap(([path, content]) =>
    String(content)
      .split('\n')
      .map((_, index) => {
        const at = { entry: null, file: `/${path}`, line: index + 1, column: 1 };
        return diagnose('entry-leftover', at, {});
      }),
  );
  const found: readonly Diagnostic[] = withCodeFrames([...checkRoots(roots), ...everywhere], roots.newRoot);
  const checked = { root: roots.newRoot.hostPath, image: null };
  const texts = [
    checkText(checked, 1, found, new PassThrough() as unknown as NodeJS.WriteStream),
    JSON.stringify(checkJson(checked, found)),
    githubText(checked, found, '/'),
    JSON.stringify(sarifLog(checked, found, { version: '1', workingDirectory: '/', pages: {} })),
  ];
  return texts
    .join('\n')
    .replaceAll(basename(roots.newRoot.hostPath), '')
    .replaceAll(basename(roots.current.hostPath), '');
}

test.each(places.map((place) => ({ tree: place('<secret>'), place })))(
  'no output has the secret of $tree',
  ({ place }) => {
    // Characters that are no part of the names of keys and rules.
    const secret = fc.stringMatching(/^[A-Za-z0-9+,.~-]{0,4}QZ[A-Za-z0-9+,.~-]{0,8}$/);
    fc.assert(
      fc.property(secret, (text) => {
        expect(outputs(place(text))).not.toContain(text);
      }),
      { numRuns: 10 },
    );
  },
);
