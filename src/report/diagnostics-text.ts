import type { Diagnostic, Severity } from '../diagnostic/diagnostic.js';
import { styleFor } from './style.js';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** Findings for a person: where, what, why, what to do; the last line counts them. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  return diagnostics
    .map((diagnostic) => {
      const colour = colours[diagnostic.severity];
      const lines = [
        `${style('bold', style(colour, diagnostic.severity))} ${style('bold', diagnostic.message)} ${style('dim', `[${diagnostic.rule}]`)}`,
        ...(diagnostic.file === null ? [] : [`  ${style('dim', 'at')} ${formatPlace(diagnostic)}`]),
        ...(diagnostic.excerpt?.split('\n').map((line) => `    ${line}`) ?? []),
        ...(diagnostic.hint === null ? [] : [`  ${style('cyan', 'hint:')} ${diagnostic.hint}`]),
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

/** `3 errors, 1 warning` */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const count = (wanted: Severity) => diagnostics.filter(({ severity }) => severity === wanted).length;
  return `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function formatPlace({ entry, file, line, column }: Diagnostic): string {
  const position = [file ?? 'the root', line, column].filter((part) => part !== null).join(':');
  return entry === null || file?.endsWith(`/${entry}`) ? position : `${position} (entry ${entry})`;
}
