// How large the executable is and how soon it starts, beside the built program and bare Node.js, each in the Node.js of
// this process and in the one that the executable is made of:
//   npm run bench:start [-- --runs N] [--json FILE]
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeExecutable } from '../../contrib/package/executable.js';
import { nodeDirectory, nodeVersion, type Platform } from '../../contrib/package/node.js';
import { cliFile } from '../support/cli.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { type MeasuredCommand, measure, msOf, round, table } from './command-times.js';

const root = 'contrib/examples/good/rootfs';
const tasks = [
  { task: 'version', args: ['--version'] },
  { task: 'list', args: ['list', '--root', root, '--current-root', root] },
  { task: 'check', args: ['check', '--root', root, '--current-root', root] },
];

async function bench(runs: number, jsonFile: string | undefined): Promise<void> {
  const cleanup = newCleanup();
  try {
    const platform = process.arch as Platform;
    const executable = await makeExecutable(platform, await tempDir(cleanup));
    const node = join(await nodeDirectory(platform), 'bin/node');
    const bare = `node v${nodeVersion}: nothing`;
    const started = (name: string, program: string, before: readonly string[]): MeasuredCommand[] =>
      tasks.map(({ task, args }) => ({
        name: `${name}: ${task}`,
        entries: null,
        program,
        args: [...before, ...args],
      }));
    const commands: MeasuredCommand[] = [
      { name: `node ${process.version}: nothing`, entries: null, args: ['-e', '0'] },
      ...started(`node ${process.version}`, process.execPath, [cliFile]),
      { name: bare, entries: null, program: node, args: ['-e', '0'] },
      ...started(`node v${nodeVersion}`, node, [cliFile]),
      ...started('executable', executable, []),
    ];
    const times = await measure(commands, runs);
    const bareMs = msOf(times, bare, null);
    const rows = times.map(({ name, ms }) => ({
      name,
      medianMs: round(ms, 1),
      timesBareNode: round(ms / bareMs, 2),
    }));
    const [nodeBytes, bytes] = [(await stat(node)).size, (await stat(executable)).size];
    const cells = rows.map((row) => ({
      command: row.name,
      'median ms': row.medianMs.toFixed(1),
      '× bare node': row.timesBareNode.toFixed(2),
    }));
    const sizes = [nodeBytes, bytes].map((size) => `${(size / 1e6).toFixed(1)} MB`);
    process.stdout.write(`${table(cells)}\nmedians of ${runs} runs; bare node is “${bare}”\n`);
    process.stdout.write(
      `size: node ${sizes[0]}, executable ${sizes[1]}, ${round(bytes / nodeBytes, 2)} of it\n`,
    );
    if (jsonFile !== undefined) {
      const result = { node: nodeVersion, runs, rows, bytes: { node: nodeBytes, executable: bytes } };
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
