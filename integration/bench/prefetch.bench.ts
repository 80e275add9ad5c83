// How much `prefetch` fetches of an OS image to learn what it binds, with and without its label, and where local storage
// has the image, and in what time and memory:
//   npm run bench:prefetch [-- --layers N] [--megabytes N]
// A run of the usual image writes results/prefetch.json.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../../src/text/format.js';
import { tarOf } from '../../test/support/tar-archive.js';
import { cliFile } from '../support/cli.js';
import { exec, execOk } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { newImageSource } from '../support/image-source.js';
import type { LayerSpec } from '../support/layer.js';
import { newStore } from '../support/store.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { table } from './command-times.js';

const checkout = dirname(dirname(cliFile));
const usual = { layers: 60, megabytes: 2000 };
const resultsFile = join(checkout, 'integration/bench/results/prefetch.json');

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
    const labels = { 'io.bound-images.lock': bound };
    const labelled = await source.pushSpec('os/labelled:1', { layers: all, labels });
    const plain = await source.pushSpec('os/plain:1', { layers: all });
    const ways = [
      { name: 'with the label', image: labelled, isStored: false },
      { name: 'without it', image: plain, isStored: false },
      { name: 'without it, in local storage', image: plain, isStored: true },
    ];
    const currentRoot = await tempDir(cleanup);
    await writeTree(currentRoot, {
      'usr/lib/os-release': 'ID=test\n',
      'etc/containers/registries.conf': `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`,
    });
    const figures = [];
    for (const { name, image, isStored } of ways) {
      const store = await cleanup.use(newStore());
      if (isStored) {
        const pull = ['pull', '--quiet', '--tls-verify=false', image.pinned];
        await execOk('podman', [...store.podmanArgs, ...pull], { env: store.env, timeoutMs: 3_600_000 });
      }
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
      figures.push({
        way: name,
        readFrom: String(osImage.readFrom),
        fetchedBytes: Number(osImage.bytes),
        seconds: Number((durationMs / 1000).toFixed(1)),
        peakBytes: Number(kilobytes) * 1024,
      });
    }
    const cells = figures.map(({ way, readFrom, fetchedBytes, seconds, peakBytes }) => ({
      [`OS image of ${megabytes} MB in ${layers} layers`]: way,
      'read from': readFrom,
      'fetched of its layers': formatBytes(fetchedBytes),
      seconds: seconds.toFixed(1),
      'peak memory': formatBytes(peakBytes),
    }));
    process.stdout.write(`${table(cells)}\n`);
    if (layers !== usual.layers || megabytes !== usual.megabytes) return;
    const podman = (await execOk('podman', ['--version'])).trim();
    const machine = { node: process.version, podman, kernel: release(), processors: cpus().length };
    const json = { machine, layers, megabytes, ways: figures };
    await mkdir(dirname(resultsFile), { recursive: true });
    await writeFile(resultsFile, `${JSON.stringify(json, null, 2)}\n`);
  } finally {
    await cleanup.run();
  }
}

const { values } = parseArgs({ options: { layers: { type: 'string' }, megabytes: { type: 'string' } } });
const { layers = usual.layers, megabytes = usual.megabytes } = values;
await bench(Number(layers), Number(megabytes));
