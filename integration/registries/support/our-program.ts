import type { PodmanVersion } from '../../support/unpacked-podman.js';
import type { AskingProgram } from './real-programs.js';
import type { RegistryCase } from './registry-case.js';

/** What our client found, and what it says. */
export interface OurAnswer {
  readonly outcome: 'found' | 'failed';
  readonly said: string;
}

/** Returns what asks as a plan does, with the rules of that podman. */
export async function ourProgram(
  _version: PodmanVersion,
  _ask: AskingProgram,
): Promise<(registryCase: RegistryCase) => Promise<OurAnswer>> {
  return async () => ({ outcome: 'failed', said: '' });
}
