import { quadlet } from '../../support/entries.js';
import { type Tree, writeTree } from '../../support/host.js';
import type { Lab, LabImage, Row, Run } from '../row.js';
import type { Canaries } from '../support/canaries.js';
import type { HelpOption } from '../support/help.js';

/** Options that podman has and its help page does not list. */
const hidden: readonly HelpOption[] = [
  '--cpu-profile',
  '--db-backend',
  '--default-mounts-file',
  '--max-workers',
  '--memory-profile',
  '--network-backend',
  '--rdt-class',
  '--registries-conf',
  '--registries-conf-dir',
  '--signature-policy',
].map((long) => ({ long, short: undefined, takesValue: true }));

/** Ours for the store of this run, or for asking podman what it is. */
const ownUse = new Set(['--root', '--runroot', '--help', '--version']);
/** What a pull may need: where else layers are, and settings, both as we understand them. */
const understood = new Set(['--storage-opt', '--module', '--imagestore']);

/** A row for each option of podman itself, in both ways to write its value. */
export function globalOptionRows(options: readonly HelpOption[]): readonly Row[] {
  const listed = new Set(options.map(({ long }) => long));
  const all = [...options, ...hidden.filter(({ long }) => !listed.has(long))];
  return all.flatMap((option) => [
    optionRow(option.long, option),
    ...(option.short === undefined ? [] : [optionRow(option.short, option)]),
  ]);
}

/** Those that did something to this host, by what they did. */
const faults: Readonly<Record<string, string>> = {
  '--conmon': 'podman ran the program as root',
  '--cpu-profile': 'podman overwrote the file',
  '--memory-profile': 'podman overwrote the file',
  '--tmpdir': 'podman made its directory there',
  '--network-config-dir': 'podman made its directory there',
  '--volumepath': 'podman made its directory there',
  '--registries-conf': 'podman read the file',
};

function optionRow(word: string, { long, takesValue }: HelpOption): Row {
  const fault = faults[long];
  return {
    name: `GlobalArgs=${word}`,
    ...(fault !== undefined && { fault }),
    attack: ({ canaries, image }) => {
      const value = valueFor(long, canaries);
      const images = takesValue
        ? [unit('attached', image(), `${word}=${value}`), unit('apart', image(), `${word} ${value}`)]
        : [unit('bare', image(), word), unit('true', image(), `${word}=true`)];
      const run: Run = {
        command: 'pull',
        args: ['--keep-going'],
        status: [0],
        stores: images.map(({ reference }) => reference),
        mayRefuse: [new RegExp(`${word}\\b|containers\\.conf module`), /\/systemd\/\w+\.image:4/],
        withheld: ownUse.has(long) || understood.has(long) ? [] : [word],
      };
      return { newRoot: Object.assign({}, ...images.map(({ tree }) => tree)), runs: [run] };
    },
  };
}

function unit(name: string, { tagged }: LabImage, words: string) {
  const lines = [`Image=${tagged}`, 'TLSVerify=false', `GlobalArgs=${words}`];
  return { tree: quadlet(`${name}.image`, ...lines), reference: tagged };
}

/** What shows most when podman heeds the option. */
function valueFor(option: string, canaries: Canaries): string {
  if (/^--(?:conmon|runtime|network-cmd-path)$/.test(option)) return canaries.program;
  if (/^--(?:url|connection)$/.test(option)) return `unix://${canaries.directory}/socket`;
  if (/^--(?:.*dir|.*path|root|runroot|imagestore|config)$/.test(option)) return `${canaries.directory}/made`;
  if (option === '--storage-opt') return `overlay.mount_program=${canaries.program}`;
  return canaries.file;
}

interface Words {
  readonly name: string;
  readonly words: (lab: Lab) => string;
  readonly says: RegExp;
  readonly fault?: string;
}

const removed = 'podman ran the words as a command: the image was removed';
const ranAs = 'podman ran the words as a command';

/** Words that no option takes: podman would run them as its command. */
const positional: readonly Omit<Words, 'says'>[] = [
  {
    name: 'rmi --force',
    words: ({ canaryImage }) => `rmi --force ${canaryImage} --`,
    fault: removed,
  },
  {
    name: 'image rm',
    words: ({ canaryImage }) => `image rm -f ${canaryImage} --`,
    fault: removed,
  },
  { name: 'untag', words: ({ canaryImage }) => `untag ${canaryImage} --`, fault: ranAs },
  {
    name: 'image prune',
    words: () => 'image prune --all --force --filter',
    fault: ranAs,
  },
  { name: 'system reset', words: () => 'system prune --all --force --filter', fault: ranAs },
  {
    name: 'image save',
    words: ({ canaryImage, canaries }) => `image save -o ${canaries.directory}/made ${canaryImage} --`,
    fault: 'podman wrote an archive to the path',
  },
  {
    name: 'run',
    words: ({ canaryImage, canaries }) => `run --rm -v ${canaries.directory}:/mnt ${canaryImage}`,
    fault: ranAs,
  },
  {
    name: 'unshare',
    words: ({ canaries }) => `unshare ${canaries.program}`,
    fault: ranAs,
  },
  {
    name: 'login',
    words: ({ canaries }) => `login --authfile=${canaries.directory}/made -u x -p y`,
    fault: ranAs,
  },
  { name: 'load -i', words: ({ canaries }) => `load -i ${canaries.secret}`, fault: ranAs },
  { name: 'import', words: ({ canaries }) => `import ${canaries.secret} x --`, fault: ranAs },
  { name: 'volume create', words: () => 'volume create', fault: ranAs },
  { name: 'secret create', words: ({ canaries }) => `secret create x ${canaries.secret}` },
  { name: 'kube play', words: ({ canaries }) => `kube play ${canaries.secret}` },
  { name: 'build', words: ({ canaries }) => `build -f ${canaries.secret} ${canaries.tree}` },
  { name: 'cp', words: ({ canaries }) => `cp ${canaries.secret} x:/` },
  { name: 'two dashes', words: ({ canaryImage }) => `-- rmi ${canaryImage}` },
  { name: 'one dash', words: () => '-' },
  {
    name: 'after an option that is understood',
    words: ({ canaryImage }) => `--log-level=info rmi -f ${canaryImage} --`,
    fault: removed,
  },
  {
    name: 'after an option with its value apart',
    words: ({ canaryImage }) => `--log-level info rmi -f ${canaryImage} --`,
    fault: removed,
  },
  {
    name: 'after a switch',
    words: ({ canaryImage }) => `--syslog rmi -f ${canaryImage} --`,
    fault: removed,
  },
  {
    name: 'in quotes',
    words: ({ canaryImage }) => `"rmi" "--force" "${canaryImage}" "--"`,
    fault: removed,
  },
  {
    name: 'in escapes',
    words: ({ canaryImage }) => `\\x72mi --force ${canaryImage} --`,
    fault: removed,
  },
];

/** Ways to write an option in which a reader that is not quadlet's would not see it. */
const disguised: readonly Words[] = [
  {
    name: 'an option in quotes',
    words: ({ canaries }) => `"--conmon=${canaries.program}"`,
    says: /--conmon/,
  },
  {
    name: 'an option in escapes',
    words: ({ canaries }) => `--con\\x6don=${canaries.program}`,
    says: /--con(?:m|\\x6d)on/,
    fault: 'podman ran the program as root',
  },
  {
    name: 'an option on a continued line',
    words: ({ canaries }) => `--log-level=info \\\n  --conmon=${canaries.program}`,
    says: /--conmon/,
    fault: 'podman ran the program as root',
  },
];

/** Which word it is may be a secret: its kind and its place are said. */
const rule = /\[podman-arguments\]/;

/** Such words in an `.image`, all of which are errors. */
export const positionalRows: readonly Row[] = positional.map(({ name, words, fault }) => ({
  short: 'some',
  name: `words in GlobalArgs=: ${name}`,
  only: 'newest',
  ...(fault !== undefined && { fault }),
  attack: (lab) => {
    const image = lab.image();
    const { tree } = unit('app', image, words(lab));
    const place = /\/systemd\/app\.image:[45]/;
    return {
      newRoot: tree,
      runs: [
        { command: 'pull', status: [3], says: [rule, place], lacks: [image.tagged] },
        { command: 'check', status: [3], says: [rule, place] },
      ],
    };
  },
}));

export const disguisedRows: readonly Row[] = disguised.map(({ name, words, says, fault }) => ({
  name: `words in GlobalArgs=: ${name}`,
  only: 'newest',
  ...(fault !== undefined && { fault }),
  attack: (lab) => {
    const image = lab.image();
    const { tree } = unit('app', image, words(lab));
    return {
      newRoot: tree,
      runs: [{ command: 'pull', status: [0], stores: [image.tagged], mayRefuse: [says] }],
    };
  },
}));

/** Options that say how a service runs at boot: they are right, and no matter of the pull. */
const ofBoot: readonly { readonly name: string; readonly words: string }[] = [
  { name: 'a log level', words: '--log-level=debug' },
  { name: 'a log level apart', words: '--log-level debug' },
  { name: 'syslog', words: '--syslog' },
  { name: 'a log level and syslog', words: '--syslog --log-level=trace' },
];

export const bootOnlyRows: readonly Row[] = ofBoot.map(({ name, words }) => ({
  name: `GlobalArgs= that only matter at boot: ${name}`,
  fault: 'podman was given the option',
  attack: ({ image }) => {
    const app = image();
    const { tree } = unit('app', app, words);
    const withheld = ['--log-level', '--syslog'];
    return {
      newRoot: tree,
      runs: [
        { command: 'check', status: [0] },
        { command: 'pull', status: [0], stores: [app.tagged], withheld },
      ],
    };
  },
}));

/** The same option where it is easily overlooked. */
const places: readonly {
  readonly name: string;
  readonly tree: (reference: string, words: string) => Tree;
}[] = [
  {
    name: 'in a drop-in of the unit',
    tree: (reference, words) => ({
      ...quadlet('app.image', `Image=${reference}`, 'TLSVerify=false'),
      'etc/containers/systemd/app.image.d/10.conf': `[Image]\nGlobalArgs=${words}\n`,
    }),
  },
  {
    name: 'in an override of the unit',
    tree: (reference, words) => ({
      ...quadlet('app.image', `Image=${reference}`, 'TLSVerify=false'),
      'etc/containers/systemd/app.image': `[Image]\nImage=${reference}\nTLSVerify=false\nGlobalArgs=${words}\n`,
    }),
  },
  {
    name: 'in a container',
    tree: (reference, words) => quadlet('app.container', `Image=${reference}`, `GlobalArgs=${words}`),
  },
  {
    name: 'in the image of a container',
    tree: (reference, words) => ({
      ...quadlet('app.container', 'Image=app.image'),
      'usr/share/containers/systemd/app.image': `[Image]\nImage=${reference}\nTLSVerify=false\nGlobalArgs=${words}\n`,
    }),
  },
  {
    name: 'in a volume',
    tree: (reference, words) =>
      quadlet('app.volume', 'Driver=image', `Image=${reference}`, `GlobalArgs=${words}`),
  },
  {
    name: 'in a pod',
    tree: (reference, words) => ({
      ...quadlet('app.pod', `GlobalArgs=${words}`, `PodmanArgs=--infra-image=${reference}`),
    }),
  },
  {
    name: 'in a kube unit',
    tree: (reference, words) => ({
      ...quadlet('app.kube', 'Yaml=app.yaml', `GlobalArgs=${words}`),
      'usr/share/containers/systemd/app.yaml': `apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n  containers:\n    - name: app\n      image: ${reference}\n`,
    }),
  },
];

export const placeRows: readonly Row[] = places.map(({ name, tree }) => ({
  name: `GlobalArgs=--conmon of a program in the root: ${name}`,
  fault: 'podman ran the program as root',
  attack: ({ image, canaries }) => {
    const app = image();
    return {
      newRoot: { 'usr/bin/prog': { text: canaries.programText, mode: 0o755 } },
      // Where the program lies on this host is known when the root is there.
      prepare: ({ newRoot }) => writeTree(newRoot, tree(app.tagged, `--conmon=${newRoot}/usr/bin/prog`)),
      runs: [{ command: 'pull', status: [0], stores: [app.tagged], mayRefuse: [/--conmon/] }],
    };
  },
}));
