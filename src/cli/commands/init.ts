import { createInterface } from 'node:readline/promises';
import type { EntryLink } from '../../fix/plan-links.js';
import { init as initOperation } from '../../operations/init.js';
import { exitStatus } from '../exit-status.js';
import { showFindings } from '../findings.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { plural } from '../report/diagnostics-text.js';
import { initJson, initText, leftText, linksText } from '../report/init.js';

export interface InitOptions extends RootOptions {
  /** Makes links without asking. */
  readonly yes: boolean;
}

/** `bound-images init`: makes the entries that bind what units want. Exit status 3 while anything is left to do. */
export async function init(options: InitOptions): Promise<number> {
  const { format, yes } = options;
  const isForPerson = format === 'human';
  const confirm = async (links: readonly EntryLink[], root: string) => {
    if (isForPerson) writeResult(linksText(links, root, process.stdout));
    if (yes || !isForPerson) return yes;
    return await asks(`make ${plural(links.length, 'link')}? [y/N] `);
  };
  const result = await initOperation({ ...options, dryRun: false }, { confirm });
  if (isForPerson) {
    writeNote(leftText(result.left, process.stderr));
    showFindings(result.diagnostics, options);
    if (!options.quiet || isOpen(result)) writeNote(initText(result));
  } else writeResult(initJson(result));
  return isOpen(result) ? exitStatus.configuration : exitStatus.ok;
}

function isOpen({ links, made, left }: Awaited<ReturnType<typeof initOperation>>): boolean {
  return (links.length > 0 && !made) || left.some(({ reason }) => reason !== 'masked');
}

/** Asks on the terminal; without one, nobody says yes. */
async function asks(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  // A terminal that stays as it is ends this process with Ctrl-C, as any other.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(question), closed]);
  lines.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
