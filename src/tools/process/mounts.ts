import { requireProgram } from './find-program.js';

/** What a program sees at a place of its own: a file or directory, with all that is mounted below it. */
export interface Mount {
  /** Absolute; as it is when the mounts before it have been made. */
  readonly from: string;
  /** Absolute; there is a file or directory already, as `from` is one. */
  readonly to: string;
}

/** What is done before a program is started, for that program alone, in this order. */
export type Preparation =
  | Mount
  /** A directory with a mount of its own that is read-only there. */
  | { readonly writable: string }
  /** A directory that the program finds open as its descriptor 3, as it is when the mounts before it have been made. */
  | { readonly descriptor: string };

/** Stands before everything that the script says itself: the program has not been started then. */
const name = 'bound-images';

/**
 * Becomes the program once everything is mounted. The names are arguments, and no text of the script; paths are absolute,
 * so that none is one of its words. `mount` is $1. What could not be mounted ends it before the program has begun.
 */
const script = `mount=$1
shift
while [ "$1" != -- ]; do
  case $1 in
    descriptor) exec 3<"$2" ;;
    writable) said=$("$mount" -o remount,bind,rw -- "$2" 2>&1) ;;
    *) said=$("$mount" --rbind -- "$1" "$2" 2>&1) ;;
  esac || { printf '${name}: %s\\n' "$said" >&2; exit 126; }
  shift 2
done
shift
exec "$@"`;

/**
 * What to put in front of a command line so that the program has a mount namespace of its own with these mounts; nothing
 * where nothing is to be prepared. The program is the very process that was started, so that signals and the exit status are its own.
 * Nothing that is mounted is to be seen outside, what is mounted outside later is to be seen inside, and the kernel
 * takes it all down with the last process (mount_namespaces(7)).
 *
 * @throws BoundImagesError `tool-missing` where util-linux is not installed.
 */
export function withMounts(mounts: readonly Preparation[]): readonly string[] {
  if (mounts.length === 0) return [];
  const [unshare, mount] = ['unshare', 'mount'].map((program) => requireProgram('util-linux', program));
  return [
    ...[unshare ?? '', '--mount', '--propagation', 'slave', '--', '/bin/sh', '-c', script, name, mount ?? ''],
    ...mounts.flatMap(wordsOf),
    '--',
  ];
}

function wordsOf(each: Preparation): readonly [string, string] {
  if ('writable' in each) return ['writable', each.writable];
  return 'descriptor' in each ? ['descriptor', each.descriptor] : [each.from, each.to];
}

/** What unshare and the script say when they cannot become the program. */
export const noMounts = /^(?:unshare|bound-images): /;
