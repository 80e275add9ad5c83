import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { quadlet } from '../../support/entries.js';
import { execOk } from '../../support/exec.js';
import { authJson, type TreeNode } from '../../support/host.js';
import type { Attack, Lab, Row } from '../row.js';

/** An image whose unit names this file, in a registry that asks nobody for a password. */
function attackWith(
  { image, registry }: Lab,
  node: (registry: string) => TreeNode,
  extra: Partial<Attack> = {},
): Attack {
  const app = image();
  return {
    newRoot: {
      'usr/lib/app/auth.json': node(registry.host),
      ...quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', 'AuthFile=/usr/lib/app/auth.json'),
    },
    runs: [{ command: 'pull', status: [0, 1, 3, 75] }],
    ...extra,
  };
}

/** Names of helpers that are none: podman puts `docker-credential-` before them and looks in the PATH. */
const helpers: readonly {
  readonly name: string;
  readonly helper: (lab: Lab) => string;
  readonly fault?: string;
}[] = [
  // `/docker-credential-x` need not be there: some `..` are taken off before anybody looks.
  { name: 'a path', helper: ({ canaries }) => `x/../../..${canaries.program}` },
  { name: 'an absolute path', helper: ({ canaries }) => canaries.program },
  { name: 'an option', helper: () => '--version' },
  { name: 'a command', helper: ({ canaries }) => `x; ${canaries.program}` },
  { name: 'a command in parentheses', helper: ({ canaries }) => `$(${canaries.program})` },
  { name: 'a line feed', helper: ({ canaries }) => `x\n${canaries.program}` },
  { name: 'NUL', helper: () => 'x\u0000y' },
  { name: 'nothing', helper: () => '' },
  { name: 'escape sequences', helper: () => '\u001b]8;;http://x\u0007x' },
  { name: 'a megabyte', helper: () => 'x'.repeat(900_000) },
];

const helperRows: readonly Row[] = helpers.flatMap(({ name, helper, fault }) =>
  [
    { key: 'credHelpers', content: (host: string, text: string) => ({ credHelpers: { [host]: text } }) },
    { key: 'credsStore', content: (_: string, text: string) => ({ credsStore: text, auths: {} }) },
  ].map(({ key, content }) => ({
    short: 'some',
    name: `${key} of a root’s auth file that is ${name}`,
    only: 'oldest',
    ...(fault !== undefined && { fault }),
    attack: (lab) => attackWith(lab, (host) => JSON.stringify(content(host, helper(lab)))),
  })),
);

const helperOfTheRoot: Row = {
  name: 'a credential helper that only the root has',
  attack: (lab) => {
    const attack = attackWith(lab, (host) => JSON.stringify({ credHelpers: { [host]: 'canary' } }));
    const program = { text: lab.canaries.programText, mode: 0o755 };
    return {
      ...attack,
      newRoot: {
        ...attack.newRoot,
        'usr/bin/docker-credential-canary': program,
        'usr/local/bin/docker-credential-canary': program,
        'usr/libexec/podman/docker-credential-canary': program,
      },
    };
  },
};

const nodes: readonly { readonly name: string; readonly node: (lab: Lab) => TreeNode }[] = [
  { name: 'a link out of the root', node: ({ canaries }) => ({ link: canaries.secret }) },
  {
    name: 'a relative link out of the root',
    node: ({ canaries }) => ({ link: `${'../'.repeat(30)}${canaries.secret.slice(1)}` }),
  },
  { name: 'a link through /proc', node: ({ canaries }) => ({ link: `/proc/self/root${canaries.secret}` }) },
  { name: 'a link to a descriptor', node: () => ({ link: '/proc/self/fd/0' }) },
  { name: 'a link to /dev/stdin', node: () => ({ link: '/dev/stdin' }) },
  { name: 'a link to /dev/zero', node: () => ({ link: '/dev/zero' }) },
  { name: 'a directory', node: () => ({ directory: true }) },
  { name: 'empty', node: () => '' },
  { name: 'two MiB', node: () => `{"auths":{}}${' '.repeat(2 * 1024 * 1024)}` },
  { name: 'nested without end', node: () => `{"auths":${'['.repeat(400_000)}` },
  {
    name: 'keys of JavaScript',
    node: () =>
      '{"__proto__":{"auths":{}},"constructor":{"prototype":1},"auths":{"__proto__":{"auth":"eA=="}}}',
  },
  { name: 'numbers for texts', node: ({ registry }) => `{"auths":{"${registry.host}":{"auth":7}}}` },
  {
    name: 'keys twice',
    node: ({ registry }) => `{"auths":{"${registry.host}":{"auth":"eDp5"},"${registry.host}":{}}}`,
  },
  {
    name: 'a password with line feeds',
    node: ({ registry }) => authJson({ [registry.host]: 'x:y\r\nX-Canary: 1' }),
  },
  { name: 'a name with escape sequences', node: () => authJson({ '\u001b[31m\u202ehost': 'x:y' }) },
];

const nodeRows: readonly Row[] = nodes.map(({ name, node }) => ({
  short: 'some',
  name: `an auth file of the root that is, or has: ${name}`,
  only: 'oldest',
  attack: (lab) => attackWith(lab, () => node(lab)),
}));

const special: readonly { readonly name: string; readonly make: (path: string) => readonly string[] }[] = [
  { name: 'a FIFO', make: (path) => ['mkfifo', path] },
  { name: 'the device of /dev/zero', make: (path) => ['mknod', path, 'c', '1', '5'] },
  { name: 'a device of a disk', make: (path) => ['mknod', path, 'b', '259', '0'] },
  { name: 'a sparse file of a terabyte', make: (path) => ['truncate', '--size=1T', path] },
];

/** Where a root may have any file that is read or handed on. */
const readFiles: readonly {
  readonly name: string;
  readonly path: string;
  readonly lines: readonly string[];
}[] = [
  { name: 'auth file', path: 'usr/lib/app/auth.json', lines: ['AuthFile=/usr/lib/app/auth.json'] },
  { name: 'pull secret', path: 'usr/lib/ostree/auth.json', lines: [] },
  { name: 'certificate', path: 'usr/lib/app/certs/ca.crt', lines: ['CertDir=/usr/lib/app/certs'] },
  { name: 'key', path: 'usr/lib/app/key.pem', lines: ['DecryptionKey=/usr/lib/app/key.pem'] },
  {
    name: 'passphrase',
    path: 'usr/lib/app/pass',
    lines: ['DecryptionKey=/usr/lib/app/pass:file=/usr/lib/app/pass'],
  },
  { name: 'module', path: 'usr/lib/app/x.conf', lines: ['ContainersConfModule=/usr/lib/app/x.conf'] },
  { name: 'drop-in', path: 'usr/lib/bound-images.d/x.toml', lines: [] },
  { name: 'drop-in of the unit', path: 'usr/share/containers/systemd/app.image.d/x.conf', lines: [] },
];

const specialRows: readonly Row[] = readFiles.flatMap((file) =>
  special.map(({ name, make }) => ({
    short: 'some',
    name: `${file.name} of the root that is ${name}`,
    only: 'oldest',
    attack: ({ image }) => {
      const app = image();
      return {
        newRoot: {
          [`${file.path.slice(0, file.path.lastIndexOf('/'))}`]: { directory: true },
          ...quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', ...file.lines),
        },
        prepare: async ({ newRoot }) => {
          const [program = '', ...args] = make(join(newRoot, file.path));
          await execOk(program, args);
        },
        runs: [{ command: 'pull', status: [0, 1, 3, 75] }],
      };
    },
  })),
);

/** Certificates and keys: each name leads podman to a file if it gets the directory of the root. */
const linkRows: readonly Row[] = readFiles.slice(1).map((file) => ({
  short: 'some',
  name: `${file.name} of the root that is a link out of it`,
  only: 'newest',
  attack: ({ image, canaries }) => {
    const app = image();
    return {
      newRoot: {
        [file.path]: { link: canaries.secret },
        ...quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', ...file.lines),
      },
      runs: [{ command: 'pull', status: [0, 1, 3, 75] }],
    };
  },
}));

const helperOfTheHost: Row = {
  name: 'a credential helper of this host is asked by its name',
  attack: (lab) => {
    const { registry, scratch } = lab;
    const attack = attackWith(lab, (host) => JSON.stringify({ credHelpers: { [host]: 'helper' } }));
    registry.misbehave(({ authorization }, response) => {
      if (authorization !== undefined) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    return {
      ...attack,
      env: { PATH: `${scratch}:${process.env.PATH}` },
      prepare: async () => {
        const script = `#!/bin/sh\ncat >>${scratch}/asked\necho '{"ServerURL":"x","Username":"robot","Secret":"s"}'\n`;
        await execOk('bash', [
          '-c',
          'printf %s "$0" >"$1" && chmod 755 "$1"',
          script,
          join(scratch, 'docker-credential-helper'),
        ]);
      },
      runs: [{ command: 'pull', status: [0] }],
      afterwards: async () => {
        expect(await readFile(join(scratch, 'asked'), 'utf8')).toContain(registry.host);
      },
    };
  },
};

export const authFileRows: readonly Row[] = [
  ...helperRows,
  helperOfTheRoot,
  helperOfTheHost,
  ...nodeRows,
  ...specialRows,
  ...linkRows,
];
