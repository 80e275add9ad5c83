const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/**
 * How many columns of a terminal printable text takes (Unicode Standard Annex #11). string-width knows more, and takes
 * longer to load than a root to be read.
 */
export function columnsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  const characters = [...text.replace(/\p{Mark}/gu, '')];
  return characters.reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
}
