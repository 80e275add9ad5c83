// What it costs to take one file of 100 MB out of an image of 1 GB, beside podman and skopeo: time, bytes received of the
// registry and, of ours, memory:
//   npm run bench:extract [-- --megabytes N] [--file N] [--rounds N]
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../../src/text/format.js';
import { cliFile } from '../support/cli.js';
import { type ExecResult, exec } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { newImageSource } from '../support/image-source.js';
import type { LayerSpec } from '../support/layer.js';
import { newStore, type Store } from '../support/store.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { table } from './command-times.js';

/** The file is in the layer in the middle: half of the image is above it. */
async function bench(megabytes: number, file: number, rounds: number): Promise<void> {
  const cleanup = newCleanup();
  try {
    const source = await newImageSource(cleanup);
    const others = Array.from({ length: 8 }, (_, at): LayerSpec => {
      return { seed: `other-${at}`, sizeBytes: Math.round(((megabytes - file) * 1e6) / 8) };
    });
    const wanted: LayerSpec = { seed: 'wanted', sizeBytes: file * 1e6 };
    const images = {
      'in the top layer': await source.pushSpec('bench/top:1', { layers: [...others, wanted] }),
      'in the middle': await source.pushSpec('bench/middle:1', {
        layers: [...others.slice(0, 4), wanted, ...others.slice(4)],
      }),
    };
    const root = await tempDir(cleanup);
    await writeTree(root, {
      'usr/lib/os-release': 'ID=test\n',
      'etc/containers/registries.conf': `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`,
    });
    const work = await tempDir(cleanup);
    const out = join(work, 'out');
    const peakFile = join(work, 'peak');
    const extract = (reference: string, store: Store) =>
      exec(
        'sh',
        [
          '-c',
          // The kernel's own peak of the resident memory, before the process is gone.
          "node --import \"data:text/javascript,import{readFileSync,writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.PEAK,readFileSync('/proc/self/status')))\" \"$@\"",
          'sh',
          ...[cliFile, 'extract', reference, '--path', '/data/wanted', '-o', out, '--current-root', root],
          ...['--storage-root', store.root, '--storage-runroot', store.runroot],
        ],
        { env: { ...store.env, PEAK: peakFile }, timeoutMs: 3_600_000 },
      );
    const podman = (reference: string, { podmanArgs, env }: Store) =>
      shell(
        `podman "$@" pull --quiet --tls-verify=false ${reference} >/dev/null && id=$(podman "$@" create ${reference} none) && podman "$@" cp "$id:/data/wanted" ${out} && podman "$@" rm "$id"`,
        podmanArgs,
        env,
      );
    const skopeo = (reference: string, { env }: Store) =>
      shell(
        `skopeo copy --quiet --src-tls-verify=false docker://${reference} dir:${work}/copied && for blob in ${work}/copied/*; do tar -xzf "$blob" -C ${work} --transform s,.*,out, data/wanted 2>/dev/null && break; done; rm -r ${work}/copied`,
        [],
        env,
      );
    const cells = [];
    for (const [where, { pinned }] of Object.entries(images)) {
      for (const [way, run, isStored] of [
        ['bound-images extract', extract, false],
        ['the same, pulled already', extract, true],
        ['podman pull, create, cp', podman, false],
        ['skopeo copy, tar', skopeo, false],
      ] as const) {
        const seconds: number[] = [];
        let received = 0;
        for (let round = 0; round < rounds; round += 1) {
          const store = await newStore();
          try {
            if (isStored) await store.podman(['pull', '--quiet', '--tls-verify=false', pinned]);
            source.proxy.forget();
            const result: ExecResult = await run(pinned, store);
            if (result.exitCode !== 0) throw new Error(`${way}: ${result.stderr}`);
            const { length } = await readFile(out);
            if (length !== file * 1e6) throw new Error(`${way} gave ${length} bytes`);
            seconds.push(result.durationMs / 1000);
            received = source.proxy.requests().reduce((sum, { bytesSent }) => sum + bytesSent, 0);
          } finally {
            await rm(out, { force: true });
            await store.remove();
          }
        }
        const peak = run === extract ? await readFile(peakFile, 'utf8') : '';
        const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(peak) ?? [];
        cells.push({
          [`${file} MB of ${megabytes} MB`]: where,
          way,
          received: formatBytes(received),
          seconds: (seconds.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0).toFixed(1),
          'peak memory': kilobytes === undefined ? '' : formatBytes(Number(kilobytes) * 1024),
        });
      }
    }
    process.stdout.write(`${table(cells)}\n`);
  } finally {
    await cleanup.run();
  }
}

function shell(script: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  return exec('sh', ['-c', script, 'sh', ...args], { env, timeoutMs: 3_600_000 });
}

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    file: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
  },
});
await bench(Number(values.megabytes), Number(values.file), Number(values.rounds));
