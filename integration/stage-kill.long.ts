// `bound-images stage` killed at many random moments, with a shutdown and a boot right after:
//   npm run test:kill-stage [-- --moments N] [--seed N]
import { parseArgs } from 'node:util';
import { type StageKillRound, stageKillRounds } from './support/stage-kill-rounds.js';
import { newCleanup } from './support/temp.js';

const { values } = parseArgs({
  options: {
    moments: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const moments = wholeNumber('moments', values.moments);
const seed = wholeNumber('seed', values.seed);

print(`${moments} moments, seed ${seed}`);
const cleanup = newCleanup();
const startedAt = performance.now();
const rounds: StageKillRound[] = [];
try {
  for await (const round of stageKillRounds({ moments, seed }, cleanup)) {
    rounds.push(round);
    const { flow, killedAfterMs, booted, whole, images, problems } = round;
    const killed = killedAfterMs === undefined ? 'not killed' : `killed after ${killedAfterMs} ms`;
    print(
      `${rounds.length}: ${flow}, ${killed}: booted the ${booted} one, ${whole} of ${images} images whole`,
    );
    for (const problem of problems) print(`  PROBLEM: ${problem}`);
  }
} finally {
  await cleanup.run();
}
const count = (test: (round: StageKillRound) => boolean) => rounds.filter(test).length;
const bad = count(({ problems }) => problems.length > 0);
print(
  [
    `${count(({ killedAfterMs }) => killedAfterMs !== undefined)} kills in ${rounds.length} rounds`,
    `booted old ${count(({ booted }) => booted === 'old')}, new ${count(({ booted }) => booted === 'new')}`,
    `${bad} with problems, in ${Math.round((performance.now() - startedAt) / 1000)} s`,
  ].join('; '),
);
process.exitCode = bad === 0 ? 0 : 1;

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new RangeError(`--${name} is a whole number, not ${text}`);
  return number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
