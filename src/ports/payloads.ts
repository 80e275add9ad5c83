import { ArchiveProblem } from '../archive/problem.js';
import type { Observe } from '../model/events.js';
import type { Payload } from '../model/payload.js';
import { canonicalPlatform } from '../model/platform.js';
import type { PlanningInput, StateInput } from '../operations/inputs.js';
import type { PayloadPorts } from '../operations/payloads.js';
import { openArchivedImage } from '../payloads/archived-image.js';
import { artifactLayer } from '../payloads/artifact-layer.js';
import { roomInDirectory, takeFromDirectory } from '../payloads/from-directory.js';
import type { Output } from '../payloads/output.js';
import { type PayloadProblem, refused } from '../payloads/problem.js';
import { onDisk } from '../payloads/room.js';
import { take } from '../payloads/take.js';
import { payloadShortage } from '../plan/free-space.js';
import { payloadStore } from '../state/payloads.js';
import { stateDirectory } from '../state/state-directory.js';
import { printable } from '../text/printable.js';
import { artifactLayout } from '../tools/podman/artifacts.js';
import type { Podman } from '../tools/podman/podman.js';
import { hostPlatform } from '../tools/registry/host-platform.js';

/** The payloads of this machine’s deployments, and the store out of which they come. */
export function payloadPorts(
  settings: Pick<StateInput, 'stateDir'> & Pick<PlanningInput, 'minFree'>,
  podman: () => Podman,
  observe: Observe,
): PayloadPorts {
  const taking = (payload: Payload, to: string, from: (output: Output) => Promise<void>) =>
    take(from, payload, to, false).then(() => undefined);
  return {
    payloads: payloadStore(stateDirectory(settings.stateDir)),
    openPayloads: async ({ planned, id }, signal) => {
      const { kind, reference } = planned.resolved.image;
      if (kind === 'artifact') {
        const layout = artifactLayout(await podman().info(signal), reference);
        const platform = canonicalPlatform(hostPlatform());
        const artifact = await openArchivedImage(layout, platform).catch(unreadable);
        const layerOf = ({ source }: Payload) => {
          if (source.kind === 'path') throw notIn('an artifact has layers, and no files with paths');
          return artifactLayer(artifact.manifest ?? '{}', source);
        };
        return {
          room: async (payload) => ({ bytes: onDisk(layerOf(payload).size), inodes: 1 }),
          take: async (payload, to) => {
            const layer = layerOf(payload);
            await taking(payload, to, (output) =>
              output.file('', false, stopping(artifact.open(layer), signal)),
            );
          },
          close: artifact.close,
        };
      }
      if (id === null) throw notIn('its ID in the store is not known');
      const image = await podman().open(id, signal);
      const pathOf = ({ source }: Payload) => {
        if (source.kind !== 'path') throw notIn('an image has files, and no layers with titles');
        return source.path;
      };
      return {
        room: async (payload) => await roomInDirectory(image.top, pathOf(payload), signal),
        take: async (payload, to) => {
          const path = pathOf(payload);
          await taking(payload, to, async (output) => {
            await takeFromDirectory(image.top, path, output, signal);
          });
        },
        close: image.close,
      };
    },
    payloadShortage: (needed, directory) => payloadShortage(needed, directory, settings.minFree),
    observe,
  };
}

function unreadable(error: unknown): never {
  if (!(error instanceof ArchiveProblem)) throw error;
  throw refused('corrupt', `the artifact cannot be read: ${printable(error.message)}`);
}

function notIn(message: string): PayloadProblem {
  return refused('not-in-image', message);
}

async function* stopping(pieces: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}
