import type { RuleRow } from '../rule-row.js';

const conf = 'etc/containers/containers.conf';
const dropIn = 'etc/containers/containers.conf.d/a.conf';

export const containersConf: readonly RuleRow[] = [
  {
    rule: 'containers-conf-invalid',
    name: 'a drop-in that is no TOML',
    wrong: { [dropIn]: '[engine\n' },
    at: ['/etc/containers/containers.conf.d/a.conf:1:8'],
    right: { 'etc/containers/containers.conf.d/a.conf.bak': '[engine\n' },
  },
  {
    rule: 'containers-conf-invalid',
    name: 'a boolean where podman wants a string',
    wrong: { [conf]: '[engine]\npull_policy = false\n' },
    at: ['/etc/containers/containers.conf:2:15'],
    right: { [conf]: '[engine]\npull_policy = "never"\n' },
  },
  {
    rule: 'containers-conf-invalid',
    name: 'a policy that podman does not know',
    wrong: { [conf]: '[engine]\npull_policy = "sometimes"\n' },
    at: ['/etc/containers/containers.conf:2:15'],
    right: { [conf]: '[engine]\npull_policy = "missing"\n' },
  },
  {
    rule: 'containers-conf-remote',
    name: 'a vendor’s file that nobody takes back',
    wrong: { 'usr/share/containers/containers.conf': '[Engine]\nRemote = true\n' },
    at: ['/usr/share/containers/containers.conf:2:10'],
    right: {
      'usr/share/containers/containers.conf': '[Engine]\nRemote = true\n',
      [dropIn]: '[engine]\nremote = false\n',
    },
  },
  {
    rule: 'containers-conf-env-left-out',
    name: 'a proxy, of which the first value counts',
    wrong: {
      [conf]: '[engine]\nenv = ["A=b", "https_proxy=http://a", "https_proxy=http://b", "NO_PROXY"]\n',
    },
    at: ['/etc/containers/containers.conf:2:16'],
    right: { [conf]: '[engine]\nenv = ["A=b", "TMPDIR=/var/tmp", "NO_PROXY"]\n' },
  },
  {
    rule: 'containers-conf-env-left-out',
    name: 'an auth file, beside which a drop-in adds a registries.conf',
    wrong: {
      [conf]: '[engine]\nenv = ["REGISTRY_AUTH_FILE=/a"]\n',
      [dropIn]: '[engine]\nenv = ["CONTAINERS_REGISTRIES_CONF=/b", {append = true}]\n',
    },
    at: ['/etc/containers/containers.conf:2:9', '/etc/containers/containers.conf.d/a.conf:2:9'],
    right: { [conf]: '[engine]\nenv = ["REGISTRY_AUTH_FILE=/a"]\n', [dropIn]: '[engine]\nenv = []\n' },
  },
  {
    rule: 'containers-conf-env-store',
    name: 'the name of another storage.conf',
    wrong: { [conf]: '[engine]\nenv = ["CONTAINERS_STORAGE_CONF=/etc/other.conf"]\n' },
    at: ['/etc/containers/containers.conf:2:9'],
    right: { [conf]: '[engine]\nenv = ["CONTAINERS_STORAGE=/etc/other.conf"]\n' },
  },
  {
    rule: 'containers-conf-invalid',
    name: 'variables that are no list',
    wrong: { [conf]: '[engine]\nenv = "A=b"\n' },
    at: ['/etc/containers/containers.conf:2:7'],
    right: { [conf]: '[engine]\nenv = ["A=b"]\n' },
  },
  {
    rule: 'pulled-at-boot',
    name: 'the default of every container',
    wrong: { [conf]: '[engine]\npull_policy = "always"\n' },
    at: ['/etc/containers/containers.conf:2:15'],
    right: { [conf]: '[engine]\npull_policy = "always"\n', [dropIn]: '[engine]\npull_policy = "missing"\n' },
  },
];
