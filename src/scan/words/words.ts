/** One word, quotes removed and escapes resolved. */
export interface Word {
  readonly value: string;
  /** Where the word begins in the text, its opening quote included. */
  readonly offset: number;
  /** For each UTF-16 code unit of `value`, where in the text it comes from: for an escape, its backslash. */
  readonly offsets: readonly number[];
}

/** What the generator leaves out or takes together without a word, and where that shows. */
export interface IgnoredText {
  readonly reason: 'invalid-escape' | 'unclosed-quote' | 'open-quote' | 'empty-word' | 'nul';
  readonly offset: number;
}

export interface SplitText {
  readonly words: readonly Word[];
  readonly ignored: IgnoredText | undefined;
}

/**
 * Splits text like a command line: words apart at white space, `"` and `'` group and go, C escapes stand for
 * a character. An escape that does not exist drops all words, a quote that is not closed runs to the end, an
 * empty word or a NUL ends the text. Bytes that are not UTF-8 come through as they are. Source: podman
 * pkg/systemd/parser/split.go with SplitRelax, SplitUnquote and SplitCUnescape.
 */
export function splitWords(text: string): SplitText {
  return split(text, 'escapes');
}

/**
 * Splits text like `splitWords`, but a backslash is an ordinary character and an unclosed quote drops all
 * words. Source: podman pkg/systemd/parser/split.go with SplitRetainEscape and SplitUnquote.
 */
export function splitStrv(text: string): SplitText {
  return split(text, 'no escapes');
}

const separators = ' \t\n\r';

function split(whole: string, mode: 'escapes' | 'no escapes'): SplitText {
  const nul = whole.indexOf('\0');
  const text = nul < 0 ? whole : whole.slice(0, nul);
  const words: Word[] = [];
  let ignored: IgnoredText | undefined = nul < 0 ? undefined : { reason: 'nul', offset: nul };
  for (let at = 0; ; ) {
    while (at < text.length && separators.includes(text.charAt(at))) at += 1;
    if (at === text.length) break;
    const word = takeWord(text, at, mode);
    if ('reason' in word) return { words: [], ignored: word };
    if (word.value === '') return { words, ignored: { reason: 'empty-word', offset: at } };
    words.push({ value: word.value, offset: at, offsets: word.offsets });
    if (word.openQuote !== undefined) ignored ??= { reason: 'open-quote', offset: word.openQuote };
    at = word.end;
  }
  return { words, ignored };
}

type TakenWord =
  | {
      readonly value: string;
      readonly offsets: readonly number[];
      readonly end: number;
      /** Where the quote stands that is not closed before the end. */
      readonly openQuote: number | undefined;
    }
  | IgnoredText;

function takeWord(text: string, start: number, mode: 'escapes' | 'no escapes'): TakenWord {
  const offsets: number[] = [];
  let value = '';
  let quote = '';
  let quotedAt = start;
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (quote === '' && separators.includes(character)) break;
    if (character === quote) {
      quote = '';
      at += 1;
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      quotedAt = at;
      at += 1;
    } else if (character === '\\' && mode === 'escapes') {
      const escaped = readEscape(text, at);
      if (escaped === undefined) return { reason: 'invalid-escape', offset: at };
      value += escaped.value;
      offsets.push(...Array.from({ length: escaped.value.length }, () => at));
      at = escaped.end;
    } else {
      value += character;
      offsets.push(at);
      at += 1;
    }
  }
  if (quote !== '' && mode === 'no escapes') return { reason: 'unclosed-quote', offset: quotedAt };
  return { value, offsets, end: at, openQuote: quote === '' ? undefined : quotedAt };
}

const escapePattern = /\\(?:([abfnrtv\\"'s])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/y;
const escapedLetters = new Map(
  Object.entries({ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', s: ' ' }),
);

function readEscape(text: string, at: number): { value: string; end: number } | undefined {
  // A backslash at the very end has nothing to escape and is dropped.
  if (at + 1 === text.length) return { value: '', end: at + 1 };
  escapePattern.lastIndex = at;
  const match = escapePattern.exec(text);
  if (match === null) return undefined;
  const [written, letter, hex2, hex4, hex8, octal] = match;
  const end = at + written.length;
  if (letter !== undefined) return { value: escapedLetters.get(letter) ?? letter, end };
  const code = octal === undefined ? parseInt(hex2 ?? hex4 ?? hex8 ?? '', 16) : parseInt(octal, 8);
  if (code === 0 || code > (octal === undefined ? 0x10ffff : 0xff)) return undefined;
  // Go writes half of a surrogate pair as the replacement character.
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return { value: isSurrogate ? '\ufffd' : String.fromCodePoint(code), end };
}
