import type { LinkPayloadsResult } from '../../operations/link-payloads.js';
import { printable } from '../../text/printable.js';
import { schemaVersion } from './schema-version.js';

/** What `link-payloads --format json` prints. */
export function linkPayloadsJson({ deployment, directory, links }: LinkPayloadsResult): object {
  return { schemaVersion, deployment, directory, links: links.map(({ path, state }) => ({ path, state })) };
}

/** The same for a person. */
export function linkPayloadsText({ deployment, directory, links }: LinkPayloadsResult): string {
  if (deployment === null) return 'no deployment of ostree is running\n';
  if (directory === null) return `${printable(deployment)} has no payloads\n`;
  const lines = links.map(({ path, state }) => `${state.padEnd(7)} ${printable(path)}`);
  return `${[...lines, `${printable(deployment)}: its payloads are in ${printable(directory)}`].join('\n')}\n`;
}
