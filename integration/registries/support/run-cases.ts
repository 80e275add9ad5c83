import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newCleanup, tempDir } from '../../support/temp.js';
import type { PodmanVersion } from '../../support/unpacked-podman.js';
import { newCasePlace } from './case-place.js';
import { explainedBy } from './compare.js';
import { knownDifferences } from './differences.js';
import { generateCase } from './generate-case.js';
import { askAsWeDo } from './our-program.js';
import { environment, realPrograms } from './real-programs.js';
import { startRecordingProxy } from './recording-proxy.js';
import { caseText, clientNames, hostNames, withPorts } from './registry-case.js';
import { testCertificates } from './test-certificates.js';
import { tinyImage } from './tiny-image.js';
import { type Behaviour, behaviourOf } from './visits.js';

/** What came of one case with one program. */
export interface CaseReport {
  readonly name: string;
  readonly program: string;
  readonly real: Behaviour;
  readonly ours: Behaviour;
  /** IDs of known differences; `undefined`: there are others. */
  readonly explained?: readonly string[];
  /** For people: the case, and what the program wrote. */
  readonly text: string;
  readonly durationMs: number;
}

export interface CasesToRun {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** This process takes one case of so many, and begins with that one. */
  readonly step: number;
  readonly offset: number;
  readonly versions: readonly PodmanVersion[];
}

/**
 * Runs cases one after the other, and tells what came of each with each program. Mounts over this machine's /etc: only
 * for a process in a mount namespace of its own.
 */
export async function runCases(
  { seed, first, count, step, offset, versions }: CasesToRun,
  report: (report: CaseReport) => Promise<void>,
): Promise<void> {
  const cleanup = newCleanup();
  try {
    const directory = await tempDir(cleanup);
    const image = tinyImage();
    const certificates = await testCertificates(directory, hostNames, clientNames);
    const proxy = await cleanup.use(startRecordingProxy(certificates, image));
    await mkdir(join(directory, 'place'));
    const place = await newCasePlace(join(directory, 'place'));
    const { url } = proxy;
    const ask = { proxy: url, caFile: certificates.trustedCaFile, place };
    // Helpers are looked for, and homes found, by the environment of the process.
    Object.assign(process.env, environment(ask));
    for (const version of versions) {
      const { full, programs } = await realPrograms(version, join(directory, version), ask);
      for (let index = first + offset; index < first + count; index += step) {
        const registryCase = generateCase(seed, index, certificates, image.digest);
        await place.write(registryCase);
        const hosts = withPorts(registryCase.hosts);
        const taking = programs.filter(({ takes }) => takes(registryCase));
        proxy.begin(hosts);
        const answer = await askAsWeDo(registryCase, full, ask);
        const own = behaviourOf(await proxy.recorded(), answer.outcome, 'node');
        for (const program of taking) {
          proxy.begin(hosts);
          const result = await program.run(registryCase);
          const outcome = result.exitCode === 0 ? 'found' : 'failed';
          const real = behaviourOf(await proxy.recorded(), outcome, 'go');
          const kind = program.name.startsWith('skopeo') ? 'skopeo' : 'podman';
          const explained = explainedBy(
            { registryCase, program: kind, version, real, ours: own },
            knownDifferences,
          );
          await report({
            name: registryCase.name,
            program: program.name,
            real,
            ours: own,
            ...(explained === undefined ? {} : { explained }),
            text: `${caseText(registryCase)}\n>>> ${program.name}: ${result.stderr}\n>>> ours: ${answer.said}`,
            durationMs: result.durationMs,
          });
        }
      }
    }
  } finally {
    await cleanup.run();
  }
}
