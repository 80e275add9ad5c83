// How long `check` takes on roots with more and more entries, beside Node.js's own start-up. Fails when 1,000 entries
// take twice that start-up and 200 ms more:
//   npm run bench:check [-- --runs N] [--json FILE]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cliFile } from '../support/cli.js';
import { type Tree, writeTree } from '../support/host.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { type MeasuredCommand, measure, msOf, nodeStart, round, table } from './command-times.js';

const entryCounts = [0, 100, 1000, 2000];
const wanted = { entries: 1000, timesNode: 2, moreMs: 200 };

/** Roots with nothing to be found, and with a warning about each third entry. */
const subjects = {
  'bound-images check': (n: number) => `@${digestOf(n)}`,
  'the same, with findings': (n: number) => (n % 3 === 2 ? `:1.${n}` : `@${digestOf(n)}`),
} as const;

const digestOf = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`;

/** A root with `count` entries: a third each of drop-ins, `.image` and `.container` quadlets. */
function rootTree(count: number, versionOf: (n: number) => string): Tree {
  const store = 'GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage\n';
  const tree: Record<string, Tree[string]> = {
    'etc/containers/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
    'etc/containers/registries.conf': 'unqualified-search-registries = ["quay.io"]\n',
  };
  for (let n = 0; n < count; n += 1) {
    const reference = `registry.example.com/team-${n % 20}/app-${n}${versionOf(n)}`;
    if (n % 3 === 0) {
      tree[`usr/lib/bound-images.d/app-${n}.toml`] = `images = ["${reference}"]\n`;
      continue;
    }
    const [name, unit] =
      n % 3 === 1
        ? [`app-${n}.image`, `[Image]\nImage=${reference}\nPolicy=missing\n${store}`]
        : [`app-${n}.container`, `[Unit]\nDescription=app ${n}\n\n[Container]\nImage=${reference}\n${store}`];
    tree[`usr/share/containers/systemd/${name}`] = unit;
    tree[`usr/lib/bootc/bound-images.d/${name}`] = { link: `/usr/share/containers/systemd/${name}` };
  }
  return tree;
}

/** Returns whether it takes no longer than it may. */
async function bench(runs: number, jsonFile: string | undefined): Promise<boolean> {
  const cleanup = newCleanup();
  try {
    const dir = await tempDir(cleanup);
    const commands: MeasuredCommand[] = [nodeStart];
    for (const [name, versionOf] of Object.entries(subjects)) {
      for (const entries of entryCounts) {
        const root = join(dir, `${commands.length}`);
        await mkdir(root);
        await writeTree(root, rootTree(entries, versionOf));
        commands.push({ name, entries, args: [cliFile, 'check', '--root', root, '--current-root', root] });
      }
    }
    const times = await measure(commands, runs);
    const nodeMs = msOf(times, nodeStart.name, null);
    const limitMs = wanted.timesNode * nodeMs + wanted.moreMs;
    const rows = times.map(({ name, entries, ms }) => ({
      name,
      entries,
      medianMs: round(ms, 1),
      timesNode: round(ms / nodeMs, 2),
      ofLimit: round(ms / limitMs, 2),
    }));
    const cells = rows.map((row) => ({
      command: row.name,
      entries: row.entries ?? '',
      'median ms': row.medianMs.toFixed(1),
      '× node': row.timesNode.toFixed(2),
      'of the limit': row.ofLimit.toFixed(2),
    }));
    process.stdout.write(`${table(cells)}\nmedians of ${runs} runs; Node.js ${process.version}\n`);
    const limit = `${wanted.timesNode} × node + ${wanted.moreMs} ms = ${limitMs.toFixed(0)} ms`;
    process.stdout.write(`limit for ${wanted.entries} entries: ${limit}\n`);
    if (jsonFile !== undefined) {
      const result = { node: process.version, runs, limitMs: round(limitMs, 1), rows };
      await writeFile(jsonFile, `${JSON.stringify(result, null, 2)}\n`);
    }
    return rows.every(({ entries, ofLimit }) => entries !== wanted.entries || ofLimit < 1);
  } finally {
    await cleanup.run();
  }
}

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, json: { type: 'string' } },
});
process.exitCode = (await bench(Number(values.runs), values.json)) ? 0 : 1;
