import { progressRows } from './progress-rows.js';
import { type Style, totals } from './progress-sentences.js';
import type { CurrentImage, ProgressState } from './progress-state.js';
import { shorten } from './shorten.js';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const gap = '  ';
/** The bar grows in steps, so that what stands beside it stays in its place while numbers change. */
const barColumns = { step: 10, most: 30 } as const;

/**
 * The lines that show the state on a terminal of that size: totals, then an image each, then how many more
 * there are. Each is narrower than the terminal, and there is at least one row less, where the cursor stays.
 * ASCII except for what is in names: a serial console may know nothing else.
 */
export function progressFrame(
  state: ProgressState,
  { columns, rows }: TerminalSize,
  nowMs: number,
  style: Style,
): readonly string[] {
  // A line that fills the last column leaves some terminals at its end and others on the next line.
  const width = Math.max(1, columns - 1);
  const listed = [...state.current.filter(isMoving), ...state.current.filter(isFollower)];
  const queued = state.current.filter((image) => !listed.includes(image));
  const room = Math.max(0, rows - 2);
  const fits = listed.length + (queued.length > 0 ? 1 : 0) <= room;
  const shown = fits ? listed : listed.slice(0, Math.max(0, room - 1));
  const rest = [
    ...(shown.length < listed.length ? [`and ${listed.length - shown.length} more`] : []),
    ...queuedTexts(queued),
  ].join(', ');
  return [
    totalLine(state, width, nowMs, style),
    ...progressRows(shown, width, nowMs, style),
    ...(rest === '' || room === 0 ? [] : [style('dim', shorten(rest, width, 'end'))]),
  ];
}

/** How many images there are that nothing has been done for yet, and why. */
function queuedTexts(queued: readonly CurrentImage[]): readonly string[] {
  const texts = {
    downloads: 'waiting until the downloads before are done',
    podman: 'waiting for a free podman',
  };
  return (['downloads', 'podman'] as const).flatMap((reason) => {
    const count = queued.filter(
      ({ phase }) => phase.kind === 'waiting' && (phase.on ?? 'podman') === reason,
    ).length;
    return count === 0 ? [] : [`${count} ${texts[reason]}`];
  });
}

function isMoving({ phase }: CurrentImage): boolean {
  return phase.kind !== 'waiting';
}

function isFollower({ phase }: CurrentImage): boolean {
  return phase.kind === 'waiting' && phase.for !== null;
}

function totalLine(state: ProgressState, width: number, nowMs: number, style: Style): string {
  const parts = [...totals(state, nowMs)];
  while (parts.length > 1 && parts.join(', ').length > width) parts.pop();
  const text = shorten(parts.join(', '), width, 'end');
  const room = Math.min(barColumns.most, width - text.length - gap.length - '[]'.length);
  const columns = Math.floor(room / barColumns.step) * barColumns.step;
  if (columns <= 0) return text;
  const filled = Math.floor(fraction(state) * columns);
  return `[${style('green', '#'.repeat(filled))}${'.'.repeat(columns - filled)}]${gap}${text}`;
}

/** By bytes; by images where the bytes are not known. */
function fraction({ toPull, pulled, failed, received, expected }: ProgressState): number {
  const [done, all] = expected === null ? [pulled + failed, toPull ?? 0] : [received, expected];
  return all > 0 ? Math.min(1, done / all) : 0;
}
