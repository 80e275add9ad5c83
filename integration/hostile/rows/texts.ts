import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dropIn, quadlet } from '../../support/entries.js';
import { execOk } from '../../support/exec.js';
import type { Tree } from '../../support/host.js';
import type { Lab, Row, Run } from '../row.js';

/** Characters that move a cursor, reorder text or are there without being seen. */
const characters: readonly { readonly name: string; readonly text: string; readonly fault?: string }[] = [
  { name: 'escape sequences', text: '\u001b[31m\u001b]8;;http://x\u0007' },
  { name: 'C1 controls', text: '\u009b31m\u0085' },
  { name: 'bidirectional controls', text: '\u202e\u2066\u061c' },
  { name: 'zero-width characters', text: '\u200b\u200d\ufeff\u2060' },
  { name: 'line separators', text: '\u2028\u2029' },
  { name: 'tag characters', text: '\u{e0041}\u{e0042}\u{e007f}', fault: 'they reached the terminal' },
  { name: 'variation selectors of plane 14', text: '\u{e0100}\u{e01ef}', fault: 'they reached the terminal' },
  { name: 'backspaces', text: 'a\b\b\b' },
];

/** Where a root may put text that is shown. */
const places: readonly { readonly name: string; readonly tree: (text: string) => Tree }[] = [
  { name: 'a reference', tree: (text) => dropIn('x', [`127.0.0.1:9/a${text}:1`]) },
  {
    name: 'a key of a drop-in',
    tree: (text) => ({ 'usr/lib/bound-images.d/x.toml': `"${JSON.stringify(text).slice(1, -1)}" = 1\n` }),
  },
  {
    name: 'broken TOML',
    tree: (text) => ({ 'usr/lib/bound-images.d/x.toml': `images = [ # ${text}\n"a"\n = ${text}\n` }),
  },
  {
    name: 'the name of an entry',
    tree: (text) => ({ [`usr/lib/bound-images.d/x${text}.toml`]: 'images = 1\n' }),
  },
  { name: 'GlobalArgs=', tree: (text) => quadlet('x.image', 'Image=127.0.0.1:9/a:1', `GlobalArgs=a${text}`) },
  {
    name: 'PodmanArgs=',
    tree: (text) => quadlet('x.image', 'Image=127.0.0.1:9/a:1', `PodmanArgs=--a${text}`),
  },
  { name: 'a key of a unit', tree: (text) => quadlet('x.image', 'Image=127.0.0.1:9/a:1', `X${text}=1`) },
  {
    name: 'a module',
    tree: (text) => quadlet('x.image', 'Image=127.0.0.1:9/a:1', `ContainersConfModule=/a${text}`),
  },
  {
    name: 'Kubernetes YAML',
    tree: (text) => ({
      ...quadlet('x.kube', 'Yaml=x.yaml'),
      'usr/share/containers/systemd/x.yaml': `kind: Pod\nspec:\n  containers:\n    - image: "a${text}"\n    - ${text}: [\n`,
    }),
  },
];

export const characterRows: readonly Row[] = characters.map(({ name, text, fault }) => ({
  short: 'some',
  name: `text of the root with ${name}`,
  only: 'oldest',
  ...(fault !== undefined && { fault }),
  attack: () => {
    // One tree in which they stand everywhere: every finding is shown.
    const trees = places.map(({ tree }, at) =>
      Object.fromEntries(
        Object.entries(tree(text)).map(([path, node]) => [rename(path, at), renameLink(node, at)]),
      ),
    );
    return {
      newRoot: Object.assign({}, ...trees),
      runs: (['human', 'json', 'sarif', 'github'] as const).map((format): Run => {
        return { command: 'check', args: ['--format', format], status: [3] };
      }),
    };
  },
}));

/** Parts the trees of several places from each other. */
function rename(path: string, at: number): string {
  return path.replace(/\/x(?=[^/]*$)/, `/x${at}`);
}

function renameLink(node: Tree[string], at: number): Tree[string] {
  if (typeof node === 'string') return node.replace('Yaml=x', `Yaml=x${at}`);
  return 'link' in node ? { link: rename(node.link, at) } : node;
}

/** Text that takes long to read, against the time that nothing takes. */
const slow: readonly { readonly name: string; readonly tree: () => Tree; readonly fault?: string }[] = [
  {
    name: 'YAML of document marks',
    fault: 'a megabyte took 14 seconds',
    tree: () => kube('---\n'.repeat(250_000)),
  },
  { name: 'YAML of aliases', tree: () => kube(aliases()) },
  { name: 'YAML nested without end', tree: () => kube('['.repeat(100_000)) },
  {
    name: 'YAML of keys',
    fault: '600 kB took five seconds of a processor',
    tree: () => kube(`${Array.from({ length: 40_000 }, (_, at) => `k${at}: {a: 1}`).join('\n')}\n`),
  },
  { name: 'YAML of comments', tree: () => kube('# bound-images: ignore x: y\n'.repeat(30_000)) },
  {
    name: 'TOML nested without end',
    tree: () => ({ 'usr/lib/bound-images.d/x.toml': `images = ${'['.repeat(200_000)}` }),
  },
  {
    name: 'TOML of one line',
    fault: '400 kB took twelve seconds of a processor',
    tree: () => ({ 'usr/lib/bound-images.d/x.toml': `images = [${'"a",'.repeat(100_000)}]` }),
  },
  {
    name: 'a unit of continued lines',
    tree: () => quadlet('x.image', `Image=127.0.0.1:9/a:1${' \\\n'.repeat(300_000)}`),
  },
  {
    name: 'a unit of quotes',
    tree: () => quadlet('x.image', 'Image=127.0.0.1:9/a:1', `GlobalArgs=${'"'.repeat(500_001)}`),
  },
  {
    name: 'a unit of words',
    tree: () => quadlet('x.image', 'Image=127.0.0.1:9/a:1', `GlobalArgs=${'a '.repeat(100_000)}`),
  },
  {
    name: 'a unit of keys',
    tree: () =>
      quadlet(
        'x.image',
        'Image=127.0.0.1:9/a:1',
        ...Array.from({ length: 40_000 }, (_, at) => `PodmanArgs=--arch=a${at}`),
      ),
  },
  { name: 'a long reference', tree: () => dropIn('x', [`127.0.0.1:9/${'a-'.repeat(200_000)}`]) },
];

function kube(text: string): Tree {
  return { ...quadlet('x.kube', 'Yaml=x.yaml'), 'usr/share/containers/systemd/x.yaml': text };
}

function aliases(): string {
  const levels = Array.from(
    { length: 30 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(',')}]`,
  );
  return `a0: &a0 x\n${levels.join('\n')}\n`;
}

/**
 * How many times the processor time of an empty root a root of one megabyte may take: the slowest take ten times, the
 * faults took 25 to 70 times.
 */
const slowest = 20;
/** A busy machine adds to what a run uses, and to what the one before it used: a fault is in every pair. */
const tries = 3;

/** Makes each node append the processor time that it has used, in microseconds. */
const recorder = `import { appendFileSync } from 'node:fs';
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  appendFileSync(new URL('used', import.meta.url), \`\${user + system}\\n\`);
});
`;

export const slowRows: readonly Row[] = slow.map(({ name, tree, fault }) => ({
  short: 'some',
  name: `text of the root that is slow to read: ${name}`,
  only: 'oldest',
  ...(fault !== undefined && { fault }),
  attack: (lab) => ({
    newRoot: tree(),
    env: { NODE_OPTIONS: `--import=${lab.scratch}/recorder.mjs` },
    prepare: async () => {
      await writeFile(join(lab.scratch, 'recorder.mjs'), recorder);
    },
    runs: Array.from({ length: tries }, (): Run[] => [
      { command: 'check', args: ['--root', lab.scratch], status: [3], says: [/nothing-bound/] },
      { command: 'check', status: [0, 3] },
    ]).flat(),
    afterwards: async () => {
      const used = (await readFile(join(lab.scratch, 'used'), 'utf8')).trim().split('\n').map(Number);
      expect(used).toHaveLength(2 * tries);
      const times = used.flatMap((each, at) => (at % 2 === 0 ? [] : each / (used[at - 1] ?? Number.NaN)));
      expect(Math.min(...times)).toBeLessThan(slowest);
    },
  }),
}));

/** Settings of whoever checks a pull request: the working directory is the pull request's. */
const settings: readonly {
  readonly name: string;
  readonly make: (path: string, lab: Lab) => readonly string[];
  readonly fault?: string;
}[] = [
  {
    name: 'a link to /dev/zero',
    fault: 'it was read until memory was used up',
    make: (path) => ['ln', '-s', '/dev/zero', path],
  },
  { name: 'a FIFO', fault: 'check hung', make: (path) => ['mkfifo', path] },
  {
    name: 'the device of /dev/zero',
    fault: 'it was read until memory was used up',
    make: (path) => ['mknod', path, 'c', '1', '5'],
  },
  {
    name: 'a sparse file of a terabyte',
    fault: 'it was a mistake in bound-images',
    make: (path) => ['truncate', '--size=1T', path],
  },
  { name: 'a directory', make: (path) => ['mkdir', path] },
  { name: 'a link to itself', make: (path) => ['ln', '-s', '.bound-images.toml', path] },
];

export const settingsRows: readonly Row[] = settings.flatMap(({ name, make, fault }) =>
  [true, false].map((isNamed) => ({
    short: 'some',
    name: `${isNamed ? '--config' : '.bound-images.toml of the working directory'} that is ${name}`,
    only: 'oldest',
    ...(fault !== undefined && { fault }),
    attack: (lab) => ({
      prepare: async () => {
        const [program = '', ...args] = make(join(lab.scratch, '.bound-images.toml'), lab);
        await execOk(program, args);
        await writeFile(join(lab.scratch, 'other'), '');
      },
      runs: [
        {
          command: 'check',
          cwd: lab.scratch,
          args: isNamed ? ['--config', '.bound-images.toml'] : [],
          status: [2],
          says: [/\.bound-images\.toml/],
          never: [/mistake in bound-images/],
        },
      ],
    }),
  })),
);

const secret = 'correct-horse-battery';

/** Values of keys beside the one that a finding is about. */
const beside: readonly { readonly name: string; readonly line: string }[] = [
  { name: 'Environment=', line: `Environment=ENCRYPTION_KEY=${secret}` },
  { name: 'Exec=', line: `Exec=mysql -p${secret}` },
  { name: 'Secret=', line: `Secret=x,type=env,target=${secret}` },
  { name: 'PodmanArgs=', line: `PodmanArgs=--env=KEY=${secret}` },
  { name: 'Environment= on a continued line', line: `Environment=A=B \\\n  KEY=${secret}` },
  { name: 'HealthCmd=', line: `HealthCmd=curl -u admin:${secret} x` },
];

export const frameRows: readonly Row[] = beside.map(({ name, line }) => ({
  short: 'some',
  name: `a secret beside the line of a finding: ${name}`,
  fault: 'the code frame showed it',
  only: 'oldest',
  attack: () => ({
    newRoot: quadlet('app.container', line, 'Image=127.0.0.1:9/app:%i', line),
    runs: (['human', 'json', 'sarif', 'github'] as const).map((format): Run => {
      return { command: 'check', args: ['--format', format], status: [3], never: [new RegExp(secret)] };
    }),
  }),
}));
