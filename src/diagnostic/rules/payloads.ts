import { error } from '../rule.js';

/** What a drop-in wants of an image or artifact as files. */
export const payloads = {
  'payload-source': error<{
    problem: 'none' | 'several' | 'other-kind';
    kind: 'image' | 'artifact';
    /** Keys, as the drop-in has them. */
    written: readonly string[];
    wanted: readonly string[];
  }>(
    ({ problem, kind, written }) => {
      const [first = '', second = ''] = written;
      switch (problem) {
        case 'none':
          return `this payload does not say what of the ${kind} is wanted`;
        case 'several':
          return `“${first}” and “${second}” both say what this payload is, and only one of them can`;
        case 'other-kind':
          return kind === 'image'
            ? `“${first}” is about the layers of an artifact, and this payload is one of an image`
            : `“${first}” is about the files of an image, and an artifact has only layers`;
      }
    },
    ({ problem, kind, wanted }) => {
      const keys = wanted.map((key) => `${key} = "${key === 'path' ? '/…' : '…'}"`).join(' or ');
      if (problem === 'several') return `keep one: ${keys}`;
      const other = kind === 'image' ? 'artifact' : 'image';
      return problem === 'none' ? `add ${keys}` : `write ${keys}, or bind it in an [[${other}]] table`;
    },
  ),
  'payload-path': error<{ path: string; problem: string }>(
    ({ path, problem }) => `“${path}” names no file of an image: it ${problem}`,
    () => 'write the absolute path in the image, such as path = "/usr/lib/firmware/x.bin"',
  ),
  'payload-as-missing': error<object>(
    () => 'this payload has no “as” that says under which name the next boot finds it',
    () => 'add as = "NAME", below the payload directory of the deployment',
  ),
  'payload-as': error<{ as: string; problem: string }>(
    ({ as, problem }) => `no payload can be called “${as}”: it ${problem}`,
    () => 'write a path below the payload directory of the deployment, such as as = "extensions/gvisor.raw"',
  ),
  'payload-max-size': error<{ size: string }>(
    ({ size }) => `“${size}” is no size, or lets nothing through`,
    () => 'write a number with one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, such as max-size = "100 MiB"',
  ),
  'payload-mode': error<{ mode: string; isSpecial: boolean }>(
    ({ mode, isSpecial }) =>
      isSpecial
        ? `“${mode}” has a setuid, setgid or sticky bit, and no payload gets one`
        : `“${mode}” is no set of permission bits`,
    () => 'write three octal digits, and a 0 before them if you like, such as mode = "0644"',
  ),
  'payload-digest': error<{ digest: string }>(
    ({ digest }) => `“${digest}” is no digest of a file`,
    () => 'write digest = "sha256:…" with the 64 hexadecimal digits, in lower case, that sha256sum prints',
  ),
  'payload-clash': error<{ as: string; other: string; otherAs: string; differs: string | null }>(
    ({ as, other, otherAs, differs }) => {
      if (differs !== null)
        return `“${as}” is wanted with another ${differs} than in ${other}, and can be there only once`;
      return as === otherAs
        ? `“${as}” is wanted for something else in ${other}, and can be there only once`
        : `“${as}” and “${otherAs}” in ${other} cannot both be there: one lies inside of the other`;
    },
    ({ differs }) =>
      differs === null ? 'give one of the two another name' : 'write both alike, or keep one',
  ),
  'payload-extension-name': error<{ as: string; problem: string }>(
    ({ as, problem }) => `systemd takes nothing called “${as}” for an extension: the name ${problem}`,
    () => 'call it NAME.raw, or NAME for a directory, where NAME is that of its extension-release.NAME',
  ),
  'payload-extension-twice': error<{ name: string; kind: string; as: string; other: string }>(
    ({ name, kind, as, other }) =>
      `“${as}” is a second ${kind} called “${name}”, beside the one in ${other}: systemd merges only one of a name`,
    () => 'keep one of the two, or give one another name, inside of it as well',
  ),
};
