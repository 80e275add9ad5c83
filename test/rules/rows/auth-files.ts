import { file } from '../../support/tree-spec.js';
import { digest } from '../clean-root.js';
import type { RuleRow } from '../rule-row.js';

const agentAuth = 'etc/containers/agent-auth.json';
const auth = Buffer.from('shop:secret').toString('base64');
const podman = { 'usr/bin/podman': file('', { mode: 0o755 }) };

function authFile(content: object, mode = 0o600) {
  return file(JSON.stringify(content), { mode });
}

export const authFiles: readonly RuleRow[] = [
  {
    rule: 'authfile-world-readable',
    name: 'a file that a drop-in names',
    wrong: { [agentAuth]: authFile({ auths: { 'quay.io': { auth } } }, 0o644) },
    at: ['/etc/containers/agent-auth.json'],
    right: { [agentAuth]: authFile({ auths: { 'quay.io': { auth } } }, 0o640) },
  },
  {
    rule: 'authfile-world-readable',
    name: 'the global pull secret, which holds a secret or does not',
    wrong: { 'usr/lib/ostree/auth.json': authFile({ auths: { 'ghcr.io': { identitytoken: 'x' } } }, 0o644) },
    at: ['/usr/lib/ostree/auth.json'],
    right: { 'usr/lib/ostree/auth.json': authFile({ auths: { 'ghcr.io': {} } }, 0o644) },
  },
  {
    rule: 'authfile-without-entry',
    name: 'a file for another registry',
    wrong: { [agentAuth]: authFile({ auths: { 'ghcr.io': { auth } } }) },
    at: ['/usr/lib/bound-images.d/agent.toml:4:12'],
    right: { [agentAuth]: authFile({ auths: { 'quay.io/example': { auth } } }) },
  },
  {
    rule: 'authfile-without-entry',
    name: 'an empty entry, and a helper for all registries',
    wrong: { [agentAuth]: authFile({ auths: { 'quay.io': {} } }) },
    at: ['/usr/lib/bound-images.d/agent.toml:4:12'],
    right: {
      [agentAuth]: authFile({ auths: { 'quay.io': {} } }),
      'etc/containers/registries.conf.d/helper.conf': 'credential-helpers = ["secretservice"]\n',
    },
  },
  {
    rule: 'authfile-without-entry',
    name: 'one file for two images of a registry is said once',
    wrong: {
      'usr/lib/bound-images.d/agent.toml': `authfile = "/${agentAuth}"
images = ["ghcr.io/example/a@${digest}", "ghcr.io/example/b@${digest}"]
`,
    },
    at: ['/usr/lib/bound-images.d/agent.toml:1:12'],
    right: {
      'usr/lib/bound-images.d/agent.toml': `authfile = "/${agentAuth}"
images = ["quay.io/example/a@${digest}", "quay.io/example/b@${digest}"]
`,
    },
  },
  {
    rule: 'authfile-entry-useless',
    name: 'a password that podman does not read',
    wrong: { [agentAuth]: authFile({ auths: { 'quay.io': { username: 'shop', password: 'secret' } } }) },
    at: ['/etc/containers/agent-auth.json:1:11'],
    right: { [agentAuth]: authFile({ auths: { 'quay.io': { auth, username: 'shop' } } }) },
  },
  {
    rule: 'authfile-entry-useless',
    name: 'a file that podman reads by itself',
    wrong: { 'root/.docker/config.json': authFile({ credsStore: 'desktop' }) },
    at: ['/root/.docker/config.json:1:15'],
    right: {
      'root/.docker/config.json': authFile({ auths: { 'quay.io': { auth } }, credsStore: 'desktop' }),
    },
  },
  {
    rule: 'authfile-helper-missing',
    name: 'a helper in a file that podman reads by itself',
    wrong: { ...podman, 'root/.docker/config.json': authFile({ credHelpers: { 'quay.io': 'pass' } }) },
    at: ['/root/.docker/config.json:1:27'],
    right: {
      ...podman,
      'root/.docker/config.json': authFile({ credHelpers: { 'quay.io': 'pass' } }),
      'usr/local/bin/docker-credential-pass': file('', { mode: 0o755 }),
    },
  },
  {
    rule: 'authfile-entry-useless',
    name: 'a pull secret in the old form, once for all the images that it would be for',
    wrong: { 'etc/ostree/auth.json': authFile({ 'quay.io': { auth } }) },
    at: ['/etc/ostree/auth.json:1:2'],
    right: { 'etc/ostree/auth.json': authFile({ 'ghcr.io': { auth } }) },
  },
  {
    rule: 'authfile-entry-useless',
    name: 'a password with a line end, beside a helper for all registries',
    wrong: {
      [agentAuth]: authFile({
        auths: { 'quay.io': { auth: Buffer.from('shop:secret\n').toString('base64') } },
      }),
      'etc/containers/registries.conf.d/helper.conf': 'credential-helpers = ["secretservice"]\n',
    },
    at: ['/etc/containers/agent-auth.json:1:11'],
    right: {
      [agentAuth]: authFile({ auths: { 'quay.io/': { auth } } }),
      'etc/containers/registries.conf.d/helper.conf': 'credential-helpers = ["secretservice"]\n',
    },
  },
  {
    rule: 'authfile-helper-missing',
    name: 'a helper that no package brought',
    wrong: {
      ...podman,
      [agentAuth]: file('{\n  "credHelpers": { "quay.io": "pass" }\n}\n', { mode: 0o600 }),
    },
    at: ['/etc/containers/agent-auth.json:2:31'],
    right: {
      ...podman,
      [agentAuth]: file('{\n  "credHelpers": { "quay.io": "pass" }\n}\n', { mode: 0o600 }),
      'usr/bin/docker-credential-pass': file('', { mode: 0o755 }),
    },
  },
  {
    rule: 'authfile-helper-missing',
    name: 'a helper for a registry that no image needs',
    wrong: { ...podman, [agentAuth]: authFile({ credHelpers: { 'quay.io': 'ecr-login' } }) },
    at: ['/etc/containers/agent-auth.json:1:27'],
    right: {
      ...podman,
      [agentAuth]: authFile({ auths: { 'quay.io': { auth } }, credHelpers: { 'ghcr.io': 'ecr-login' } }),
    },
  },
];
