import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { decodeName, encodePath, type HostPath } from '../../src/model/path.js';
import { makeTree } from './tree.js';

/** What the system says about a path inside a root. */
export interface OracleAnswer {
  /** What the kernel finds there, links followed. */
  readonly kernel: 'directory' | 'file' | 'other' | 'nothing' | 'loop';
  /** What `readlink -f` prints, or the text of the error that it ends with. Empty for a loop: it is not asked. */
  readonly readlink: string;
}

// One process per path and none per root but the shell: thousands of paths have to take seconds. Every answer is
// two fields that end in NUL. readlink (seen with coreutils 9.1) never ends on a link such as `x -> x/y`, hence
// the kernel is asked for loops.
const SCRIPT = `
PATH=/.oracle LC_ALL=C; export PATH LC_ALL
for path do
  if [ -d "$path" ]; then kind=directory
  elif [ -f "$path" ]; then kind=file
  elif [ -e "$path" ]; then kind=other
  else
    case $({ true < "$path"; } 2>&1) in
      *'Too many levels of symbolic links') printf 'loop\\0\\0'; continue ;;
      *) kind=nothing ;;
    esac
  fi
  printf '%s\\0' "$kind"
  readlink -fvz -- "$path" 2>&1 || printf '\\0'
done`;

/**
 * Asks `chroot ROOT readlink -f PATH` and the kernel about `paths`, for as many roots as wanted. The shell, readlink
 * (coreutils 9 or later; 8 took `file/` for `file`) and their libraries are linked into each root, under `/.oracle`
 * and where the loader looks for them.
 */
export function makeOracle(): (root: HostPath, paths: readonly string[]) => readonly OracleAnswer[] {
  if (process.getuid?.() !== 0) throw new Error('This test runs chroot(2) for real; run it as root.');
  const programs = ['sh', 'readlink'].map((name) => ({
    name,
    from: execFileSync('which', [name], { encoding: 'utf8' }).trim(),
  }));
  const files = new Map(programs.map(({ name, from }) => [`/.oracle/${name}`, from]));
  for (const { from } of programs) {
    const libraries = execFileSync('ldd', [from], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
    for (const [, library = ''] of libraries) files.set(library, library);
  }
  const store = makeTree({});
  for (const [at, from] of files) placeIn(store, at, (to) => copyFileSync(from, to));

  return (root, paths) => {
    for (const at of files.keys()) placeIn(root, at, (to) => linkSync(store + at, to));
    // Names may hold bytes that an argument vector of Node cannot carry, so the paths travel on stdin.
    const input = Buffer.concat(paths.flatMap((path) => [quoted(encodePath(path)), Buffer.from(' ')]));
    const run = spawnSync('chroot', [root, '/.oracle/sh'], {
      input: Buffer.concat([Buffer.from('set -- '), input, Buffer.from(SCRIPT)]),
      maxBuffer: 1e8,
    });
    if (run.error !== undefined) throw run.error;
    if (run.stdout.length === 0) throw new Error(`chroot: ${run.stderr.toString()}`);
    return answersOf(run.stdout, paths.length);
  };
}

function placeIn(root: string, at: string, place: (to: string) => void): void {
  mkdirSync(dirname(root + at), { recursive: true });
  place(root + at);
}

/** `bytes` as one word of a shell script. */
function quoted(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replaceAll("'", `'\\''`);
  return Buffer.from(`'${text}'`, 'latin1');
}

function answersOf(output: Buffer, count: number): readonly OracleAnswer[] {
  const fields = output.toString('latin1').split('\0');
  return Array.from({ length: count }, (_, at) => ({
    kernel: (fields[2 * at] ?? '') as OracleAnswer['kernel'],
    readlink: errorText(decodeName(Buffer.from(fields[2 * at + 1] ?? '', 'latin1'))),
  }));
}

function errorText(line: string): string {
  return line.startsWith('readlink: ') ? line.trimEnd().replace(/^.*: /s, '') : line;
}
