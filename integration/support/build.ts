import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execOk } from './exec.js';

/** Copies a program into a tree, with the libraries that it is linked to. */
export async function copyProgram(program: string, tree: string, path: string): Promise<void> {
  const libraries = (await execOk('ldd', [program])).match(/\/\S+(?= \(0x)/g) ?? [];
  for (const [from, to] of [[program, path], ...libraries.map((library) => [library, library])]) {
    if (from === undefined || to === undefined) continue;
    await mkdir(dirname(join(tree, to)), { recursive: true });
    await cp(from, join(tree, to), { dereference: true });
  }
}

/**
 * Limits of this process as options of `podman build`, which else raises them for what it runs, and that is for those
 * with CAP_SYS_RESOURCE. Source: addRlimits in buildah run_linux.go.
 */
export async function ownLimits(): Promise<readonly string[]> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  // podman itself goes on with no more processes than that.
  const most = { nofile: Number.MAX_SAFE_INTEGER, nproc: 32_768 };
  const titles = { nofile: 'Max open files', nproc: 'Max processes' };
  return (['nofile', 'nproc'] as const).flatMap((name) => {
    const [, soft] = new RegExp(`^${titles[name]} +(\\d+)`, 'm').exec(limits) ?? [];
    const limit = Math.min(Number(soft), most[name]);
    return soft === undefined ? [] : ['--ulimit', `${name}=${limit}:${limit}`];
  });
}
