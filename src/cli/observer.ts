import type { Observe } from '../model/events.js';
import { showFindings, traceCommands } from './findings.js';
import type { RootOptions } from './options.js';
import { writeNote } from './output.js';
import { isJournal, priorities } from './report/journal.js';
import type { ProgressDisplay } from './report/progress-display.js';

/** Shows what an operation says meanwhile, as far as it was asked for; without a display, on stderr. */
export function observerFor(
  options: Pick<RootOptions<string>, 'format' | 'quiet' | 'verbose'>,
  { observer, note }: Pick<ProgressDisplay, 'observer' | 'note'> = notesOnly,
): Observe {
  const trace = options.verbose ? traceCommands(note) : undefined;
  return (event) => {
    switch (event.kind) {
      case 'note':
        if (event.level === 'detail' && !options.verbose) return;
        if (event.level === 'warning') note(`${event.text}\n`, 'warning');
        else if (!options.quiet) note(`${event.text}\n`);
        return;
      case 'findings':
        showFindings(event.diagnostics, options, note);
        return;
      case 'command':
        trace?.(event.commandLine);
        return;
      case 'request':
        if (options.verbose) note(`> ${event.request}\n`);
        return;
      default:
        observer(event);
    }
  };
}

const notesOnly: Pick<ProgressDisplay, 'observer' | 'note'> = {
  observer: () => undefined,
  note: (text, level) => {
    const inJournal = level !== undefined && isJournal(process.stderr.fd, process.env.JOURNAL_STREAM);
    writeNote(inJournal ? `${priorities[level]}${text}` : text);
  },
};
