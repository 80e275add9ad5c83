import type { GateResult } from '../../operations/gate.js';
import type { Presence } from '../../plan/presence.js';
import { inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { imageLines } from './image-lines.js';
import { missingPayloadRows, payloadPresenceJson } from './payloads.js';
import { findingJson } from './place-json.js';
import { schemaVersion } from './schema-version.js';
import { shownTarget } from './shown-path.js';
import { inStore, storeOf } from './shown-store.js';
import { styleFor } from './style.js';

/** What `gate --format json` prints. */
export function gateJson(result: GateResult): object {
  if (result.kind === 'nothing-staged') {
    return {
      schemaVersion,
      deployment: null,
      root: null,
      images: [],
      payloads: [],
      finalizationLock: null,
      softReboot: null,
      accepted: null,
      diagnostics: [],
    };
  }
  const { target, images, payloads, diagnostics, heldBy, softReboot, accepted } = result;
  return {
    schemaVersion,
    deployment: target.id,
    root: target.root,
    images: images.map(presenceJson),
    payloads: payloads.map(payloadPresenceJson),
    finalizationLock: heldBy,
    softReboot,
    accepted,
    diagnostics: diagnostics.map(findingJson),
  };
}

/** One image, as `gate` and `status` print it. `size` is in bytes, unpacked. */
export function presenceJson(presence: Presence): object {
  const { resolved, isPresent, digest, size, platform } = presence;
  const problem = presence.problem && inOptions(presence.problem);
  const reference = resolved.image.reference.text;
  const state = isPresent ? 'present' : 'missing';
  return { reference, store: storeOf(resolved), state, digest, size, platform, problem };
}

/**
 * Images that are missing, for a person: their names, and why what has that name in the store will not do.
 *
 * @param margin how many columns whoever prints the lines puts before them
 */
export function missingLines(
  missing: readonly Presence[],
  stream: NodeJS.WriteStream,
  margin = 0,
): readonly string[] {
  const style = styleFor(stream);
  const rows = missing.map(({ resolved, problem }) => ({
    own: [`${style('red', 'missing')} ${resolved.image.reference.text}${inStore(resolved)}`],
    said: problem === null ? [] : [inOptions(problem)],
  }));
  return imageLines(rows, stream, margin);
}

/** The same for a person: the images that are missing, and what follows. */
export function gateText(result: GateResult, stream: NodeJS.WriteStream): string {
  if (result.kind === 'nothing-staged') return 'nothing is staged\n';
  const { target, images, payloads, heldBy, softReboot, accepted } = result;
  const missing = images.filter(({ isPresent }) => !isPresent);
  const gone = missingPayloadRows(payloads, stream);
  const lines = [...missingLines(missing, stream), ...imageLines(gone, stream)];
  const files =
    payloads.length === 0
      ? ''
      : `, ${payloads.length - gone.length} of ${plural(payloads.length, 'payload')}`;
  const counts = `${images.length - missing.length} of ${plural(images.length, 'bound image')}${files} present`;
  const missed = accepted === null ? '' : `, ${accepted.references.length} accepted as missing`;
  const held = heldBy === null ? '' : '; it is held, and the next boot is the current deployment';
  const prepared = softReboot === 'prepared' ? '; the next soft reboot boots it' : '';
  return `${[...lines, `${shownTarget(target)}: ${counts}${missed}${held}${prepared}`].join('\n')}\n`;
}
