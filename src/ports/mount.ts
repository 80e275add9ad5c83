import { join } from 'node:path';
import { ArchiveProblem } from '../archive/problem.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import { canonicalPlatform } from '../model/platform.js';
import { digestFault } from '../model/reference/digest.js';
import type { StateInput, StoreInput } from '../operations/inputs.js';
import type { MountPorts } from '../operations/mount.js';
import { traceOf } from '../operations/telling.js';
import { openArchivedImage } from '../payloads/archived-image.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { printable } from '../text/printable.js';
import { artifactLayout } from '../tools/podman/artifacts.js';
import { privateMounts } from '../tools/podman/mount-directory.js';
import { imageMounts } from '../tools/podman/mounted-image.js';
import { readStoreContent } from '../tools/podman/store-content.js';
import { requireProgram } from '../tools/process/find-program.js';
import { parseArtifactLayers } from '../tools/registry/artifact-layers.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import { podmanOf } from './podman.js';

/** The store of this machine, as `mount` shows it. @param directory empty, and of nobody else */
export function mountPorts(
  settings: StoreInput & Pick<StateInput, 'stateDir'>,
  directory: string,
  observe: Observe,
): MountPorts {
  const podman = podmanOf(settings, observe);
  const trace = traceOf(observe);
  const store = { root: settings.storageRoot, runroot: settings.storageRunroot };
  return {
    receipts: receiptStore(stateDirectory(settings.stateDir)),
    content: (bound, ids, signal) => readStoreContent(podman('podman'), bound, { signal, ids }),
    openDirectory: async () => {
      const mounts = await privateMounts(directory, trace);
      const images = imageMounts(requireProgram('podman', settings.podman), store, trace);
      return {
        image: async (id, name, signal) => {
          const path = await images.mount(id, signal);
          try {
            await mounts.bind(path, name, 'directory');
          } finally {
            // podman counts who has it mounted; what was bound stays.
            await images.unmount(id);
          }
        },
        artifact: async ({ reference }, name, signal) => {
          const layout = artifactLayout(await podman('podman').info(signal), reference);
          const artifact = await openArchivedImage(layout, canonicalPlatform(hostPlatform())).catch(
            (error: unknown) => {
              if (!(error instanceof ArchiveProblem)) throw error;
              throw unreadable(reference.text, error.message);
            },
          );
          try {
            const read = parseArtifactLayers(artifact.manifest ?? '{}');
            if (read.kind === 'unreadable') throw unreadable(reference.text, read.problem);
            const taken = new Set<string>();
            for (const { title, digest } of read.layers) {
              // It becomes a path.
              if (digestFault(digest, 0) !== null) throw unreadable(reference.text, `${digest} is no digest`);
              const file = fileOf(title, digest, taken);
              taken.add(file);
              await mounts.bind(
                join(layout.path, 'blobs', digest.replace(':', '/')),
                `${name}/${file}`,
                'file',
              );
            }
          } finally {
            artifact.close();
          }
        },
        seal: () => mounts.seal(),
      };
    },
    observe,
  };
}

/** A title that is a plain name, and no other layer's; else the digest. */
function fileOf(title: string, digest: string, taken: ReadonlySet<string>): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+:@,=~-]*$/.test(title) && !taken.has(title)
    ? title
    : digest.replace(/^.*:/, '');
}

function unreadable(text: string, problem: string): BoundImagesError {
  return new BoundImagesError(
    'store',
    `the artifact ${printable(text)} cannot be read: ${printable(problem)}`,
    {
      hint: 'remove it with “podman artifact rm”, and pull it again',
    },
  );
}
