import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A real process that leads a group of its own, as podman does, and writes when it is told to. */
export interface Writer {
  readonly group: number;
  /** Writes so many bytes to nowhere, and some more to say that it has. Ends after they are written. */
  write(bytes: number): Promise<void>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ends every writer: clean-up.ts does so after the last test of a file. */
export async function endWriters(): Promise<void> {
  for (const child of running) await end(child);
}

/** @param program a shell, should it have another name */
export async function startWriter(program = '/bin/sh'): Promise<Writer> {
  // printf is a part of the shell: the bytes are its own, and not those of a process that is gone again.
  const script = 'echo; while read -r size; do printf "%0${size}d" 0 >/dev/null; echo; done';
  const child = spawn(program, ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  await once(child.stdout, 'data');
  if (child.pid === undefined) throw new Error(`${program} cannot be started`);
  return {
    group: child.pid,
    write: async (bytes) => {
      child.stdin.write(`${bytes}\n`);
      await once(child.stdout, 'data');
    },
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
