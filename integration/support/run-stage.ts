import type { ExecResult } from './exec.js';
import type { OstreeHost } from './ostree-host.js';
import { resultOf } from './result-of.js';

/** What `stage --format json` prints, as far as tests look at it. */
export interface StageReport {
  readonly deployment: string | null;
  readonly state: 'staged' | 'failed' | 'none';
  readonly finalizationLock: 'released' | 'ours' | 'theirs' | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly images: readonly {
    readonly reference: string;
    readonly state: 'present' | 'pulled' | 'failed';
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

export const stageCommand = ['bound-images', 'stage', '--format', 'json'] as const;

/** Runs `bound-images stage --format json` to its end; `report` is undefined when it printed nothing. */
export async function runStage(
  host: OstreeHost,
  ...args: readonly string[]
): Promise<ExecResult & { readonly report: StageReport | undefined }> {
  const result = await host.run([...stageCommand, ...args]);
  return { ...result, report: parseStage(result) };
}

export function parseStage({ stdout }: Pick<ExecResult, 'stdout'>): StageReport | undefined {
  return resultOf(stdout);
}
