import { tarOf } from '../../support/tar-archive.js';
import { file } from '../../support/tree-spec.js';
import type { RuleRow } from '../rule-row.js';

const policy = 'etc/containers/policy.json';
const podman = { 'usr/bin/podman': file('', { mode: 0o755 }) };
const accept = [{ type: 'insecureAcceptAnything' }];
const reject = [{ type: 'reject' }];

function docker(scopes: object, general: object = accept): string {
  return JSON.stringify({ default: general, transports: { docker: scopes } });
}

const signed = docker({ 'quay.io/example/db': [{ type: 'sigstoreSigned', keyPath: '/etc/pki/shop.pub' }] });
const publicKey = '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n';
const gpgKey = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----\n';
const inBase64 = (text: string) => Buffer.from(text).toString('base64');
const signedBy = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/shop.gpg' };
const lookaside = {
  'etc/containers/registries.d/shop.yaml':
    'docker:\n  quay.io/example:\n    lookaside: https://sigs.example.com\n',
};
const logs = {
  'usr/lib/bound-images.d/logs.toml': 'images = ["oci-archive:/usr/lib/shop/logs.tar"]\n',
  'usr/lib/shop/logs.tar': tarOf({ name: 'index.json' }),
};
const attachments = 'docker:\n  quay.io/example:\n    use-sigstore-attachments: true\n';

export const signaturePolicy: readonly RuleRow[] = [
  {
    rule: 'policy-missing',
    name: 'a root with podman',
    wrong: { ...podman, [policy]: null },
    at: ['/etc/containers/policy.json'],
    right: {
      ...podman,
      [policy]: null,
      'usr/share/containers/policy.json':
        '{"default":[{"type":"reject"}],"transports":{"docker":{"":[{"type":"insecureAcceptAnything"}]}}}',
    },
  },
  {
    rule: 'policy-missing',
    name: 'files that are laid over an image that has one',
    wrong: { ...podman, [policy]: null },
    at: ['/etc/containers/policy.json'],
    right: { [policy]: null },
  },
  {
    rule: 'policy-invalid',
    name: 'a comment',
    wrong: { [policy]: '{\n  // all\n  "default": [{ "type": "insecureAcceptAnything" }]\n}\n' },
    at: ['/etc/containers/policy.json:2:3'],
    right: { [policy]: '{\n  "default": [{ "type": "insecureAcceptAnything" }]\n}\n' },
  },
  {
    rule: 'policy-invalid',
    name: 'an unknown key and a scope that stands twice',
    wrong: {
      [policy]: `{
  "defaults": [{ "type": "reject" }],
  "default": [{ "type": "insecureAcceptAnything" }],
  "transports": {
    "docker": {
      "quay.io": [{ "type": "insecureAcceptAnything" }],
      "quay.io": [{ "type": "insecureAcceptAnything" }]
    }
  }
}
`,
    },
    at: ['/etc/containers/policy.json:2:3', '/etc/containers/policy.json:7:7'],
    right: {
      [policy]: `{
  "default": [{ "type": "insecureAcceptAnything" }],
  "transports": {
    "docker": {
      "quay.io": [{ "type": "insecureAcceptAnything" }],
      "quay.io/example": [{ "type": "insecureAcceptAnything" }]
    }
  }
}
`,
    },
  },
  {
    rule: 'policy-rejects',
    name: 'everything but one namespace',
    wrong: { [policy]: docker({ 'quay.io/example/db': accept, 'quay.io/example/agent': accept }, reject) },
    at: ['/usr/share/containers/systemd/web.container:5:7'],
    right: { [policy]: docker({ 'quay.io/example': accept }, reject) },
  },
  {
    rule: 'policy-rejects',
    name: 'a repository below one that is accepted',
    wrong: { [policy]: docker({ 'quay.io/example/db': reject, '*.io': accept }, reject) },
    at: ['/usr/share/containers/systemd/db.image:2:7'],
    right: { [policy]: docker({ 'quay.io/example/other': reject, '*.io': accept }, reject) },
  },
  {
    rule: 'policy-key-missing',
    name: 'the key of a bound image',
    wrong: {
      ...podman,
      ...lookaside,
      [policy]: `{
  "default": [{ "type": "insecureAcceptAnything" }],
  "transports": { "docker": { "quay.io/example": [
    { "type": "signedBy", "keyType": "GPGKeys", "keyPath": "/etc/pki/shop.gpg" }
  ] } }
}
`,
    },
    at: ['/etc/containers/policy.json:4:60'],
    right: {
      ...podman,
      ...lookaside,
      [policy]: docker({
        'quay.io/example': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/shop.gpg' }],
        'quay.io/other': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/other.gpg' }],
      }),
      'etc/pki/shop.gpg': gpgKey,
    },
  },
  {
    rule: 'policy-key-missing',
    name: 'keyData that is no key',
    wrong: {
      ...podman,
      [policy]: docker({ 'quay.io/example/db': [{ type: 'sigstoreSigned', keyData: inBase64(gpgKey) }] }),
      'etc/containers/registries.d/example.yaml': attachments,
    },
    at: ['/etc/containers/policy.json:1:129'],
    right: {
      ...podman,
      [policy]: docker({ 'quay.io/example/db': [{ type: 'sigstoreSigned', keyData: inBase64(publicKey) }] }),
      'etc/containers/registries.d/example.yaml': attachments,
    },
  },
  {
    rule: 'policy-key-missing',
    name: 'a file that is no key',
    wrong: {
      ...podman,
      [policy]: signed,
      'etc/pki/shop.pub': gpgKey,
      'etc/containers/registries.d/example.yaml': attachments,
    },
    at: ['/etc/containers/policy.json:1:129'],
    right: {
      ...podman,
      [policy]: signed,
      'etc/pki/shop.pub': publicKey,
      'etc/containers/registries.d/example.yaml': attachments,
    },
  },
  {
    rule: 'policy-lookaside-missing',
    name: 'no file in registries.d, and one for the namespace',
    wrong: { ...podman, [policy]: docker({ 'quay.io/example': [signedBy] }), 'etc/pki/shop.gpg': gpgKey },
    at: ['/etc/containers/policy.json:1:91'],
    right: {
      ...podman,
      ...lookaside,
      [policy]: docker({ 'quay.io/example': [signedBy] }),
      'etc/pki/shop.gpg': gpgKey,
    },
  },
  {
    rule: 'policy-lookaside-missing',
    name: 'a directory that is not there',
    wrong: {
      ...podman,
      [policy]: docker({ 'quay.io/example': [signedBy] }),
      'etc/pki/shop.gpg': gpgKey,
      'etc/containers/registries.d/shop.yaml': 'default-docker:\n  lookaside: file:///usr/lib/shop/sigs\n',
    },
    at: ['/etc/containers/policy.json:1:91'],
    right: {
      ...podman,
      [policy]: docker({ 'quay.io/example': [signedBy] }),
      'etc/pki/shop.gpg': gpgKey,
      'etc/containers/registries.d/shop.yaml': 'default-docker:\n  sigstore: file:///usr/lib/shop/sigs\n',
      'usr/lib/shop/sigs/.keep': '',
    },
  },
  {
    rule: 'host-path-unknown',
    name: 'a lookaside in /var',
    wrong: {
      ...podman,
      [policy]: docker({ 'quay.io/example': [signedBy] }),
      'etc/pki/shop.gpg': gpgKey,
      'etc/containers/registries.d/shop.yaml': 'default-docker:\n  lookaside: file:///var/lib/shop/sigs\n',
    },
    at: ['/etc/containers/policy.json:1:91'],
    right: {
      ...podman,
      [policy]: docker({ 'quay.io/example': [signedBy] }),
      'etc/pki/shop.gpg': gpgKey,
      'etc/containers/registries.d/shop.yaml': 'default-docker:\n  lookaside: file:///usr/lib/shop/sigs\n',
      'usr/lib/shop/sigs/.keep': '',
    },
  },
  {
    rule: 'policy-never-met',
    name: 'a kind of key that podman has no code for',
    wrong: {
      ...podman,
      [policy]: docker({ 'quay.io/example/db': [{ ...signedBy, keyType: 'signedByGPGKeys' }] }),
      'etc/pki/shop.gpg': gpgKey,
    },
    at: ['/etc/containers/policy.json:1:94'],
    right: {
      ...podman,
      ...lookaside,
      [policy]: docker({ 'quay.io/example/db': [signedBy] }),
      'etc/pki/shop.gpg': gpgKey,
    },
  },
  {
    rule: 'policy-never-met',
    name: 'a signature of an archive',
    wrong: {
      ...podman,
      ...logs,
      [policy]: JSON.stringify({ default: accept, transports: { 'oci-archive': { '': [signedBy] } } }),
      'etc/pki/shop.gpg': gpgKey,
    },
    at: ['/etc/containers/policy.json:1:81'],
    right: {
      ...podman,
      ...logs,
      [policy]: JSON.stringify({ default: accept, transports: { dir: { '': [signedBy] } } }),
      'etc/pki/shop.gpg': gpgKey,
    },
  },
  {
    rule: 'policy-never-met',
    name: 'a base layer',
    wrong: {
      ...podman,
      [policy]: docker({
        'quay.io/example/db': [{ type: 'signedBaseLayer', baseLayerIdentity: { type: 'matchRepository' } }],
      }),
    },
    at: ['/etc/containers/policy.json:1:94'],
    right: { ...podman, [policy]: docker({ 'quay.io/example/db': accept }) },
  },
  {
    rule: 'policy-signatures-unread',
    name: 'no file in registries.d, and one for the namespace',
    wrong: { ...podman, [policy]: signed, 'etc/pki/shop.pub': publicKey },
    at: ['/etc/containers/policy.json:1:94'],
    right: {
      ...podman,
      [policy]: signed,
      'etc/pki/shop.pub': publicKey,
      'etc/containers/registries.d/example.yaml': attachments,
    },
  },
  {
    rule: 'policy-signatures-unread',
    name: 'switched off for the repository',
    wrong: {
      ...podman,
      [policy]: signed,
      'etc/pki/shop.pub': publicKey,
      'etc/containers/registries.d/example.yaml': `${attachments}  quay.io/example/db:\n    use-sigstore-attachments: no\n`,
    },
    at: ['/etc/containers/policy.json:1:94'],
    right: {
      ...podman,
      [policy]: signed,
      'etc/pki/shop.pub': publicKey,
      'etc/containers/registries.d/example.yaml': 'default-docker:\n  use-sigstore-attachments: on\n',
    },
  },
  {
    rule: 'registries-d-invalid',
    name: 'a URL where a section is due',
    wrong: { 'etc/containers/registries.d/a.yaml': 'docker:\n  quay.io: https://sigs.example.com\n' },
    at: ['/etc/containers/registries.d/a.yaml:2:12'],
    right: {
      'etc/containers/registries.d/a.yaml': 'docker:\n  quay.io:\n    lookaside: https://sigs.example.com\n',
    },
  },
  {
    rule: 'registries-d-invalid',
    name: 'a registry in two files',
    wrong: {
      'etc/containers/registries.d/a.yaml': 'docker:\n  quay.io:\n    lookaside: https://sigs.example.com\n',
      'etc/containers/registries.d/b.yaml': 'docker:\n  quay.io:\n    use-sigstore-attachments: true\n',
    },
    at: ['/etc/containers/registries.d/b.yaml:2:3'],
    right: {
      'etc/containers/registries.d/a.yaml': 'docker:\n  quay.io:\n    lookaside: https://sigs.example.com\n',
      'etc/containers/registries.d/b.yaml':
        'docker:\n  quay.io/example:\n    use-sigstore-attachments: true\n',
      'etc/containers/registries.d/b.yaml.old': '- nothing\n',
    },
  },
];
