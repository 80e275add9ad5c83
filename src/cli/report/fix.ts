import type { Fix } from '../../fix/plan-fixes.js';
import { printable } from '../../text/printable.js';
import { plural } from './diagnostics-text.js';
import { placeJson } from './place-json.js';
import { shownFile } from './shown-path.js';
import { styleFor } from './style.js';

/** What `check --fix --format json` prints beside the rest. */
export function fixesJson(fixes: readonly Fix[], dryRun: boolean): object {
  return {
    dryRun,
    fixes: fixes.map(({ place, from, to }) => {
      const { entry: _, file, ...at } = placeJson(place);
      return { file: file ?? '', ...at, from, to };
    }),
  };
}

/** The diff of a dry run: as it is for a program, and for a terminal so that no file can move the cursor. */
export function diffText(diff: Buffer, { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>): string | Buffer {
  return isTTY ? diff.toString('utf8').replace(/[^\n\t]+/g, printable) : diff;
}

/** What was fixed, for a person; one line for each. */
export function fixesText(fixes: readonly Fix[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const lines = fixes.map(({ place, from, to }) => {
    const at = `${shownFile(place) ?? ''}:${place.line}:${place.column}`;
    return `${style('green', 'fixed')} ${at} ${from} → ${to}\n`;
  });
  return `${lines.join('')}${plural(fixes.length, 'reference')} fixed\n`;
}
