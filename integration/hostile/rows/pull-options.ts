import { quadlet } from '../../support/entries.js';
import type { Row } from '../row.js';
import type { Canaries } from '../support/canaries.js';
import type { HelpOption } from '../support/help.js';

/** Options that `podman image pull` has and its help page does not list. */
const hidden: readonly HelpOption[] = ['--signature-policy', '--override-arch', '--blob-cache'].map(
  (long) => ({
    long,
    short: undefined,
    takesValue: true,
  }),
);

/** A row for each option of `podman image pull`, in both ways to write its value. */
export function pullOptionRows(options: readonly HelpOption[]): readonly Row[] {
  const listed = new Set(options.map(({ long }) => long));
  const all = [...options, ...hidden.filter(({ long }) => !listed.has(long))];
  return all.flatMap((option) => [
    optionRow(option.long, option),
    ...(option.short === undefined ? [] : [optionRow(option.short, option)]),
  ]);
}

function optionRow(word: string, { long, takesValue }: HelpOption): Row {
  return {
    name: `PodmanArgs=${word}`,
    attack: ({ canaries, image }) => {
      const value = valueFor(long, canaries);
      const words = takesValue ? [`${word}=${value}`, `${word} ${value}`] : [word, `${word}=true`];
      const trees = words.map((each, at) =>
        quadlet(`app${at}.image`, `Image=${image().tagged}`, 'TLSVerify=false', `PodmanArgs=${each}`),
      );
      return {
        newRoot: Object.assign({}, ...trees),
        // An architecture that no image has, a file that is not there: it may fail, and must only harm nobody.
        runs: [{ command: 'pull', args: ['--keep-going'], status: [0, 1, 3, 75] }],
      };
    },
  };
}

function valueFor(option: string, { token, file, directory, secret }: Canaries): string {
  if (option === '--creds') return `robot:${token}`;
  if (option === '--decryption-key') return `${secret}:${token}`;
  if (/^--(?:arch|os|variant|platform|override-arch|policy)$/.test(option)) return 'canary';
  if (option === '--retry' || option === '--retry-delay') return '999999';
  return option.endsWith('-dir') ? directory : file;
}

/** Options of `podman run` about host files: they are for boot. */
const runOptions = [
  '--cidfile',
  '--conmon-pidfile',
  '--device',
  '--env-file',
  '--hosts-file',
  '--init-path',
  '--label-file',
  '--log-opt=path',
  '--pidfile',
  '--rootfs',
  '--seccomp-policy',
  '--security-opt=seccomp',
  '--volume',
];

export const runOptionRows: readonly Row[] = runOptions.map((option) => ({
  short: 'some',
  name: `PodmanArgs=${option} of a container`,
  only: 'newest',
  attack: ({ canaries, image }) => {
    const app = image();
    const value = option === '--volume' ? `${canaries.file}:/x` : canaries.file;
    return {
      newRoot: quadlet('app.container', `Image=${app.tagged}`, `PodmanArgs=${option}=${value}`),
      runs: [{ command: 'pull', status: [0], stores: [app.tagged], mayRefuse: [/PodmanArgs|--\w/] }],
    };
  },
}));

const others: readonly { readonly name: string; readonly words: string; readonly says: RegExp }[] = [
  { name: 'another image', words: '127.0.0.1:1/other:1', says: /other/ },
  { name: 'another image behind two dashes', words: '-- 127.0.0.1:1/other:1', says: /--|other/ },
  { name: 'an option of podman itself', words: '--root=/', says: /--root/ },
  { name: 'an option of podman itself, short', words: '-r', says: /-r/ },
  { name: 'several letters', words: '-qr', says: /-qr|-r/ },
  { name: 'an option without its value', words: '--authfile', says: /--authfile/ },
];

export const otherWordRows: readonly Row[] = others.map(({ name, words, says }) => ({
  name: `words in PodmanArgs=: ${name}`,
  only: 'oldest',
  attack: ({ image }) => {
    const app = image();
    const place = /\/systemd\/app\.image:4/;
    return {
      newRoot: quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', `PodmanArgs=${words}`),
      runs: [
        { command: 'pull', status: [3], says: [says, place], lacks: [app.tagged] },
        { command: 'check', status: [3], says: [says, place] },
      ],
    };
  },
}));
