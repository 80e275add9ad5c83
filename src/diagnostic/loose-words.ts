export interface LooseWord {
  /** Without quotes, escapes resolved. */
  readonly value: string;
  /** Where each character of the value begins. */
  readonly starts: readonly number[];
  /** Behind the word, or before a quote that it ends in. */
  readonly end: number;
}

const token = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.?))|(\s)|(["'])|./gsy;

/**
 * Splits text at white space as a shell would, whatever the text is: a quote that nobody closes goes on to the end,
 * and an escape that does not exist is the character behind the backslash.
 */
export function looseWords(text: string): readonly LooseWord[] {
  const words: LooseWord[] = [];
  let value = '';
  let starts: number[] = [];
  let begun = false;
  let quote = '';
  let behindQuote = 0;
  const finish = (end: number) => {
    if (begun) words.push({ value, starts, end: behindQuote === end ? end - 1 : end });
    value = '';
    starts = [];
    begun = false;
  };
  const add = (character: string, at: number) => {
    value += character;
    for (let unit = 0; unit < character.length; unit += 1) starts.push(at);
    begun = true;
  };
  for (const match of text.matchAll(token)) {
    const [written, hex2, hex4, hex8, octal, escaped, blank, mark] = match;
    const hex = hex2 ?? hex4 ?? hex8;
    if (hex !== undefined || octal !== undefined) {
      const code = Number.parseInt(hex ?? octal ?? '', hex === undefined ? 8 : 16);
      add(code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code), match.index);
    } else if (escaped !== undefined) add(escaped, match.index);
    else if (blank !== undefined && quote === '') finish(match.index);
    else if (mark !== undefined && (quote === '' || quote === mark)) {
      quote = quote === '' ? mark : '';
      behindQuote = match.index + 1;
      begun = true;
    } else add(written, match.index);
  }
  finish(text.length);
  return words;
}
