import { readFile } from 'node:fs/promises';
import type { LiveCli } from '../../support/cli.js';
import { processesOf } from '../../support/processes.js';
import { waitUntil } from '../../support/wait-until.js';

/** The relay of a run, as only root can find it: in the configuration of a podman that pulls through it. */
export interface FoundRelay {
  readonly port: number;
  readonly secret: string;
  /** That podman. */
  readonly pid: number;
}

/** Waits for a podman of the run that pulls through a relay. */
export async function findRelay(live: LiveCli): Promise<FoundRelay> {
  return await waitUntil('podman pulls through a relay', async () => {
    for (const { pid, args } of await processesOf(live.marker)) {
      if (!args.includes('pull')) continue;
      const found = await relayOf(pid).catch(() => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

async function relayOf(pid: number): Promise<FoundRelay | undefined> {
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
  const name = 'CONTAINERS_REGISTRIES_CONF=';
  const conf = environment.find((each) => each.startsWith(name))?.slice(name.length);
  // It may be mounted where podman alone sees it.
  const text = await readFile(`/proc/${pid}/root${conf || '/etc/containers/registries.conf'}`, 'utf8');
  const [, port, secret] = /"127\.0\.0\.1:(\d+)\/([^/"]+)\/r\d+"/.exec(text) ?? [];
  return port === undefined || secret === undefined ? undefined : { port: Number(port), secret, pid };
}
