// How much `prefetch` fetches of an OS image to learn what it binds, with and without its label, and in what time and
// memory:
//   npm run bench:prefetch [-- --layers N] [--megabytes N]
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../../src/text/format.js';
import { tarOf } from '../../test/support/tar-archive.js';
import { cliFile } from '../support/cli.js';
import { exec } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { newImageSource } from '../support/image-source.js';
import type { LayerSpec } from '../support/layer.js';
import { newStore } from '../support/store.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { table } from './command-times.js';

async function bench(layers: number, megabytes: number): Promise<void> {
  const cleanup = newCleanup();
  try {
    const source = await newImageSource(cleanup);
    const app = await source.push('team/app:1');
    const bound = `image = [{ reference = "${app.pinned}", tls-verify = false }]`;
    const files = { 'usr/lib/os-release': 'ID=test\n', 'usr/lib/bound-images.d/app.toml': `${bound}\n` };
    const all: LayerSpec[] = Array.from({ length: layers - 1 }, (_, at) => ({
      seed: `os-${at}`,
      sizeBytes: Math.round((megabytes * 1e6) / (layers - 1)),
    }));
    all.push({ tar: tarOf(...Object.entries(files).map(([name, content]) => ({ name, content }))) });
    const images = {
      'with the label': await source.pushSpec('os/labelled:1', {
        layers: all,
        labels: { 'io.bound-images.lock': bound },
      }),
      'without it': await source.pushSpec('os/plain:1', { layers: all }),
    };
    const currentRoot = await tempDir(cleanup);
    await writeTree(currentRoot, {
      'usr/lib/os-release': 'ID=test\n',
      'etc/containers/registries.conf': `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`,
    });
    const cells = [];
    for (const [name, image] of Object.entries(images)) {
      const store = await cleanup.use(newStore());
      source.proxy.forget();
      const peak = join(await tempDir(cleanup), 'peak');
      const options = [
        '--storage-root',
        store.root,
        '--storage-runroot',
        store.runroot,
        '--current-root',
        currentRoot,
      ];
      const { exitCode, stdout, stderr, durationMs } = await exec(
        'sh',
        [
          '-c',
          // The kernel's own peak of the resident memory, before the process is gone.
          "node --import \"data:text/javascript,import{readFileSync,writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.PEAK,readFileSync('/proc/self/status')))\" \"$@\"",
          'sh',
          ...[cliFile, 'prefetch', '--os-image', image.pinned, '--format', 'json', ...options],
        ],
        { env: { ...store.env, PEAK: peak }, timeoutMs: 3_600_000 },
      );
      if (exitCode !== 0) throw new Error(stderr);
      const { osImage } = JSON.parse(stdout);
      const [, kilobytes = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(peak, 'utf8')) ?? [];
      cells.push({
        [`OS image of ${megabytes} MB in ${layers} layers`]: name,
        'read from': osImage.readFrom,
        'fetched of its layers': formatBytes(osImage.bytes),
        seconds: (durationMs / 1000).toFixed(1),
        'peak memory': formatBytes(Number(kilobytes) * 1024),
      });
    }
    process.stdout.write(`${table(cells)}\n`);
  } finally {
    await cleanup.run();
  }
}

const { values } = parseArgs({
  options: { layers: { type: 'string', default: '60' }, megabytes: { type: 'string', default: '2000' } },
});
await bench(Number(values.layers), Number(values.megabytes));
