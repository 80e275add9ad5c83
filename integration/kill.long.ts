// Pulls that are killed, or from which the power is taken, at many random moments, and what the next run makes of it:
//   npm run test:kill [-- --moments N] [--cuts N] [--podman 4.3|5.4|5.8|6.1]… [--seed N]
import { parseArgs } from 'node:util';
import { killWithinLayer } from './support/kill-parts.js';
import { killRounds } from './support/kill-rounds.js';
import { powerCuts } from './support/power-cuts.js';
import { newCleanup } from './support/temp.js';
import { type PodmanVersion, podmanVersions } from './support/unpacked-podman.js';

const versions: readonly PodmanVersion[] = podmanVersions;

const { values } = parseArgs({
  options: {
    moments: { type: 'string', default: '100' },
    cuts: { type: 'string', default: '30' },
    podman: { type: 'string', multiple: true, default: [...versions] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const moments = wholeNumber('moments', values.moments);
const cuts = wholeNumber('cuts', values.cuts);
const seed = wholeNumber('seed', values.seed);
const chosen = values.podman.map((name) => {
  const version = versions.find((each) => each === name);
  if (version === undefined) throw new RangeError(`--podman is one of ${versions.join(', ')}, not ${name}`);
  return version;
});

let failed = moments > 0 ? await killInLayer() : 0;
for (const podman of chosen)
  failed += (moments > 0 ? await killAll(podman) : 0) + (cuts > 0 ? await cutAll(podman) : 0);
process.exitCode = failed === 0 ? 0 : 1;

/** Returns in how many rounds something did not hold. */
async function killAll(podman: PodmanVersion): Promise<number> {
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

/** Ten kills while one layer of 500 MB comes. Returns 1 where something did not hold. */
async function killInLayer(): Promise<number> {
  const cleanup = newCleanup();
  try {
    const plan = { sizeBytes: 500e6, bytesPerSecond: 25e6, kills: 10, seed };
    const { ratio, kills, problems } = await killWithinLayer(plan, cleanup);
    print(`${kills} kills while one layer of 500 MB came: ${ratio.toFixed(4)} times its bytes\n`);
    for (const problem of problems) print(`  PROBLEM: ${problem}`);
    return problems.length === 0 && ratio <= 1.02 ? 0 : 1;
  } finally {
    await cleanup.run();
  }
}

/** Returns after how many cuts something did not hold. */
async function cutAll(podman: PodmanVersion): Promise<number> {
  print(`podman ${podman}, ${cuts} power cuts, seed ${seed}`);
  const cleanup = newCleanup();
  let [count, damaging, bad] = [0, 0, 0];
  try {
    for await (const { fraction, removed, bytesTwice, problems } of powerCuts(
      { podman, cuts, seed },
      cleanup,
    )) {
      count += 1;
      if (removed.length > 0) damaging += 1;
      if (problems.length > 0) bad += 1;
      const share = `${Math.round(fraction * 100)} % of a run, ${bytesTwice.toFixed(2)} times the bytes`;
      print(`${count}: cut after ${share}; ${removed.length} images or stacks of layers were damaged`);
      for (const problem of problems) print(`  PROBLEM: ${problem}`);
    }
  } finally {
    await cleanup.run();
  }
  print(`podman ${podman}: ${count} power cuts, ${damaging} of which did damage, ${bad} with problems\n`);
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
