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
  const found = answers.get(known) ?? new Map<string, string | null>();
  answers.set(known, found);
  let nearest = found.get(word);
  if (nearest === undefined) {
    nearest = findNearest(word, known);
    // A file has few mistakes many times, or many once.
    if (found.size < mostAnswers) found.set(word, nearest);
  }
  return nearest;
}

const mostAnswers = 100;
const answers = new WeakMap<readonly string[], Map<string, string | null>>();

function findNearest(word: string, known: readonly string[]): string | null {
  const written = word.toLowerCase();
  const words = inLowerCase(known);
  const maxDistance = Math.min(mistakeLimit, Math.floor((written.length * 2) / 5));
  const nearest = words.has(written) ? written : closest(written, words, maxDistance);
  return words.get(nearest ?? abbreviated(written, [...words.keys()]) ?? '')?.word ?? null;
}

interface Known {
  readonly word: string;
  /** See lettersOf. */
  readonly letters: number;
}

const lists = new WeakMap<readonly string[], ReadonlyMap<string, Known>>();

/** A file may have tens of thousands of mistakes that are all compared with one list. */
function inLowerCase(known: readonly string[]): ReadonlyMap<string, Known> {
  const seen = lists.get(known);
  if (seen !== undefined) return seen;
  const words = known.map(
    (word) => [word.toLowerCase(), { word, letters: lettersOf(word.toLowerCase()) }] as const,
  );
  const made = new Map(words);
  lists.set(known, made);
  return made;
}

/** The distance is computed of few: a mistake changes two letters at the most, one that goes and one that comes. */
function closest(
  written: string,
  words: ReadonlyMap<string, Known>,
  maxDistance: number,
): string | undefined {
  const letters = lettersOf(written);
  const near = [...words].flatMap(([word, known]) =>
    isAtMost(letters ^ known.letters, 2 * maxDistance) ? word : [],
  );
  return closestMatch(written, near, { maxDistance });
}

/** Which characters are in a word, as bits; some share one. */
function lettersOf(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at += 1) bits |= 1 << (word.charCodeAt(at) & 31);
  return bits;
}

/** Whether no more than so many bits are set. */
function isAtMost(bits: number, limit: number): boolean {
  let rest = bits;
  for (let count = 0; rest !== 0; count += 1) {
    if (count === limit) return false;
    rest &= rest - 1;
  }
  return true;
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

const mostNearWords = 4;

/** The words of `known` that `word` may have been meant to be, the likeliest first: `nearestWord`, then those it is a part of. */
export function nearWords(word: string, known: readonly string[]): readonly string[] {
  const nearest = nearestWord(word, known);
  const written = word.toLowerCase();
  const around =
    written.length < shortestAbbreviation ? [] : known.filter((each) => each.toLowerCase().includes(written));
  return [...new Set([...(nearest === null ? [] : [nearest]), ...around])].slice(0, mostNearWords);
}
