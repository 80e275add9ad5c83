import { quadlet } from '../../support/entries.js';
import type { TreeNode } from '../../support/host.js';
import type { Row } from '../row.js';
import type { Canaries } from '../support/canaries.js';

interface Setting {
  /** As it stands in the name of the row. */
  readonly name: string;
  readonly text: (canaries: Canaries) => string;
  readonly fault?: string;
}

const acted = 'podman of this host acted on the setting';

const engine = (line: (canaries: Canaries) => string) => (canaries: Canaries) =>
  `[engine]\n${line(canaries)}\n`;

/** A row of `[engine] env`: podman sets these for itself and for what it starts. */
function variable(name: string, value: (canaries: Canaries) => string): Setting {
  return {
    name: `env ${name}`,
    fault: 'podman of this host set the variable for itself and its helpers',
    text: engine((canaries) => `env = ["${name}=${value(canaries)}"]`),
  };
}

function path(
  key: string,
  value: (canaries: Canaries) => string = ({ directory }) => `${directory}/made`,
): Setting {
  return { name: key, fault: acted, text: engine((canaries) => `${key} = "${value(canaries)}"`) };
}

const settings: readonly Setting[] = [
  variable('LD_PRELOAD', ({ directory }) => `${directory}/library.so`),
  variable('LD_DEBUG_OUTPUT', ({ directory }) => `${directory}/made", "LD_DEBUG=files`),
  variable('LD_LIBRARY_PATH', ({ directory }) => directory),
  variable('PATH', ({ directory }) => directory),
  variable('HOME', ({ directory }) => directory),
  variable('XDG_CONFIG_HOME', ({ directory }) => directory),
  variable('XDG_RUNTIME_DIR', ({ directory }) => directory),
  variable('REGISTRY_AUTH_FILE', ({ secret }) => secret),
  variable('DOCKER_CONFIG', ({ directory }) => directory),
  variable('TMPDIR', ({ directory }) => directory),
  variable('HTTP_PROXY', () => 'http://127.0.0.1:9'),
  variable('SSL_CERT_FILE', ({ secret }) => secret),
  variable('SSL_CERT_DIR', ({ directory }) => directory),
  variable('CONTAINERS_CONF', ({ secret }) => secret),
  variable('CONTAINERS_CONF_OVERRIDE', ({ secret }) => secret),
  variable('CONTAINERS_REGISTRIES_CONF', ({ secret }) => secret),
  variable('CONTAINERS_STORAGE_CONF', ({ secret }) => secret),
  variable('CONTAINERS_SHORT_NAME_ALIASING', () => 'off'),
  variable('STORAGE_OPTS', ({ program }) => `overlay.mount_program=${program}`),
  variable('OCICRYPT_KEYPROVIDER_CONFIG', ({ secret }) => secret),
  variable('GODEBUG', () => 'netdns=cgo+2'),
  path('events_logfile_path', ({ file }) => file),
  path('static_dir'),
  path('tmp_dir'),
  path('volume_path'),
  path('image_copy_tmp_dir'),
  path('network_cmd_path', ({ program }) => program),
  path('init_path', ({ program }) => program),
  path('infra_command', ({ program }) => program),
  path('chown_copied_files'),
  path('lock_type'),
  path('events_logger', () => 'file'),
  path('database_backend', () => 'boltdb'),
  path('cgroup_manager', () => 'systemd'),
  path('active_service', () => 'canary'),
  {
    name: 'conmon_path',
    fault: 'podman ran the program as root',
    text: engine(({ program }) => `conmon_path = ["${program}"]`),
  },
  {
    name: 'helper_binaries_dir',
    fault: acted,
    text: engine(({ directory }) => `helper_binaries_dir = ["${directory}"]`),
  },
  { name: 'hooks_dir', fault: acted, text: engine(({ directory }) => `hooks_dir = ["${directory}"]`) },
  {
    name: 'cdi_spec_dirs',
    fault: acted,
    text: engine(({ directory }) => `cdi_spec_dirs = ["${directory}"]`),
  },
  {
    name: 'runtimes',
    fault: acted,
    text: ({ program }) => `[engine]\nruntime = "x"\n[engine.runtimes]\nx = ["${program}"]\n`,
  },
  {
    name: 'service_destinations',
    fault: acted,
    text: ({ directory }) =>
      `[engine]\nremote = true\nactive_service = "x"\n[engine.service_destinations.x]\nuri = "unix://${directory}/socket"\n`,
  },
  {
    name: 'network_config_dir',
    fault: acted,
    text: ({ directory }) => `[network]\nnetwork_config_dir = "${directory}/made"\n`,
  },
  {
    name: 'secrets driver',
    fault: acted,
    text: ({ program }) =>
      `[secrets]\ndriver = "shell"\n[secrets.opts]\nlist = "${program}"\nlookup = "${program}"\nstore = "${program}"\ndelete = "${program}"\n`,
  },
  {
    name: 'seccomp_profile',
    fault: acted,
    text: ({ secret }) => `[containers]\nseccomp_profile = "${secret}"\n`,
  },
  {
    name: 'env_file',
    fault: acted,
    text: ({ secret }) => `[containers]\nenv = ["A=B"]\nmounts = ["type=bind,src=${secret},dst=/x"]\n`,
  },
];

/** A module with such a setting; where podman knows no modules, it is said, and nothing is read either. */
export const moduleRows: readonly Row[] = settings.map(({ name, text, fault }) => ({
  short: 'some',
  name: `a module of the root: ${name}`,
  ...(fault !== undefined && { fault }),
  only: 'newest',
  attack: ({ canaries, image }) => {
    const app = image();
    return {
      newRoot: {
        'usr/share/containers/containers.conf.modules/x.conf': text(canaries),
        ...quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', 'ContainersConfModule=x.conf'),
      },
      runs: [
        { command: 'pull', status: [0], stores: [app.tagged], mayRefuse: [/x\.conf|module/i] },
        { command: 'check', status: [0], mayRefuse: [/x\.conf|module/i], says: [/x\.conf|module/i] },
      ],
    };
  },
}));

const notes: readonly { readonly name: string; readonly node: (canaries: Canaries) => TreeNode }[] = [
  { name: 'a link out of the root', node: ({ secret }) => ({ link: secret }) },
  {
    name: 'a relative link out of the root',
    node: ({ secret }) => ({ link: `${'../'.repeat(30)}${secret.slice(1)}` }),
  },
  { name: 'a link to itself', node: () => ({ link: 'x.conf' }) },
  { name: 'a directory', node: () => ({ directory: true }) },
  { name: 'no TOML', node: () => '[engine\nenv = \u001b[31m' },
  { name: 'a wrong type', node: () => '[engine]\nenv = { "A" = 1 }\nretry = "x"\n' },
  { name: '__proto__', node: () => '[__proto__]\nenv = ["LD_PRELOAD=/x"]\n[engine.__proto__]\nx = 1\n' },
  { name: 'two MiB', node: () => `# ${'x'.repeat(2 * 1024 * 1024)}\n` },
];

export const moduleFileRows: readonly Row[] = notes.map(({ name, node }) => ({
  short: 'some',
  name: `a module of the root that is ${name}`,
  only: 'newest',
  attack: ({ canaries, image }) => {
    const app = image();
    return {
      newRoot: {
        'etc/containers/containers.conf.modules/x.conf': node(canaries),
        ...quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', 'ContainersConfModule=x.conf'),
      },
      runs: [{ command: 'pull', status: [0, 1, 3], mayRefuse: [/x\.conf|module/i] }],
    };
  },
}));

/** The same without a module: a root's own settings. */
const own = [
  'etc/containers/containers.conf',
  'etc/containers/containers.conf.d/99-x.conf',
  'usr/share/containers/containers.conf',
  'usr/share/containers/containers.conf.d/99-x.conf',
  'root/.config/containers/containers.conf',
];

export const ownConfRows: readonly Row[] = own.map((file) => ({
  name: `settings of the root: /${file}`,
  only: 'newest',
  attack: ({ canaries, image }) => {
    const app = image();
    const { program, directory, secret } = canaries;
    return {
      newRoot: {
        [file]: `[engine]
env = ["LD_PRELOAD=${directory}/library.so", "REGISTRY_AUTH_FILE=${secret}"]
conmon_path = ["${program}"]
helper_binaries_dir = ["${directory}"]
events_logfile_path = "${directory}/made"
`,
        ...quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false'),
      },
      runs: [{ command: 'pull', status: [0], stores: [app.tagged] }],
    };
  },
}));
