// Generated registries.conf, certs.d and auth files: do we ask the registries that podman and skopeo ask, in their order,
// with their credentials and their trust?
//   npm run test:registry [-- --cases N] [--seed N] [--podman VERSION]… [--case N]
// `--case` runs one case of the seed and prints it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { knownDifferences } from './registries/support/differences.js';
import { type CaseReport, runCases } from './registries/support/run-cases.js';
import { podmanVersions } from './support/unpacked-podman.js';

/** From so many cases on, every known difference has to be met. */
const fullRun = 2_000;
const progressMs = 15_000;
/** Of others that are met, so many are printed whole. */
const printed = 20;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: String(fullRun) },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    podman: { type: 'string', multiple: true, default: [...podmanVersions] },
    // For the processes that run cases: which of them.
    step: { type: 'string', default: '1' },
    offset: { type: 'string' },
  },
});
const versions = podmanVersions.filter((version) => values.podman.includes(version));
const unknown = values.podman.filter((each) => !podmanVersions.some((version) => version === each));
if (unknown.length > 0) throw new Error(`no such podman: ${unknown.join(', ')}`);
const seed = wholeNumber('seed', values.seed);
const first = wholeNumber('case', values.case ?? '0');
const count = values.case === undefined ? wholeNumber('cases', values.cases) : 1;
if (values.offset === undefined) process.exitCode = (await runAll()) ? 0 : 1;
else {
  const step = wholeNumber('step', values.step);
  const offset = wholeNumber('offset', values.offset);
  await runCases({ seed, first, count, step, offset, versions }, async (report) => {
    await new Promise<void>((resolve) => {
      process.stdout.write(`${JSON.stringify(report)}\n`, () => resolve());
    });
  });
}

/** Returns whether all is as it should be. */
async function runAll(): Promise<boolean> {
  const processes = Math.min(availableParallelism(), count);
  print(`${count} cases, seed ${seed}, podman ${versions.join(', ')}, ${processes} processes`);
  const startedAt = performance.now();
  const met = new Map<string, number>();
  const seen = new Map<string, number>();
  let [asked, differing] = [0, 0];

  function take(report: CaseReport): void {
    asked += 1;
    for (const id of report.explained ?? []) met.set(id, (met.get(id) ?? 0) + 1);
    for (const what of traits(report)) seen.set(what, (seen.get(what) ?? 0) + 1);
    if (values.case !== undefined) print(whole(report));
    if (report.explained !== undefined) return;
    differing += 1;
    if (values.case === undefined)
      print(differing <= printed ? whole(report) : `DIFFERS ${report.name} ${report.program}`);
  }

  const progress = setInterval(() => {
    print(`${asked} compared, ${differing} differ, ${seconds(startedAt)} s`);
  }, progressMs);
  const statuses = await Promise.all(
    Array.from({ length: processes }, (_, offset) => runProcess(offset, processes, take)),
  );
  clearInterval(progress);
  print(`\n${asked} compared, ${differing} differ, ${seconds(startedAt)} s`);
  for (const [what, times] of [...seen].sort()) print(`  ${what}: ${times}`);
  for (const [id, times] of met) print(`  known difference ${id}: ${times}`);
  const isFull = count >= fullRun && versions.length === podmanVersions.length;
  const unmet = isFull ? knownDifferences.filter(({ id }) => !met.has(id)) : [];
  for (const { id } of unmet) print(`the known difference ${id} was never met`);
  return differing === 0 && unmet.length === 0 && statuses.every((status) => status === 0);
}

/** In a mount namespace of its own: what is mounted there goes with the process. */
async function runProcess(
  offset: number,
  processes: number,
  take: (report: CaseReport) => void,
): Promise<number> {
  const script = process.argv[1] ?? '';
  const versionArgs = versions.flatMap((version) => ['--podman', version]);
  const caseArgs = values.case === undefined ? ['--cases', String(count)] : ['--case', values.case];
  const args = ['--seed', String(seed), ...caseArgs, ...versionArgs];
  const child = spawn(
    'unshare',
    [
      ...['--mount', '--propagation', 'private', '--', process.execPath, script, ...args],
      ...['--step', String(processes), '--offset', String(offset)],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  createInterface({ input: child.stdout }).on('line', (line) => take(JSON.parse(line) as CaseReport));
  const [status] = await once(child, 'close');
  return typeof status === 'number' ? status : 1;
}

/** What happened, so that it shows whether the cases reach it. */
function traits({ real }: CaseReport): readonly string[] {
  const text = [...real.visits, ...real.tokens].join('\n');
  const traitsOf: Readonly<Record<string, boolean>> = {
    'several registries': real.visits.length > 1,
    'no registry': real.visits.length === 0,
    'an image': real.outcome === 'found',
    'a client certificate': text.includes('client='),
    'a certificate refused': text.includes('https refused'),
    'no client certificate': text.includes('https rejected'),
    'plain HTTP': text.includes('http ok'),
    'a password': text.includes('as basic'),
    'a token': text.includes('as bearer'),
    'a token for a password': text.includes('as bearer (basic'),
    'an identity token': text.includes('refresh_token='),
    'a helper': text.includes('helper:'),
  };
  return Object.keys(traitsOf).filter((name) => traitsOf[name]);
}

function whole({ name, program, real, ours, text, explained, durationMs }: CaseReport): string {
  const lines = ({ visits, tokens, outcome }: CaseReport['real']) =>
    [...visits, ...tokens.map((line) => `token: ${line}`), outcome].map((line) => `    ${line}`).join('\n');
  const known = explained === undefined ? 'DIFFERS' : `same, but for [${explained.join(', ')}]`;
  return `\n${text}\n${known} ${name}\n  ${program} (${Math.round(durationMs)} ms)\n${lines(real)}\n  ours\n${lines(ours)}\n`;
}

function seconds(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1000);
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`--${name} needs a whole number, not ${value}`);
  return Number(value);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
