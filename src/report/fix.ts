import { printable } from '../diagnostic/printable.js';
import type { Fix } from '../fix/plan-fixes.js';
import { plural } from './diagnostics-text.js';
import { styleFor } from './style.js';

/** What `check --fix --format json` prints beside the rest. */
export function fixesJson(fixes: readonly Fix[]): object {
  return {
    fixes: fixes.map(({ place: { file, line, column }, from, to }) => ({
      file: printable(file ?? ''),
      line,
      column,
      from,
      to,
    })),
  };
}

/** The same for a person; one line for each. */
export function fixesText(fixes: readonly Fix[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const lines = fixes.map(({ place: { file, line, column }, from, to }) => {
    const at = `${printable(file ?? '')}:${line}:${column}`;
    return `${style('green', 'fixed')} ${at} ${from} → ${to}\n`;
  });
  return `${lines.join('')}${plural(fixes.length, 'reference')} fixed\n`;
}
