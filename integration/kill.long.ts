// Pulls that are killed at many random moments, and what the next run makes of it:
//   npm run test:kill [-- --moments N] [--podman 4.3|5.4|5.8]… [--seed N]
import { parseArgs } from 'node:util';
import { killRounds } from './support/kill-rounds.js';
import { newCleanup } from './support/temp.js';
import type { PodmanVersion } from './support/unpacked-podman.js';

const versions: readonly PodmanVersion[] = ['4.3', '5.4', '5.8'];

const { values } = parseArgs({
  options: {
    moments: { type: 'string', default: '100' },
    podman: { type: 'string', multiple: true, default: [...versions] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const moments = wholeNumber('moments', values.moments);
const seed = wholeNumber('seed', values.seed);
const chosen = values.podman.map((name) => {
  const version = versions.find((each) => each === name);
  if (version === undefined) throw new RangeError(`--podman is one of ${versions.join(', ')}, not ${name}`);
  return version;
});

let failed = 0;
for (const podman of chosen) failed += await runAll(podman);
process.exitCode = failed === 0 ? 0 : 1;

/** Returns in how many rounds something did not hold. */
async function runAll(podman: PodmanVersion): Promise<number> {
  print(`podman ${podman}, ${moments} moments, seed ${seed}`);
  const cleanup = newCleanup();
  const startedAt = performance.now();
  let [rounds, kills, strays, bad] = [0, 0, 0, 0];
  try {
    for await (const round of killRounds({ podman, moments, seed }, cleanup)) {
      rounds += 1;
      kills += round.kills.length;
      strays += round.strays.length;
      if (round.problems.length > 0) bad += 1;
      const killed = round.kills.map(
        ({ afterMs, committed, incomplete }) =>
          `${afterMs} ms (${committed} layers${incomplete > 0 ? `, ${incomplete} incomplete` : ''})`,
      );
      print(
        `${rounds}: killed after ${killed.join(', ') || 'its end'}; then complete in ${round.lastRunMs} ms`,
      );
      for (const stray of round.strays) print(`  podman left ${stray}`);
      for (const problem of round.problems) print(`  PROBLEM: ${problem}`);
    }
  } finally {
    await cleanup.run();
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  print(`podman ${podman}: ${kills} kills in ${rounds} rounds, ${bad} with problems, in ${seconds} s`);
  print(`podman left ${strays} files of its own in its store\n`);
  return bad;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new RangeError(`--${name} is a whole number, not ${text}`);
  return number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
