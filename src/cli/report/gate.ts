import type { GateResult } from '../../operations/gate.js';
import type { Presence } from '../../plan/presence.js';
import { findingInOptions, inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

/** What `gate --format json` prints. */
export function gateJson(result: GateResult): object {
  if (result.kind === 'nothing-staged') {
    return {
      schemaVersion,
      deployment: null,
      root: null,
      images: [],
      finalizationLock: null,
      diagnostics: [],
    };
  }
  const { target, images, diagnostics, heldBy } = result;
  return {
    schemaVersion,
    deployment: target.id,
    root: target.root,
    images: images.map(presenceJson),
    finalizationLock: heldBy,
    diagnostics: diagnostics.map(findingInOptions),
  };
}

/** One image, as `gate` and `status` print it. `size` is in bytes, unpacked. */
export function presenceJson(presence: Presence): object {
  const { resolved, isPresent, digest, size, platform } = presence;
  const problem = presence.problem && inOptions(presence.problem);
  const reference = resolved.image.reference.text;
  return { reference, state: isPresent ? 'present' : 'missing', digest, size, platform, problem };
}

/** One image that is missing, for a person: its name, and why what has that name in the store will not do. */
export function missingLines(
  { resolved, problem: said }: Presence,
  style: ReturnType<typeof styleFor>,
): readonly string[] {
  const problem = said && inOptions(said);
  return [
    `${style('red', 'missing')} ${resolved.image.reference.text}`,
    ...(problem === null
      ? []
      : [`        ${problem.message}`, `        ${style('cyan', 'hint:')} ${problem.hint}`]),
  ];
}

/** The same for a person: the images that are missing, and what follows. */
export function gateText(result: GateResult, stream: NodeJS.WriteStream): string {
  if (result.kind === 'nothing-staged') return 'nothing is staged\n';
  const { target, images, heldBy } = result;
  const style = styleFor(stream);
  const missing = images.filter(({ isPresent }) => !isPresent);
  const lines = missing.flatMap((image) => missingLines(image, style));
  const counts = `${images.length - missing.length} of ${plural(images.length, 'bound image')} present`;
  const held = heldBy === null ? '' : '; it is held, and the next boot is the deployment of now';
  return `${[...lines, `${target.id}: ${counts}${held}`].join('\n')}\n`;
}
