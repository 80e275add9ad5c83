// How long 1,000 units take to read, beside the real generator's own run over the same tree:
//   npm run bench:quadlet [-- --runs N]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cliFile } from '../support/cli.js';
import { exec } from '../support/exec.js';
import { type Tree, writeTree } from '../support/host.js';
import { quadletGenerator } from '../support/quadlet-generator.js';
import { newCleanup, tempDir } from '../support/temp.js';

const units = 1000;
const distro = 'usr/share/containers/systemd';
const admin = 'etc/containers/systemd';

/**
 * Images and containers by turns, in ten directories, every tenth with a drop-in and one for each type. The
 * first `entries` of them are bound.
 */
function rootTree(entries: number): Tree {
  const tree: Record<string, Tree[string]> = {
    [`${distro}/image.d/50-policy.conf`]: '[Image]\nPolicy=missing\n',
    [`${admin}/container.d/50-pull.conf`]: '[Container]\nPull=missing\n',
  };
  for (let n = 0; n < units; n += 1) {
    const type = n % 2 === 0 ? 'image' : 'container';
    const reference = `registry.example.com/team-${n % 20}/app-${n}:1.${n}`;
    const name = `team-app-${n}.${type}`;
    const path = `${distro}/team-${n % 10}/${name}`;
    tree[path] = type === 'image' ? imageUnit(reference) : containerUnit(n, reference);
    if (n < entries) tree[`usr/lib/bootc/bound-images.d/${name}`] = { link: `/${path}` };
    if (n % 10 === 0) {
      tree[`${admin}/${name}.d/10-environment.conf`] = `# of this host\n[Service]\nEnvironment=N=${n}\n`;
    }
  }
  return tree;
}

function imageUnit(reference: string): string {
  return `[Unit]\nDescription=${reference}\n\n[Image]\nImage=${reference}\nTLSVerify=true\nRetry=3\n`;
}

function containerUnit(n: number, reference: string): string {
  return `# Installed by the image build.
[Unit]
Description=app ${n}
After=network-online.target

[Container]
Image=${reference}
ContainerName=app-${n}
Environment=A=1 B="two words"
PublishPort=127.0.0.1:${10_000 + n}:80
Volume=/var/lib/app-${n}:/data:Z
Mount=type=tmpfs,destination=/tmp
Exec=serve --listen 0.0.0.0:80 \\
  --name app-${n}

[Install]
WantedBy=multi-user.target
`;
}

type Subject = {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Median wall times in milliseconds; the subjects take turns, and the first round does not count. */
async function medians(subjects: readonly Subject[], runs: number): Promise<readonly number[]> {
  const times = subjects.map((): number[] => []);
  for (let run = -1; run < runs; run += 1) {
    for (const [index, { program, args, env }] of subjects.entries()) {
      const { exitCode, stderr, durationMs } = await exec(program, args, env === undefined ? {} : { env });
      if (exitCode !== 0) throw new Error(`${program}: exit status ${exitCode}\n${stderr.slice(-1000)}`);
      if (run >= 0) times[index]?.push(durationMs);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN);
}

async function bench(runs: number): Promise<void> {
  const cleanup = newCleanup();
  try {
    // One entry is enough to have every unit read; without any, none is.
    const [empty, oneBound, root] = [await tempDir(cleanup), await tempDir(cleanup), await tempDir(cleanup)];
    await writeTree(oneBound, rootTree(1));
    await writeTree(root, rootTree(units));
    const [program, output] = [await quadletGenerator('5.8'), await tempDir(cleanup)];
    const searchPath = [admin, distro].map((directory) => join(root, directory)).join(':');
    const env = { QUADLET_UNIT_DIRS: searchPath };
    const list = (name: string, read: string): Subject => {
      const args = [cliFile, 'list', '--root', read, '--current-root', read, '--format', 'json'];
      return { name, program: process.execPath, args };
    };
    const subjects: readonly Subject[] = [
      { name: 'node -e 0', program: process.execPath, args: ['-e', '0'] },
      { name: 'quadlet -dryrun', program, args: ['-dryrun'], env },
      // As at boot: each service is written, and synced to the disk.
      { name: 'quadlet DIRECTORY', program, args: ['-no-kmsg-log', output], env },
      list('list, empty root', empty),
      list('list, 1 entry', oneBound),
      list(`list, ${units} entries`, root),
    ];
    const ms = await medians(subjects, runs);
    for (const [index, { name }] of subjects.entries()) {
      process.stdout.write(`${name.padEnd(20)} ${ms[index]?.toFixed(1).padStart(8)} ms\n`);
    }
    const [node = 0, dryRun = 0, ownRun = 0, start = 0, oneEntry = 0, ours = 0] = ms;
    process.stdout.write(`${units} units, medians of ${runs} runs; Node.js ${process.version}\n`);
    const parts = [start, oneEntry - start, ours - oneEntry].map((part) => part.toFixed(1));
    process.stdout.write(
      `of list: start ${parts[0]} ms, finding and parsing all units ${parts[1]} ms, ` +
        `following the entries, what they mean and JSON ${parts[2]} ms\n`,
    );
    const ratio = (what: string, over: number, under: number) =>
      process.stdout.write(`${what}: ${(over / under).toFixed(2)}\n`);
    ratio('list ÷ quadlet DIRECTORY', ours, ownRun);
    ratio('list ÷ quadlet -dryrun', ours, dryRun);
    ratio('list without the start of node ÷ quadlet -dryrun', ours - node, dryRun);
    ratio('list of 1 entry ÷ quadlet -dryrun', oneEntry, dryRun);
  } finally {
    await cleanup.run();
  }
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '11' } } });
await bench(Number(values.runs));
