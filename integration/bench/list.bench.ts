// How long `list` takes on roots with more and more entries, beside Node.js's own start-up:
//   npm run bench:list [-- --runs N] [--json FILE]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cliFile } from '../support/cli.js';
import { type Tree, writeTree } from '../support/host.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { type MeasuredCommand, measure, msOf, nodeStart, round, table } from './command-times.js';

// The empty root shows what `list` takes before the first entry.
const entryCounts = [0, 10, 100, 1000, 2000];
const list = 'bound-images list';
const imagesDirectory = 'usr/lib/bootc/bound-images.d';

/** A root with `count` entries: a third each of drop-ins, `.image` and `.container` quadlets. */
function rootTree(count: number): Tree {
  const tree: Record<string, Tree[string]> = {};
  for (let n = 0; n < count; n += 1) {
    const reference = `registry.example.com/team-${n % 20}/app-${n}`;
    const digest = `sha256:${n.toString(16).padStart(64, '0')}`;
    if (n % 3 === 0) {
      tree[`usr/lib/bound-images.d/app-${n}.toml`] = `images = ["${reference}@${digest}"]\n`;
      continue;
    }
    const [name, unit] =
      n % 3 === 1
        ? [`app-${n}.image`, `[Image]\nImage=${reference}@${digest}\nTLSVerify=true\n`]
        : [`app-${n}.container`, `[Unit]\nDescription=app ${n}\n\n[Container]\nImage=${reference}:1.${n}\n`];
    tree[`usr/share/containers/systemd/${name}`] = unit;
    tree[`${imagesDirectory}/${name}`] = { link: `/usr/share/containers/systemd/${name}` };
  }
  return tree;
}

async function bench(runs: number, jsonFile: string | undefined): Promise<void> {
  const cleanup = newCleanup();
  try {
    const dir = await tempDir(cleanup);
    const commands: MeasuredCommand[] = [
      nodeStart,
      { name: 'bound-images --version', entries: null, args: [cliFile, '--version'] },
    ];
    for (const entries of entryCounts) {
      const root = join(dir, String(entries));
      await mkdir(root);
      await writeTree(root, rootTree(entries));
      const args = [cliFile, 'list', '--root', root, '--current-root', root, '--format', 'json'];
      commands.push({ name: list, entries, args });
    }
    const times = await measure(commands, runs);
    const nodeMs = msOf(times, nodeStart.name, null);
    const emptyMs = msOf(times, list, 0);
    const rows = times.map(({ name, entries, ms }) => ({
      name,
      entries,
      medianMs: round(ms, 1),
      overNodeMs: round(ms - nodeMs, 1),
      timesNode: round(ms / nodeMs, 2),
      microsecondsPerEntry: entries ? round(((ms - emptyMs) * 1000) / entries, 1) : null,
    }));
    const perEntry = (count: number) =>
      rows.find(({ entries }) => entries === count)?.microsecondsPerEntry ?? Number.NaN;
    const linearity = round(perEntry(2000) / perEntry(100), 2);
    const cells = rows.map((row) => ({
      command: row.name,
      entries: row.entries ?? '',
      'median ms': row.medianMs.toFixed(1),
      'over node': row.overNodeMs.toFixed(1),
      '× node': row.timesNode.toFixed(2),
      'µs per entry': row.microsecondsPerEntry?.toFixed(1) ?? '',
    }));
    process.stdout.write(`${table(cells)}\nmedians of ${runs} runs; Node.js ${process.version}\n`);
    process.stdout.write(`µs per entry at 2,000 ÷ at 100: ${linearity}\n`);
    if (jsonFile !== undefined) {
      const result = { node: process.version, runs, rows, linearity };
      await writeFile(jsonFile, `${JSON.stringify(result, null, 2)}\n`);
    }
  } finally {
    await cleanup.run();
  }
}

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, json: { type: 'string' } },
});
await bench(Number(values.runs), values.json);
