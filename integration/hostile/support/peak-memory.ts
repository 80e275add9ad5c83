import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const file = (directory: string) => join(directory, 'peak-memory');

// Not what getrusage(2) says: that of who has started it counts there, too. Source: proc_pid_status(5), VmHWM.
const atExit = `import{readFileSync as r,writeFileSync as w}from'node:fs';process.on('exit',()=>{
  w(process.env.PEAK_FILE,/VmHWM:\\s+(\\d+)/.exec(r('/proc/self/status','utf8'))[1])})`;

/** The environment in which a Node.js process leaves its peak memory in the directory when it ends. */
export function peakEnv(
  directory: string,
  { NODE_OPTIONS = '' }: Readonly<Record<string, string | undefined>> = {},
): { readonly NODE_OPTIONS: string; readonly PEAK_FILE: string } {
  const load = `--import=data:text/javascript,${encodeURIComponent(atExit)}`;
  return { NODE_OPTIONS: `${NODE_OPTIONS} ${load}`.trim(), PEAK_FILE: file(directory) };
}

/** The resident set of the last such process at its highest, in MB; 0 when there was none. Forgets it. */
export async function peakOf(directory: string): Promise<number> {
  const kibibytes = await readFile(file(directory), 'utf8').catch(() => '0');
  await rm(file(directory), { force: true });
  return (Number(kibibytes) * 1024) / 1e6;
}
