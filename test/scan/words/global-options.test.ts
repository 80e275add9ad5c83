import { describe, expect, test } from 'vitest';
import { scanUnits } from '../../support/scan-units.js';

/** What is found wrong with the words in line 3, and at which columns. */
function read(words: string) {
  const { findings, diagnostics } = scanUnits(['a.image'], {
    'a.image': `[Image]\nImage=quay.io/a/a:1\nGlobalArgs=${words}\n`,
  });
  return {
    findings: findings.map((finding) => finding.replace('a.image 3 ', '')),
    problems: diagnostics.map(({ message }) => message.replace(/^.*: /s, '')),
  };
}

describe('takes what is right at boot', () => {
  test.each([
    '--log-level=debug',
    '--log-level debug --syslog',
    '--log-level="debug" \'--syslog\'',
    '--syslog=false --trace=1 --debug=T',
    '-D',
    '-DD=false',
    '--remote=false -r=0',
    '--conmon=/usr/bin/conmon',
    '--storage-opt additionalimagestore=/usr/lib/bootc/storage',
    '--runtime-flag=--debug',
    '--cni-config-dir=/etc/cni',
    '--cpu-profile=-',
    '--module m --module=/etc/m',
    '--namespace=a --network-cmd-path=/x --db-backend=sqlite --tls-details=/y',
  ])('%s', (words) => {
    expect(read(words).problems).toEqual([]);
  });
});

const command = 'podman would take it, or what follows it, for the command';
const apart = 'podman takes its value for an option as well; write both as one word, with “=”';
const unknown = 'not an option of podman';

describe('refuses what is not', () => {
  test.each<[words: string, column: number, problem: string]>([
    ['rmi --force x --', 12, command],
    ['"rmi" --force x --', 13, command],
    ['r\\x6di', 12, command],
    ['--syslog run x', 21, command],
    ['--syslog false', 21, command],
    ['-D image save -o /x', 15, command],
    ['--', 12, command],
    ['-', 12, command],
    ['--log-level debug -- x', 30, command],
    ['--unknown', 12, unknown],
    ['--unknown value --syslog', 12, unknown],
    ['--unknown=value', 12, unknown],
    ['--log', 12, unknown],
    ['--Log-level=debug', 12, unknown],
    ['--=x', 12, unknown],
    ['---syslog', 12, unknown],
    ['-x', 12, unknown],
    ['-Dx', 12, unknown],
    ['-D=', 12, unknown],
    ['-syslog', 12, unknown],
    ['--__proto__=x', 12, unknown],
    ['--constructor x', 12, unknown],
    ['--log-level', 12, 'its value is missing'],
    ['--syslog --module', 21, 'its value is missing'],
    ['-Dc', 12, 'its value is missing'],
    ['--syslog=maybe', 12, 'neither true nor false'],
    ['-D=maybe', 12, 'neither true nor false'],
    ['--log-level --syslog', 12, apart],
    ['--runtime-flag -r', 12, apart],
    ['--conmon --url=tcp://x', 12, apart],
    ['--root /x', 12, 'the image would go to another store than that of this run'],
    ['--storage-driver=vfs', 12, 'the image would go to another store than that of this run'],
    ['--help', 12, 'podman prints its help, and does nothing else'],
    ['-h', 12, 'podman prints its help, and does nothing else'],
    ['-v', 12, 'podman takes no command behind it'],
    ...[
      '-c x',
      '-cx',
      '-c=x',
      '-Dcx',
      '-H x',
      '-r',
      '--remote',
      '--url=x',
      '--connection x',
      '--context=x',
    ].map((words): [string, number, string] => [
      words,
      12,
      'the service would find the images of another host, and not those of this one',
    ]),
    ['--registries-conf=/x', 12, 'the service would ask other registries for the image than this run'],
  ])('%s', (words, column, problem) => {
    expect(read(words)).toEqual({ findings: [`podman-arguments ${column}`], problems: [problem] });
  });

  test('each mistake once', () => {
    expect(read('--unknown a --root=/x -r').findings).toEqual([
      'podman-arguments 12',
      'podman-arguments 24',
      'podman-arguments 34',
    ]);
  });
});

test.each(['container', 'image', 'kube', 'pod', 'artifact', 'volume'])('in a .%s unit', (type) => {
  const section = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  const lines = {
    kube: 'Yaml=a.yaml',
    pod: 'PodmanArgs=--infra-image=quay.io/a/a:1',
    artifact: 'Artifact=quay.io/a/a:1',
    volume: 'Driver=image\nImage=quay.io/a/a:1',
  } as Readonly<Record<string, string>>;
  const { findings } = scanUnits([`a.${type}`], {
    [`a.${type}`]: `[${section}]\nGlobalArgs=rmi x\n${lines[type] ?? 'Image=quay.io/a/a:1'}\n`,
    'a.yaml': 'kind: Pod\nspec: {containers: [{name: a, image: "quay.io/a/a:1"}]}\n',
  });
  expect(findings.filter((finding) => finding.startsWith('podman-arguments'))).toEqual([
    `podman-arguments a.${type} 2 12`,
  ]);
});
