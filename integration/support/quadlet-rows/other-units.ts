import { type Outcome, podmanCommand } from '../quadlet-outcome.js';
import { container, image, pull, type Row, refused, run, section, usr } from './row.js';

const podCreated: Outcome = 'podman pod create';
const played: Outcome = 'podman kube play /usr/share/containers/systemd/a.yaml';
const created: Outcome = 'podman volume create';
const volume = (...lines: readonly string[]) => section('Volume', 'Driver=image', ...lines);

/** Other units that want images: volumes, pods and what Kubernetes calls pods. */
export const otherUnitRows: readonly Row[] = [
  {
    name: 'an artifact',
    tree: usr({ 'a.artifact': section('Artifact', 'Artifact=quay.io/x/a:1') }),
    makes: { 'a.artifact': 'podman artifact pull quay.io/x/a:1' },
  },
  {
    name: 'an artifact with every key of its pull',
    tree: usr({
      'a.artifact': section(
        'Artifact',
        'Artifact=quay.io/x/a',
        'AuthFile=/a.json',
        'CertDir=/certs',
        'Creds=u:p',
        'DecryptionKey=/k:p',
        'Retry=3',
        'RetryDelay=2s',
        'Quiet=yes',
        'TLSVerify=no',
        'ContainersConfModule=/m.conf',
        'GlobalArgs=--log-level=warn',
        'PodmanArgs=--retry 4',
      ),
    }),
    makes: {
      'a.artifact': podmanCommand('artifact pull', {
        global: ['--module=/m.conf', '--log-level=warn'],
        args: [
          ...['--authfile', '/a.json', '--cert-dir', '/certs', '--creds', 'u:p', '--decryption-key', '/k:p'],
          ...['--retry', '3', '--retry-delay', '2s', '--quiet', '--tls-verify=false', '--retry', '4'],
        ],
        image: 'quay.io/x/a',
      }),
    },
  },
  {
    name: 'an artifact without a name',
    tree: usr({ 'a.artifact': section('Artifact', 'Artifact=') }),
    makes: { 'a.artifact': refused },
  },
  {
    name: 'an artifact unit with a key of another type',
    tree: usr({ 'a.artifact': section('Artifact', 'Artifact=quay.io/x/a:1', 'Arch=arm64') }),
    makes: { 'a.artifact': refused },
  },
  {
    name: 'an artifact under a short name, which we refuse',
    tree: usr({ 'a.artifact': section('Artifact', 'Artifact=a:1') }),
    makes: { 'a.artifact': 'podman artifact pull a:1' },
    weRefuse: 'artifact-reference',
  },
  {
    name: 'a mount of an artifact unit',
    tree: usr({
      'a.container': container('a', 'Mount=type=artifact,source=b.artifact,destination=/b'),
      'b.artifact': section('Artifact', 'Artifact=quay.io/x/b:1', 'TLSVerify=no'),
    }),
    makes: {
      'a.container': `${run('a')} + --tls-verify=false quay.io/x/b:1`,
      'b.artifact': 'podman artifact pull --tls-verify=false quay.io/x/b:1',
    },
  },
  { name: 'a volume', tree: usr({ 'a.volume': '[Volume]' }), makes: { 'a.volume': created } },
  {
    name: 'a volume of an image',
    tree: usr({ 'a.volume': volume('Image=quay.io/x/a:1') }),
    makes: { 'a.volume': `${created} + quay.io/x/a:1` },
  },
  {
    name: 'a volume of an .image unit',
    tree: usr({ 'a.volume': volume('Image=b.image'), 'b.image': image('b') }),
    makes: { 'a.volume': `${created} + quay.io/x/b:1`, 'b.image': pull('b') },
  },
  {
    name: 'a volume of an .image unit that is absent',
    tree: usr({ 'a.volume': volume('Image=b.image') }),
    makes: { 'a.volume': refused },
  },
  {
    name: 'a volume of an image that is not named',
    tree: usr({ 'a.volume': volume() }),
    makes: { 'a.volume': refused },
  },
  {
    name: 'a volume of an image with an empty name, which we refuse',
    tree: usr({ 'a.volume': volume('Image=') }),
    makes: { 'a.volume': `${created} + ` },
    weRefuse: 'image-empty',
  },
  {
    name: 'a volume of a .build unit, which we refuse',
    tree: usr({ 'a.volume': volume('Image=b.build'), 'b.build': section('Build', 'ImageTag=localhost/b:1') }),
    makes: { 'a.volume': `${created} + localhost/b:1` },
    weRefuse: 'image-from-build',
  },
  {
    name: 'a volume whose driver in quotes is image',
    tree: usr({ 'a.volume': section('Volume', 'Driver="image"', 'Image=quay.io/x/a:1') }),
    makes: { 'a.volume': `${created} + quay.io/x/a:1` },
  },
  {
    name: 'a volume of another driver counts no image',
    tree: usr({ 'a.volume': section('Volume', 'Driver=local', 'Image=none.image') }),
    makes: { 'a.volume': created },
  },
  {
    name: 'a volume of an image counts no type',
    tree: usr({ 'a.volume': volume('Image=quay.io/x/a:1', 'Type=tmpfs') }),
    makes: { 'a.volume': `${created} + quay.io/x/a:1` },
  },
  {
    name: 'a volume with a type and no device',
    tree: usr({ 'a.volume': section('Volume', 'Type=tmpfs') }),
    makes: { 'a.volume': refused },
  },
  {
    name: 'a volume with options and no device',
    tree: usr({ 'a.volume': section('Volume', 'Options=ro', 'Device=') }),
    makes: { 'a.volume': refused },
    makesIn6: { 'a.volume': 'podman volume create' },
  },
  {
    name: 'a volume of a user and a group by their numbers',
    tree: usr({ 'a.volume': section('Volume', 'UID=1', 'GID=2') }),
    makes: { 'a.volume': refused },
    makesIn6: { 'a.volume': 'podman volume create' },
  },
  {
    name: 'a volume with an unknown key',
    tree: usr({ 'a.volume': volume('Image=quay.io/x/a:1', 'Policy=missing') }),
    makes: { 'a.volume': refused },
  },
  {
    name: 'a volume after a quadlet that is absent',
    tree: usr({ 'a.volume': section('Unit', 'After=b.image') }),
    makes: { 'a.volume': refused },
  },
  {
    name: 'a container with a mount of an .image unit that is refused, which we refuse: it cannot start',
    tree: usr({
      'a.container': container('a', 'Mount=type=image,source=b.image,dst=/b'),
      'b.image': image('b', 'Bad=1'),
    }),
    makes: { 'a.container': run('a'), 'b.image': refused },
    weRefuse: 'image-unit-invalid',
  },
  {
    name: 'a container with a volume of an image that is refused, which we refuse: it cannot start',
    tree: usr({ 'a.container': container('a', 'Volume=b.volume:/b'), 'b.volume': volume('Bad=1') }),
    makes: { 'a.container': run('a'), 'b.volume': refused },
    weRefuse: 'image-unit-invalid',
  },
  { name: 'a pod', tree: usr({ 'a.pod': '[Pod]' }), makes: { 'a.pod': podCreated } },
  {
    name: 'a pod with a container',
    tree: usr({ 'a.pod': '[Pod]', 'a.container': container('a', 'Pod=a.pod') }),
    makes: { 'a.pod': `${podCreated} + quay.io/x/a:1`, 'a.container': run('a') },
  },
  {
    name: 'a pod with a template',
    tree: usr({ 'a.pod': '[Pod]', 't@.container': container('t', 'Pod=a.pod') }),
    makes: { 'a.pod': `${podCreated} + quay.io/x/t:1`, 't@.container': run('t') },
    makesIn6: { 'a.pod': podCreated, 't@.container': run('t') },
  },
  {
    name: 'a pod with an unknown key',
    tree: usr({ 'a.pod': section('Pod', 'Image=quay.io/x/a:1') }),
    makes: { 'a.pod': refused },
  },
  {
    name: 'a pod in a network that is absent',
    tree: usr({ 'a.pod': section('Pod', 'Network=b.network') }),
    makes: { 'a.pod': refused },
  },
  {
    name: 'a pod with a volume that is absent',
    tree: usr({ 'a.pod': section('Pod', 'Volume=b.volume:/x') }),
    makes: { 'a.pod': refused },
  },
  {
    name: 'a pod with RemapUid= alone',
    tree: usr({ 'a.pod': section('Pod', 'RemapUid=1') }),
    makes: { 'a.pod': refused },
  },
  {
    name: 'a pod of any service type',
    tree: usr({ 'a.pod': section('Service', 'Type=simple', 'KillMode=none') }),
    makes: { 'a.pod': podCreated },
  },
  ...kubeRows(),
];

function kubeRows(): readonly Row[] {
  const yaml = { 'a.yaml': 'kind: Pod\nspec:\n  containers:\n    - image: quay.io/x/a:1\n' };
  const cases: readonly (readonly [name: string, lines: readonly string[], outcome: Outcome])[] = [
    ['a file beside the unit', ['Yaml=a.yaml'], played],
    ['a file by its path', ['Yaml=/usr/share/containers/systemd/a.yaml'], played],
    ['several files', ['Yaml=a.yaml ./a.yaml', 'Yaml="a.yaml"'], played],
    ['no file', [], refused],
    ['an empty file name', ['Yaml=a.yaml', 'Yaml='], refused],
    ['RemapUsers=auto', ['Yaml=a.yaml', 'RemapUsers=auto'], played],
    ['RemapUsers=manual', ['Yaml=a.yaml', 'RemapUsers=manual'], refused],
    ['SetWorkingDirectory=YAML', ['Yaml=a.yaml', 'SetWorkingDirectory=YAML'], played],
    ['SetWorkingDirectory=unit', ['Yaml=a.yaml', 'SetWorkingDirectory=unit'], played],
    ['SetWorkingDirectory=yaml of two', ['Yaml=a.yaml a.yaml', 'SetWorkingDirectory=yaml'], refused],
    ['SetWorkingDirectory=file', ['Yaml=a.yaml', 'SetWorkingDirectory=file'], refused],
    ['SetWorkingDirectory= a path', ['Yaml=a.yaml', 'SetWorkingDirectory=/x'], refused],
    ['a network that is absent', ['Yaml=a.yaml', 'Network=b.network'], refused],
    ['an unknown key', ['Yaml=a.yaml', 'Pull=always'], refused],
    ['Type=simple', ['Yaml=a.yaml', '[Service]', 'Type=simple'], refused],
    ['KillMode=none', ['Yaml=a.yaml', '[Service]', 'KillMode=none'], refused],
  ];
  return cases.map(([name, lines, outcome]) => ({
    name: `a kube unit with ${name}`,
    tree: usr({ ...yaml, 'a.kube': section('Kube', ...lines) }),
    makes: { 'a.kube': outcome },
  }));
}
