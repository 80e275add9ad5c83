// How long eight images take one, two, three and four podmans at a time, without anything of ours: how many help.
//   npm run bench:lanes [-- --rounds N] [--podman 4.3|5.4|5.8|6.1]…
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execOk } from '../support/exec.js';
import { newImageSource } from '../support/image-source.js';
import { unmountBelow } from '../support/mounts.js';
import { podmanOf } from '../support/podman-suites.js';
import { newStore } from '../support/store.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { podmanVersions } from '../support/unpacked-podman.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    podman: { type: 'string', multiple: true, default: [...podmanVersions] },
  },
});
const versions = podmanVersions.filter((version) => values.podman.includes(version));
const lanes = [1, 2, 3, 4];
const layerBytes = 24 * 1024 * 1024;

const cleanup = newCleanup();
try {
  const source = await newImageSource(cleanup);
  const images: string[] = [];
  for (let at = 0; at < 8; at += 1) {
    const layers = [1, 2].map((layer) => ({ seed: `image ${at} layer ${layer}`, sizeBytes: layerBytes }));
    images.push((await source.pushSpec(`team/image-${at}:1`, { layers })).pinned);
  }
  // The storage driver that starts on this machine.
  const { env } = await cleanup.use(newStore());
  process.stdout.write(`seconds, with ${lanes.join(', ')} podmans at a time\n`);
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const version of versions) {
      const { podman } = await podmanOf(version);
      const seconds: string[] = [];
      for (const count of lanes) seconds.push((await pullAll(podman, images, count, env)).toFixed(2));
      process.stdout.write(`round ${round}, podman ${version}: ${seconds.join(' ')}\n`);
    }
  }
} finally {
  await cleanup.run();
}

/** Returns the seconds that it takes to bring all images into an empty store. */
async function pullAll(
  podman: string,
  images: readonly string[],
  count: number,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const own = newCleanup();
  try {
    const directory = await tempDir(own);
    own.add(() => unmountBelow(directory));
    const store = ['--root', join(directory, 'root'), '--runroot', join(directory, 'runroot')];
    await execOk(podman, [...store, 'images'], { env });
    const startedAt = performance.now();
    const pulls = Array.from({ length: count }, (_, lane) => {
      const some = images.filter((_image, at) => at % count === lane);
      return execOk(podman, [...store, 'pull', '--quiet', '--tls-verify=false', ...some], { env });
    });
    await Promise.all(pulls);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await own.run();
  }
}
