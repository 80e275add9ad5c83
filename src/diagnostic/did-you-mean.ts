import { closestMatch } from 'leven';

/** With more mistakes than these it is another word, not a misspelt one. */
const mistakeLimit = 3;

/** Fewer letters begin too many words. */
const shortestAbbreviation = 3;

/**
 * The word of `known` that `word` was most likely meant to be: the one that differs in nothing but case, or else
 * the nearest by edit distance, case aside; the first of equally near ones. Null if more than two in five
 * characters would be wrong, or more than three in all, but for the beginning of one known word alone.
 */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const written = word.toLowerCase();
  const words = new Map(known.map((each) => [each.toLowerCase(), each]));
  const maxDistance = Math.min(mistakeLimit, Math.floor((written.length * 2) / 5));
  const nearest = words.has(written) ? written : closestMatch(written, [...words.keys()], { maxDistance });
  return words.get(nearest ?? abbreviated(written, [...words.keys()]) ?? '') ?? null;
}

function abbreviated(written: string, known: readonly string[]): string | undefined {
  if (written.length < shortestAbbreviation) return undefined;
  const [only, ...others] = known.filter((word) => word.startsWith(written));
  return others.length === 0 ? only : undefined;
}

/** Whether `written`, none of the known words, is a slip for `word`. */
export function isMeant(word: string, written: string, known: readonly string[]): boolean {
  return !known.includes(written) && nearestWord(written, known) === word;
}

/** `did you mean “x”?` as a hint, or null where no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const nearest = nearestWord(word, known);
  return nearest === null ? null : `did you mean “${nearest}”?`;
}
