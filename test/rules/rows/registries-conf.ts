import { file } from '../../support/tree-spec.js';
import { digest } from '../clean-root.js';
import type { RuleRow } from '../rule-row.js';

const conf = 'etc/containers/registries.conf';
const podman = { 'usr/bin/podman': file('', { mode: 0o755 }) };
const tagged = {
  'usr/lib/bound-images.d/agent.toml': 'images = ["quay.io/example/agent:2.4"]\n',
};
const tagWarning = 'reference-floating /usr/lib/bound-images.d/agent.toml:1:11';
const short = {
  ...podman,
  'usr/lib/bound-images.d/agent.toml': `images = ["agent@${digest}"]\n`,
};
const shortWarning = 'reference-short /usr/lib/bound-images.d/agent.toml:1:12';

export const registriesConf: readonly RuleRow[] = [
  {
    rule: 'registries-conf-invalid',
    name: 'a drop-in that is no TOML',
    wrong: { 'etc/containers/registries.conf.d/a.conf': '[[registry]\n' },
    at: ['/etc/containers/registries.conf.d/a.conf:1:12'],
    right: { 'etc/containers/registries.conf.d/a.conf.bak': '[[registry]\n' },
  },
  {
    rule: 'registries-conf-invalid',
    name: 'a table where an array of tables is due',
    wrong: { [conf]: '[registry]\nlocation = "quay.io"\n' },
    at: ['/etc/containers/registries.conf:1:1'],
    right: { [conf]: '[[registry]]\nlocation = "quay.io"\n' },
  },
  {
    rule: 'registries-conf-invalid',
    name: 'a mirror with a URL',
    wrong: {
      [conf]:
        '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "https://mirror.example.com"\n',
    },
    at: ['/etc/containers/registries.conf:4:12'],
    right: {
      [conf]: '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "mirror.example.com/"\n',
    },
  },
  {
    rule: 'registries-conf-invalid',
    name: 'the old format in a drop-in',
    wrong: {
      'etc/containers/registries.conf.d/a.conf': '[registries.block]\nregistries = ["x.example.com"]\n',
    },
    at: ['/etc/containers/registries.conf.d/a.conf:1:2'],
    right: { 'etc/containers/registries.conf.d/a.conf': '[registries.block]\n' },
  },
  {
    rule: 'registries-conf-helper-missing',
    name: 'a helper that no package brought',
    wrong: {
      ...podman,
      'usr/lib/bound-images.d/agent.toml': `images = ["quay.io/example/agent@${digest}"]\n`,
      [conf]: 'credential-helpers = [\n  "containers-auth.json",\n  "ecr-login",\n]\n',
    },
    at: ['/etc/containers/registries.conf:3:3'],
    right: {
      ...podman,
      'usr/lib/bound-images.d/agent.toml': `images = ["quay.io/example/agent@${digest}"]\n`,
      [conf]: 'credential-helpers = [\n  "containers-auth.json",\n  "ecr-login",\n]\n',
      'usr/bin/docker-credential-ecr-login': file('', { mode: 0o755 }),
    },
  },
  {
    rule: 'registries-conf-version-1',
    name: 'the old format',
    wrong: { [conf]: "[registries.search]\nregistries = ['quay.io']\n" },
    at: ['/etc/containers/registries.conf:1:2'],
    right: { [conf]: "unqualified-search-registries = ['quay.io']\n" },
  },
  {
    rule: 'registries-conf-unknown-key',
    name: 'misspelt keys of a registry and a mirror',
    wrong: {
      [conf]:
        '[[registry]]\nlocation = "x.example.com"\nblock = true\n[[registry.mirror]]\nlocation = "m.example.com"\nsecure = true\n',
    },
    at: ['/etc/containers/registries.conf:3:1', '/etc/containers/registries.conf:6:1'],
    right: {
      [conf]:
        '[[registry]]\nlocation = "x.example.com"\nBlocked = true\n[[registry.mirror]]\nlocation = "m.example.com"\ninsecure = true\n',
    },
  },
  {
    rule: 'registry-blocked',
    name: 'a namespace',
    wrong: { [conf]: '[[registry]]\nlocation = "quay.io/example/web"\nblocked = true\n' },
    at: ['/usr/share/containers/systemd/web.container:5:7'],
    right: { [conf]: '[[registry]]\nlocation = "quay.io/example/we"\nblocked = true\n' },
  },
  {
    rule: 'registry-blocked',
    name: 'a wildcard, and a longer prefix that is not blocked',
    wrong: {
      [conf]: '[[registry]]\nprefix = "*.io"\nblocked = true\n[[registry]]\nlocation = "quay.io/example"\n',
      'usr/lib/bound-images.d/agent.toml': `images = ["ghcr.io/example/agent@${digest}"]\n`,
    },
    at: ['/usr/lib/bound-images.d/agent.toml:1:11'],
    right: {
      [conf]: '[[registry]]\nprefix = "*.io"\nblocked = true\n[[registry]]\nlocation = "quay.io/example"\n',
    },
  },
  {
    rule: 'registry-insecure',
    name: 'a mirror that is asked',
    wrong: {
      [conf]:
        '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "m.example.com"\ninsecure = true\n',
    },
    at: ['/etc/containers/registries.conf:5:12'],
    right: {
      [conf]:
        '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "localhost:5000"\ninsecure = true\n',
    },
  },
  {
    rule: 'registry-insecure',
    name: 'a registry that is bound',
    wrong: { [conf]: '[[registry]]\nlocation = "quay.io"\ninsecure = true\n' },
    at: ['/etc/containers/registries.conf:3:12'],
    right: { [conf]: '[[registry]]\nlocation = "registry.example.com"\ninsecure = true\n' },
  },
  {
    rule: 'registry-insecure',
    name: 'a registry that lies elsewhere',
    wrong: {
      [conf]: '[[registry]]\nprefix = "quay.io"\nlocation = "m.example.com"\ninsecure = true\n',
    },
    at: ['/etc/containers/registries.conf:4:12'],
    // The table for that place itself does not count on the way there.
    right: {
      [conf]:
        '[[registry]]\nprefix = "quay.io"\nlocation = "m.example.com/q"\n[[registry]]\nlocation = "m.example.com"\ninsecure = true\n',
    },
  },
  {
    rule: 'mirrors-unused',
    name: 'a mirror for digests, and a tag',
    wrong: {
      ...tagged,
      [conf]:
        '[[registry]]\nlocation = "quay.io"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.example.com"\n',
    },
    at: ['/usr/lib/bound-images.d/agent.toml:1:11'],
    beside: [tagWarning],
    right: {
      [conf]:
        '[[registry]]\nlocation = "quay.io"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.example.com"\n',
    },
  },
  {
    rule: 'mirrors-unused',
    name: 'a mirror for tags, and digests',
    wrong: {
      [conf]:
        '[[registry]]\nlocation = "quay.io/example/db"\n[[registry.mirror]]\nlocation = "m.example.com"\npull-from-mirror = "tag-only"\n',
    },
    at: ['/usr/share/containers/systemd/db.image:2:7'],
    right: {
      [conf]:
        '[[registry]]\nlocation = "quay.io/example/db"\n[[registry.mirror]]\nlocation = "m.example.com"\npull-from-mirror = "tag-only"\n[[registry.mirror]]\nlocation = "n.example.com"\n',
    },
  },
  {
    rule: 'short-name-unresolved',
    name: 'nowhere to look for it',
    wrong: { ...short, [conf]: 'unqualified-search-registries = []\n' },
    at: ['/usr/lib/bound-images.d/agent.toml:1:11'],
    beside: [shortWarning],
    right: { ...podman, [conf]: 'unqualified-search-registries = []\n' },
  },
  {
    rule: 'short-name-unresolved',
    name: 'several places to look for it, and nobody to ask',
    wrong: {
      ...short,
      [conf]: 'unqualified-search-registries = ["quay.io", "docker.io"]\nshort-name-mode = "enforcing"\n',
    },
    at: ['/usr/lib/bound-images.d/agent.toml:1:11'],
    beside: [shortWarning],
    right: {
      ...podman,
      [conf]: 'unqualified-search-registries = ["quay.io", "docker.io"]\nshort-name-mode = "enforcing"\n',
    },
  },
];
