import fc from 'fast-check';

/** Values of one key: those that the generator takes, and those that it may refuse. */
type Values = { readonly good: readonly string[]; readonly bad?: readonly string[] };
type Keys = Readonly<Record<string, Values>>;

const references = [
  'quay.io/a/a:1',
  'quay.io/a/b@sha256:'.concat('a'.repeat(64)),
  'localhost:5000/c',
  'd:2',
  '"quay.io/q/q:1"',
];

const image: Keys = {
  Image: { good: [...references, ...references], bad: ['', 'a.image', '""', 'Upper/Case', 'quay.io/%i/x'] },
  AllTags: { good: ['yes', 'no', '"true"', ''] },
  Arch: { good: ['arm64', '', 'amd64 '] },
  AuthFile: { good: ['/etc/a.json', '"/a b"', './x', '%h/a'] },
  CertDir: { good: ['/c', ''] },
  ContainersConfModule: { good: ['/m', '"/m"', '', 'x y'] },
  Creds: { good: ['u:p', 'u:"p"'] },
  DecryptionKey: { good: ['/k', '/k:pass:phrase'] },
  GlobalArgs: { good: ['--log-level=debug', '--conmon "b c" -D', '""', "--conmon it's", '\\q', ''] },
  ImageTag: { good: ['quay.io/t/t:1', ''] },
  OS: { good: ['linux'] },
  PodmanArgs: {
    good: ['--quiet', '--tls-verify=false --retry 3', '', '"--arch" \'arm\'', '--a \\q'],
    bad: ['x'],
  },
  Policy: { good: ['missing', ''] },
  Retry: { good: ['3'] },
  RetryDelay: { good: ['2s'] },
  ServiceName: { good: ['svc', 'b-image'] },
  TLSVerify: { good: ['1', 'off'] },
  Variant: { good: ['v8'] },
  Pull: { good: [], bad: ['always'] },
};

const container: Keys = {
  Image: {
    good: [...references, ...references, 'a.image', 'b.image', '"a.image"'],
    bad: ['', 'q.build', 'none.image', 'a-b.image', 't@.image', 't@i.image', 'x/a.image', 'none.build'],
  },
  Rootfs: { good: [''], bad: ['/srv/x'] },
  Exec: { good: ['EXEC a b', 'EXEC %i'] },
  ContainerName: { good: ['c', '%N-x', 'c-%i', ''] },
  ContainersConfModule: { good: ['/m', ''] },
  GlobalArgs: { good: ['--log-level=debug', "--conmon it's", ''] },
  PodmanArgs: {
    good: [
      '--memory 1g',
      '--tls-verify=false',
      '',
      '--arch arm64 \\\n  --init',
      '--platform=linux/s390x',
      '--creds u:p',
      '"--authfile=/a b" --hostname %H',
      '--pull always',
      '--pull=missing --pull=',
      '--mount type=image,src=quay.io/m/m:2,dst=/z',
      '--mount=type=image,src=a.image,dst=/z',
      '--os linux \\q',
      '--variant v8 "" --os linux',
      "--cert-dir /c'd --os linux",
    ],
    bad: ['x', '--pull sometimes', '--retry=y'],
  },
  Pull: { good: ['always', '', '"IfNewer"', 'missing', 'NEVER'], bad: ['sometimes'] },
  Retry: { good: ['3'], bad: ['-3'] },
  User: { good: ['1', ''] },
  Group: { good: [''], bad: ['1', '"1"'] },
  Network: {
    good: ['host', 'bridge:ip=1.2.3.4', 'n.network', 'n.network:ip=1.2.3.4'],
    bad: [
      'none.network',
      'a.container',
      'a.container:x',
      'a-t@.container',
      'none.container',
      'a-b-c.container',
    ],
  },
  Volume: {
    good: ['/a:/b', '/c', './d:/e:ro', 'v.volume:/f', 'x.image:/g', 'v.volume', ':/x', ''],
    bad: ['none.volume:/h', 'none.artifact:/i', 'r.artifact:/j'],
  },
  Mount: {
    good: [
      'type=tmpfs,destination=/x',
      'type=bind,source=/a,destination=/b',
      '"type=volume,src=./a,dst=/b"',
      'source=v.volume,destination=/c',
      'type=image,source=quay.io/m/m:1,destination=/d',
      'type=image,source=a.image,destination=/e',
      'type=artifact,source=r.artifact,destination=/e',
      '\'type=bind,"source=/a,b",destination=/c\'',
      'type=devpts,destination=/dev/pts type=tmpfs,destination=/y',
    ],
    bad: [
      'type=bind,destination=/b',
      'type=bind,source=,destination=/b',
      'type=bind,source,destination=/b',
      'type=image,source=none.image,destination=/e',
      'type=volume,source=none.volume,destination=/e',
      'type=glob,src=none.artifact',
      '/b',
      "'type=bind,a\"b,source=/a'",
      "'\"type=bind,source=/a'",
      '\'"type=bind"x,source=/a\'',
      'type=bind,source=/a,source=none.volume',
      'type=a=b,source=none.volume',
      'type=,x',
    ],
  },
  Pod: { good: ['p.pod', ''], bad: ['p', 'none.pod', 'n.network'] },
  ExposeHostPort: { good: ['80', '80-90/tcp', 'x1', '1 ', ''], bad: ['x', '1/sctp', '"80"', '80-'] },
  UserNS: { good: ['auto', ''] },
  UIDMap: { good: ['0:1:2', ''] },
  RemapUsers: { good: ['', 'auto', 'manual', 'keep-id'], bad: ['x', '"auto"'] },
  RemapUid: { good: [''], bad: ['1', '1 2', '"1"'] },
  RemapGid: { good: [], bad: ['1', '"1 2" 3', "o'x"] },
  RemapUidSize: { good: ['10', 'x'] },
  ReloadCmd: { good: ['', 'a b'], bad: ['c', '\\q'] },
  ReloadSignal: { good: [''], bad: ['HUP'] },
  Notify: { good: ['yes', 'healthy'] },
  ServiceName: { good: ['svc', 's%i', ''] },
  AuthFile: { good: [], bad: ['/a'] },
};

const others: Readonly<Record<string, Keys>> = {
  network: {
    Subnet: { good: ['10.0.0.0/8', '10.1.0.0/16', ''] },
    Gateway: { good: [''], bad: ['10.0.0.1'] },
    IPRange: { good: [], bad: ['10.0.0.0/24'] },
    NetworkName: { good: ['nn', ''] },
    Label: { good: ['a=b'], bad: [] },
    Bad: { good: [], bad: ['x'] },
  },
  volume: {
    Driver: { good: ['local', 'image', 'image', ''] },
    Image: { good: ['quay.io/v/v:1', 'a.image'], bad: ['none.image', ''] },
    Type: { good: [''], bad: ['tmpfs'] },
    Device: { good: ['/dev/x', ''] },
    Options: { good: [], bad: ['ro'] },
  },
  pod: {
    PodName: { good: ['pn', ''] },
    GlobalArgs: { good: ['--syslog', ''] },
    PodmanArgs: { good: ['--infra-image quay.io/i/i:1', '--infra-image=', '--label=a=%n'], bad: ['x'] },
    Volume: { good: ['v.volume:/v', '/a:/b'] },
    Network: { good: ['n.network'], bad: ['none.network'] },
    Bad: { good: [], bad: ['1'] },
  },
  kube: {
    Yaml: {
      good: ['/k.yaml', './k.yaml', 'k.yaml ../k.yaml', '"k.yaml', "'/k.yaml' k.yaml"],
      bad: ['', '""'],
    },
    GlobalArgs: { good: ['--syslog', ''] },
    PodmanArgs: { good: ['--authfile /a', '--tls-verify=0', '--creds=u:p', '--arch arm64', '--build'] },
    Network: { good: ['host'], bad: ['none.network'] },
  },
  build: { ImageTag: { good: ['localhost/b:1', 'a.image', ''] }, File: { good: ['/Containerfile'] } },
  artifact: { Artifact: { good: ['quay.io/r/r:1'], bad: [''] }, Quiet: { good: ['yes'] } },
};

const tables: Readonly<Record<string, Keys>> = { image, container, ...others };

const sectionNames: Readonly<Record<string, string>> = {
  image: 'Image',
  container: 'Container',
  network: 'Network',
  volume: 'Volume',
  pod: 'Pod',
  kube: 'Kube',
  build: 'Build',
  artifact: 'Artifact',
};

const lineEnd = fc.oneof(
  { weight: 12, arbitrary: fc.constant('\n') },
  { weight: 2, arbitrary: fc.constantFrom('\r\n', ' \n', '\n\n', '\n# c \\\n') },
);
const equals = fc.oneof(
  { weight: 10, arbitrary: fc.constant('=') },
  { weight: 2, arbitrary: fc.constantFrom(' = ', '=\\\n', '=\\\n# c\n  ', '\\\n=') },
);

function assignment(keys: Keys, badWeight: number): fc.Arbitrary<string> {
  const entries = Object.entries(keys).flatMap(([key, { good, bad = [] }]) => {
    const line = (values: readonly string[]) =>
      fc
        .tuple(equals, fc.constantFrom(...values), lineEnd)
        .map(([sign, value, end]) => `${key}${sign}${value}${end}`);
    return [
      ...(good.length > 0 ? [{ weight: 10, arbitrary: line(good) }] : []),
      ...(bad.length > 0 ? [{ weight: badWeight, arbitrary: line(bad) }] : []),
    ];
  });
  return fc.oneof(...entries);
}

const dependencies = fc
  .tuple(
    fc.constantFrom('After', 'Before', 'BindsTo', 'Requires', 'Wants', 'Upholds', 'Description', 'OnFailure'),
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('x.service', 'a.image', '"a.image" x.service', '', '"', '%n') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('none.image', 'x.service none.container', '"none.pod"', 't@i.image'),
      },
      { weight: 1, arbitrary: fc.constantFrom('/x/none.image', '"none.image', "a'none.image'", 'n.network') },
    ),
  )
  .map(([key, value]) => `[Unit]\n${key}=${value}\n`);

const service = fc
  .tuple(
    fc.constantFrom('Type', 'KillMode', 'ExecStart', 'Restart'),
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom('oneshot', 'notify', 'mixed', 'control-group', '"oneshot"') },
      { weight: 1, arbitrary: fc.constantFrom('', 'simple', 'none', 'Mixed') },
    ),
  )
  .map(([key, value]) => {
    const text = key === 'Type' && /mixed|group/i.test(value) ? 'oneshot' : value;
    return `[Service]\n${key}=${key === 'KillMode' && /oneshot|notify/.test(text) ? 'mixed' : text}\n`;
  });

const foreign = fc.constantFrom(
  '[X-Mine]\nAnything=goes\n',
  '[Quadlet]\nDefaultDependencies=no\n',
  '[Image]\nArch=s390x\n',
  '[Container]\nExec=EXEC\n',
  '[Install]\nWantedBy=a.target\n',
);
const faulty = fc.constantFrom('nonsense\n', '[Quadlet]\nBad=1\n', '[Image\n', '[Container]\nbad=1\n', '=\n');

/** The text of a unit of this type, or of a drop-in for one: mostly acceptable to the generator. */
export function unitText(type: string): fc.Arbitrary<string> {
  const keys = tables[type] ?? container;
  const section = `[${sectionNames[type] ?? 'Container'}]\n`;
  const main: Keys = Object.fromEntries(
    Object.entries(keys).filter(([key]) => /^(?:Image|Artifact|Yaml|Subnet|ImageTag)$/.test(key)),
  );
  const first = Object.keys(main).length > 0 ? assignment(main, 1) : fc.constant('');
  const lines = fc.array(assignment(keys, 1), { maxLength: 4 }).map((all) => section + all.join(''));
  const extra = fc.oneof(
    { weight: 3, arbitrary: dependencies },
    { weight: 3, arbitrary: service },
    { weight: 3, arbitrary: foreign },
    { weight: 1, arbitrary: faulty },
  );
  return fc
    .tuple(
      fc.oneof({ weight: 6, arbitrary: first }, { weight: 1, arbitrary: fc.constant('') }),
      lines,
      fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 2, arbitrary: extra }),
    )
    .map(([head, body, tail]) => section + head + body + tail);
}
