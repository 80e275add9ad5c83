import { tarOf } from '../../support/tar-archive.js';
import { file } from '../../support/tree-spec.js';
import { cleanRoot, dbWith, digest, image } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const authfile = 'etc/containers/agent-auth.json';
const agent = '/usr/lib/bound-images.d/agent.toml';
const db = '/usr/share/containers/systemd/db.image';
const token = '{ "auths": { "quay.io": { "auth": "c2hvcDpzZWNyZXQ=" } } }\n';

function agentAuth(content: string): Change {
  return { [authfile]: file(content, { mode: 0o600 }) };
}

function pullSecret(content: string): Change {
  return { 'etc/ostree/auth.json': file(content, { mode: 0o600 }) };
}

export const access: readonly RuleRow[] = [
  {
    rule: 'authfile-missing',
    name: 'a file that nobody ships',
    wrong: { [authfile]: null },
    at: [`${agent}:4:12`],
    right: { [authfile]: null, [`usr/${authfile}`]: cleanRoot[authfile] ?? null },
  },
  {
    rule: 'authfile-unusable',
    name: 'a file that is not JSON',
    wrong: agentAuth(token.slice(0, -3)),
    at: [`${agent}:4:12`],
    right: agentAuth(token),
  },
  {
    rule: 'authfile-unusable',
    name: 'an entry that is not base64',
    wrong: agentAuth(token.replace('=', '')),
    at: [`${agent}:4:12`],
    right: agentAuth(token.replace('}', '}, "ghcr.io": { "auth": "not base64!!" }')),
  },
  {
    rule: 'authfile-unusable',
    name: 'a helper that is a path',
    wrong: agentAuth('{ "credHelpers": { "quay.io": "../../../usr/lib/shop/helper" } }\n'),
    at: [`${agent}:4:12`],
    right: agentAuth(token.replace('}', '}, "ghcr.io": {}')),
  },
  {
    rule: 'authfile-unusable',
    name: 'an empty file that podman reads by itself',
    wrong: { 'root/.config/containers/auth.json': file('', { mode: 0o600 }) },
    at: ['/root/.config/containers/auth.json'],
    right: { 'root/.config/containers/auth.json': file('{}', { mode: 0o600 }) },
  },
  {
    rule: 'authfile-skipped',
    name: 'an empty pull secret, once for all the images that it would be for',
    wrong: pullSecret(''),
    at: ['/etc/ostree/auth.json'],
    right: pullSecret(token),
  },
  {
    rule: 'creds-short-reference',
    name: 'beside a short name',
    wrong: {
      ...dbWith(),
      'usr/share/containers/systemd/db.image': image(`Image=db@${digest}`, 'Creds=shop:secret'),
    },
    at: [`${db}:4:7`],
    beside: [`reference-short ${db}:3:7`, `creds-readable ${db}:4:7`],
    right: dbWith('AuthFile=/etc/containers/agent-auth.json'),
  },
  {
    rule: 'creds-invalid',
    name: 'no password',
    wrong: dbWith('Creds=shop'),
    at: [`${db}:4:7`],
    right: dbWith('AuthFile=/etc/containers/agent-auth.json'),
  },
  {
    rule: 'path-missing',
    name: 'a certificate directory',
    wrong: dbWith('CertDir=/etc/containers/certs.d/quay.io'),
    at: [`${db}:4:9`],
    right: {
      ...dbWith('CertDir=/etc/containers/certs.d/quay.io'),
      'etc/containers/certs.d/quay.io/ca.crt': 'certificate\n',
    },
  },
  {
    rule: 'path-missing',
    name: 'a module of containers.conf',
    wrong: dbWith('ContainersConfModule=proxy.conf'),
    at: [`${db}:4:22`],
    right: {
      ...dbWith('ContainersConfModule=proxy.conf'),
      'usr/share/containers/containers.conf.modules/proxy.conf': '[engine]\n',
    },
  },
  {
    rule: 'host-path-unknown',
    name: 'an archive in /var',
    wrong: { 'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/var/lib/shop/logs.tar"]\n' },
    at: ['/usr/lib/bound-images.d/logs.toml:1:11'],
    right: {
      'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/usr/lib/shop/logs.tar"]\n',
      'usr/lib/shop/logs.tar': tarOf({ name: 'index.json' }),
    },
  },
  {
    rule: 'path-unusable',
    name: 'a certificate directory that is a file',
    wrong: {
      ...dbWith('CertDir=/etc/containers/certs.d/quay.io'),
      'etc/containers/certs.d/quay.io': 'certificate\n',
    },
    at: [`${db}:4:9`],
    beside: ['path-unusable /usr/lib/bound-images.d/agent.toml:2:3'],
    right: {
      ...dbWith('CertDir=/etc/containers/certs.d/quay.io'),
      'etc/containers/certs.d/quay.io/ca.crt': 'certificate\n',
    },
  },
  {
    rule: 'path-unusable',
    name: 'a key without its certificate',
    wrong: {
      ...dbWith('CertDir=/etc/containers/certs.d/quay.io'),
      'etc/containers/certs.d/quay.io/client.key': 'key\n',
    },
    at: [`${db}:4:9`],
    beside: ['path-unusable /usr/lib/bound-images.d/agent.toml:2:3'],
    right: {
      ...dbWith('CertDir=/etc/containers/certs.d/quay.io'),
      'etc/containers/certs.d/quay.io/client.key': 'key\n',
      'etc/containers/certs.d/quay.io/client.cert': 'certificate\n',
    },
  },
  {
    rule: 'path-unusable',
    name: 'a key without its certificate in certs.d',
    wrong: { 'etc/containers/certs.d/quay.io/client.key': 'key\n' },
    at: ['/usr/lib/bound-images.d/agent.toml:2:3'],
    right: { 'etc/containers/certs.d/ghcr.io/client.key': 'key\n' },
  },
  {
    rule: 'path-unusable',
    name: 'a decryption key that names a library',
    wrong: {
      ...dbWith('DecryptionKey=/usr/lib/shop/key'),
      'usr/lib/shop/key': 'pkcs11:\n  uri: pkcs11:token=shop?module-path=/usr/lib/shop/p11.so\n',
    },
    at: [`${db}:4:15`],
    right: {
      ...dbWith('DecryptionKey=/usr/lib/shop/key'),
      'usr/lib/shop/key': '-----BEGIN PRIVATE KEY-----\nTUlJRXZR\n-----END PRIVATE KEY-----\n',
    },
  },
  {
    rule: 'path-unusable',
    name: 'an archive that is not in the root',
    wrong: { 'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/usr/lib/shop/logs.tar"]\n' },
    at: ['/usr/lib/bound-images.d/logs.toml:1:11'],
    right: {
      'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/usr/lib/shop/logs.tar"]\n',
      'usr/lib/shop/logs.tar': tarOf({ name: 'index.json' }),
    },
  },
  {
    rule: 'path-unusable',
    name: 'an archive with a link in it',
    wrong: {
      'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/usr/lib/shop/logs.tar"]\n',
      'usr/lib/shop/logs.tar': tarOf({ name: 'index.json', type: '2', link: '/etc/shadow' }),
    },
    at: ['/usr/lib/bound-images.d/logs.toml:1:11'],
    right: {
      'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/usr/lib/shop/logs.tar"]\n',
      'usr/lib/shop/logs.tar': tarOf({ name: 'index.json' }),
    },
  },
];
