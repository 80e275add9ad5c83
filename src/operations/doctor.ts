import { BoundImagesError, errorText } from '../model/error.js';
import { isTimeUp, limitTime } from '../pull/time-limit.js';
import {
  bootcStoreLines,
  clockLines,
  deploymentLines,
  diskLines,
  storeLines,
  toolLines,
} from './doctor-host.js';
import { networkLines } from './doctor-network.js';
import type { Answer, DoctorInput, DoctorPorts, DoctorReport } from './doctor-report.js';
import { unitLines, unitNames, updaterLines } from './doctor-units.js';

/** A tool that has not answered by then is not waited for. */
const questionMs = 5_000;

/**
 * Whether this host is ready: looks at what the other operations need, and at what may come between. What cannot be
 * seen, for example without root, is a line that says so.
 *
 * @throws the reason of the signal.
 */
export async function doctor(input: DoctorInput, ports: DoctorPorts): Promise<DoctorReport> {
  const { signal } = input;
  const ask = async <T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<Answer<T>> => {
    const limited = limitTime(signal, questionMs);
    try {
      return { ok: true, value: await question(limited) };
    } catch (error) {
      signal.throwIfAborted();
      const message = isTimeUp(limited) ? `${what} has not answered in 5 seconds` : errorText(error);
      const known = error instanceof BoundImagesError ? error : undefined;
      return {
        ok: false,
        message,
        hint: known?.hint ?? null,
        reason: known?.reason ?? null,
        code: known?.code ?? null,
      };
    }
  };
  const { bootcStore } = ports;
  const [tools, store, bootcs, host, units, isSynchronized] = await Promise.all([
    toolLines(ports, (path) => ask(path, (limit) => ports.version(path, limit))),
    ask('podman', ports.store),
    bootcStore && ask('podman', bootcStore),
    ask('ostree', async (limit) => {
      const found = await ports.findHost(limit);
      return found && { kind: found.kind, deployments: await found.deployments(limit) };
    }),
    ask('systemd', (limit) => ports.units(unitNames, limit)),
    ask('timedatectl', ports.isClockSynchronized),
  ]);
  const known = units.ok ? units.value : undefined;
  const lines = [
    ...tools,
    ...storeLines(ports, store),
    ...(bootcs === undefined ? [] : bootcStoreLines(ports, bootcs)),
    ...diskLines(ports, input, store.ok ? store.value.graphRoot : undefined),
    ...deploymentLines(ports, host),
    ...unitLines(ports, known),
    ...updaterLines(known),
    ...clockLines(isSynchronized.ok ? isSynchronized.value : undefined),
    ...networkLines(ports),
  ];
  return { ready: lines.every(({ state }) => state !== 'error'), lines };
}
