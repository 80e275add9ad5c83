import type { MountResult } from '../../operations/mount.js';
import { countText } from './diagnostics-text.js';
import { missingLines } from './gate.js';
import { shownPath } from './shown-path.js';

/** Why nothing is mounted, for a person. */
export function mountRefusedText(
  result: Exclude<MountResult, { kind: 'mounted' }>,
  stream: NodeJS.WriteStream,
): string {
  if (result.kind === 'invalid')
    return `nothing is mounted: ${countText(result.diagnostics)} in ${shownPath(result.root)}\n`;
  const lines = missingLines(result.missing, stream);
  return `${[...lines, `nothing is mounted: pull them first with “bound-images pull --root ${shownPath(result.root)}”`].join('\n')}\n`;
}
