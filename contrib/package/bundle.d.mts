import type { BuildOptions, OutputFile } from 'esbuild';
import type { Notice } from '../../src/cli/report/licenses.js';

export function bundle(
  outputs: readonly BuildOptions[],
  more?: readonly Notice[],
): Promise<{ readonly files: readonly OutputFile[]; readonly notices: readonly Notice[] }>;
export function noticeOf(directory: string): Notice;
