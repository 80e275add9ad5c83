import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/model/failure.js';
import type { HostPath, RootPath } from '../../src/model/path.js';
import type { AuthCandidate, AuthFileCandidate } from '../../src/model/resolved-image.js';
import { explain } from '../../src/pull/explain.js';
import { resolve } from '../../src/resolve/resolve.js';
import { scan } from '../../src/scan/scan.js';
import { plannedImage } from '../support/planned-image.js';
import { makeRoots } from '../support/roots.js';

const { resolved } = plannedImage('quay.io/shop/app:1');
const refused: Failure = { code: 'unauthorized', kind: 'permanent', message: 'unauthorized', hint: null };

function file(path: string, given: Partial<AuthFileCandidate> = {}): AuthFileCandidate {
  return {
    kind: 'file',
    path: path as RootPath,
    root: 'new',
    hostPath: `/new${path}` as HostPath,
    from: 'pull-secret',
    hasEntry: false,
    helper: undefined,
    useless: undefined,
    authFile: undefined as never,
    ...given,
  };
}

const own: AuthCandidate = { kind: 'own' };
const etc = '/etc/ostree/auth.json';
const usr = '/usr/lib/ostree/auth.json';
const entry = { from: 'entry', hasEntry: true } as const;

describe('where a registry refuses access, the hint is the whole command', () => {
  test.each<{ name: string; tried: readonly AuthCandidate[]; hint: string }>([
    { name: 'no file', tried: [own], hint: `add credentials: podman login --authfile ${etc} quay.io` },
    {
      name: 'a file without an entry',
      tried: [file(etc), own],
      hint: `add credentials: podman login --authfile ${etc} quay.io`,
    },
    {
      name: 'a file of the running system with an entry',
      tried: [file('/run/ostree/auth.json', { root: 'current', hasEntry: true }), file(etc), own],
      hint: 'renew the credentials: podman login --authfile /run/ostree/auth.json quay.io',
    },
    {
      name: 'one that nobody can write on a host, which another one replaces',
      tried: [file(usr, { hasEntry: true }), own],
      hint: `renew the credentials: podman login --authfile ${etc} quay.io`,
    },
    {
      name: 'one that the unit names',
      tried: [file('/etc/shop/its auth.json', entry)],
      hint: "renew the credentials: podman login --authfile '/etc/shop/its auth.json' quay.io",
    },
    {
      name: 'one that the unit names and the image ships',
      tried: [file('/usr/share/shop/auth.json', entry)],
      hint: 'renew the credentials for quay.io in /usr/share/shop/auth.json, which the image ships',
    },
    {
      name: 'the unit itself',
      tried: [{ kind: 'creds', creds: 'a:b' }, file('/etc/shop/auth.json', entry)],
      hint: 'renew the Creds= of the unit for quay.io',
    },
  ])('$name', ({ tried, hint }) => {
    expect(explain(refused, resolved, tried).hint).toBe(hint);
  });
});

test('a failure of TLS has the advice for its kind', () => {
  const failure: Failure = {
    ...refused,
    code: 'tls',
    message: 'http: server gave HTTP response to HTTPS client',
  };
  expect(explain(failure, resolved, [own]).hint).toMatch(/^the registry speaks plain HTTP/);
});

test('a registry that refuses: what is in the auth file and does not help is said again', () => {
  const roots = makeRoots({
    'usr/lib/bound-images.d/x.toml': 'images = ["quay.io/a/b:1"]\nauthfile = "/etc/auth.json"\n',
    'etc/auth.json': '{"auths": {"quay.io": {"username": "user", "password": "secret"}}}',
  });
  const [resolved] = resolve(scan(roots.newRoot).images, roots).images;
  if (resolved === undefined) throw new Error('no image');
  const failure = { code: 'unauthorized', kind: 'permanent', message: 'unauthorized', hint: null } as const;
  const { message } = explain(failure, resolved, resolved.credentials);
  expect(message).toContain(
    'which does not help: its entry “quay.io” has “username” and “password”, and podman reads “auth” alone',
  );
  expect(message).not.toContain('secret');
});
