import type { AskingInput } from './inputs.js';

/** How many questions to registries are asked at the same time: they are small, and mostly wait. */
export const lookUps = 16;

const longestMs = 15_000;

/** How long a registry may take to say what it has; of a run with a time limit, no more than a quarter. */
export function lookUpMs({ timeout = Infinity }: AskingInput): number {
  return Math.min(longestMs, timeout / 4);
}
