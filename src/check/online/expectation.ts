import type { Expectation } from '../../model/bound-image.js';

/**
 * Whether a range of versions is expected, and not one text: it begins with one of `<`, `>`, `=`, `^`, `~`, or
 * holds `||`. `>=2.4 <3` is a range; `2.4` and `stable` are texts, which the image has to say exactly.
 */
export function isRange(wanted: string): boolean {
  return /^[<>=^~]|\|\|/.test(wanted.trim());
}

/** Whether what an image says is what is expected; `null` stands for an image that says nothing. */
export async function isMet({ wanted }: Pick<Expectation, 'wanted'>, said: string | null): Promise<boolean> {
  if (said === null || !isRange(wanted)) return said === wanted;
  // Most configurations expect nothing, and need not load it.
  const { isInRange } = await import('./version-range.js');
  return isInRange(said, wanted);
}
