import { getSystemErrorMap } from 'node:util';

/** The code of a failed system call (`ENOENT`), or undefined if `error` is something else. */
export function errnoCode(error: unknown): string | undefined {
  return isErrno(error) ? error.code : undefined;
}

/** Why a system call, or what stands for one, failed, to be put into a sentence: `permission denied (EACCES)`. */
export function errnoReason(error: unknown): string {
  if (!isErrno(error)) return error instanceof Error ? error.message : String(error);
  const [, text] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  return text === undefined ? (error.code ?? error.message) : `${text} (${error.code})`;
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
