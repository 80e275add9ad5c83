import { online } from '../../src/diagnostic/rules/online.js';
import type { BoundHost } from './bound-host.js';

/** What `check --online --format json` says, without the findings of offline rules. */
export interface OnlineCheck {
  readonly exitCode: number | undefined;
  readonly images: readonly object[];
  readonly findings: readonly OnlineFinding[];
  readonly stderr: string;
}

interface OnlineFinding {
  readonly rule: string;
  readonly severity: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly hint: string | null;
}

/** Runs `bound-images check --online`. Warnings of offline rules do not count, and errors of theirs are not expected. */
export async function checkOnline(host: BoundHost, ...args: readonly string[]): Promise<OnlineCheck> {
  const { exitCode, stdout, stderr } = await host.run('check', '--online', '--format', 'json', ...args);
  const { images = [], diagnostics = [] } = stdout === '' ? {} : JSON.parse(stdout);
  const all: readonly OnlineFinding[] = diagnostics;
  return { exitCode, images, findings: all.filter(({ rule }) => Object.hasOwn(online, rule)), stderr };
}

/** `rule:line:column` */
export function placesOf({ findings }: OnlineCheck): readonly string[] {
  return findings.map(({ rule, line, column }) => `${rule}:${line}:${column}`);
}
