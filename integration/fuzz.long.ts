// Random and mutated roots through everything that `check` does offline, in every format:
//   npm run test:fuzz [-- --count N] [--seed N]
// A case that fails is written to a file of the working directory.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fuzzCase } from '../test/fuzz/fuzz-case.js';
import { runCase } from '../test/fuzz/run-case.js';
import { caseJson } from '../test/fuzz/write-case.js';

/** What a process that checks says about one case. */
interface Report {
  readonly index: number;
  readonly inputs: readonly string[];
  readonly sizeBytes: number;
  readonly ms: number;
  readonly findings: number;
  readonly problems: readonly string[];
}

/** A case that takes longer hangs: it is checked in a process of its own so that it can be ended. */
const hangMs = 60_000;
const progressMs = 10_000;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    // For the processes that check: every `step`th case from `from` on.
    from: { type: 'string' },
    step: { type: 'string', default: '1' },
  },
});
const seed = wholeNumber('seed', values.seed);
if (values.from !== undefined)
  await checkCases(wholeNumber('from', values.from), wholeNumber('step', values.step));
else process.exitCode = (await fuzz(wholeNumber('count', values.count))) === 0 ? 0 : 1;

/** Checks cases until it is ended. */
async function checkCases(from: number, step: number): Promise<never> {
  for (let index = from; ; index += step) {
    const { inputs, sizeBytes, ...rest } = fuzzCase(seed, index);
    const result = await runCase({ inputs, sizeBytes, ...rest });
    const report: Report = { index, inputs, sizeBytes, ...result };
    // Waits until it was taken, so that the case that hangs is the one after the last report.
    await new Promise((resolve) => process.send?.(report, resolve));
  }
}

/** Returns how many cases failed, of as many as have `count` inputs together. */
async function fuzz(count: number): Promise<number> {
  const processes = availableParallelism();
  print(`${count} inputs, seed ${seed}, ${processes} processes`);
  const startedAt = performance.now();
  const totals = new Map<string, number>();
  let [inputs, cases, findings, failed] = [0, 0, 0, 0];
  let slowest: Report | undefined;
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const progress = setInterval(() => {
    print(`${inputs} inputs in ${cases} roots, ${failed} failed, ${seconds()} s`);
  }, progressMs);

  function take(report: Report): void {
    cases += 1;
    inputs += report.inputs.length;
    findings += report.findings;
    for (const kind of report.inputs) totals.set(kind, (totals.get(kind) ?? 0) + 1);
    if (slowest === undefined || report.ms > slowest.ms) slowest = report;
    if (report.problems.length > 0) keep(report.index, report.problems);
  }

  function keep(index: number, problems: readonly string[]): void {
    failed += 1;
    const file = `fuzz-${seed}-${index}.json`;
    writeFileSync(
      file,
      `${JSON.stringify({ seed, index, problems, ...caseJson(fuzzCase(seed, index)) }, null, 2)}\n`,
    );
    for (const problem of problems) print(`FAILED case ${index}, kept in ${file}: ${problem}`);
  }

  async function checkInOneProcess(first: number): Promise<void> {
    for (let next = first; inputs < count; ) next = await runProcess(next);
  }

  /** Returns the case to go on with. */
  function runProcess(first: number): Promise<number> {
    let next = first;
    const args = ['--seed', String(seed), '--from', String(first), '--step', String(processes)];
    const child = fork(fileURLToPath(import.meta.url), args);
    let timer = setTimeout(end, hangMs);
    let said = '';
    function end(): void {
      said = `no answer for ${hangMs / 1000} s`;
      child.kill('SIGKILL');
    }
    child.on('message', (report: Report) => {
      clearTimeout(timer);
      if (inputs < count) take(report);
      next = report.index + processes;
      if (inputs < count) timer = setTimeout(end, hangMs);
      else child.kill('SIGKILL');
    });
    return new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (inputs < count) {
          keep(next, [said === '' ? `the process ended with ${signal ?? `status ${code}`}` : said]);
          next += processes;
        }
        resolve(next);
      });
    });
  }

  await Promise.all(Array.from({ length: processes }, (_, first) => checkInOneProcess(first)));
  clearInterval(progress);
  print(`\n${inputs} inputs in ${cases} roots, ${findings} findings, ${seconds()} s`);
  for (const [kind, number] of [...totals].sort(([, a], [, b]) => b - a)) print(`  ${kind}: ${number}`);
  if (slowest !== undefined) {
    print(`slowest: case ${slowest.index}, ${Math.round(slowest.ms)} ms for ${slowest.sizeBytes} bytes`);
  }
  print(`${failed} failed`);
  return failed;
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new RangeError(`--${name} must be a whole number, not ${text}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
