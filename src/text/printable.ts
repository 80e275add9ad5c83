/**
 * What is not shown as it is, by what Unicode says about a character:
 * - C: control and format characters, of which some move a cursor (Cc), reorder what a reader sees or are not seen at
 *   all, such as tags (Cf); halves of characters (Cs); what looks like anything or nothing, depending on the font or on
 *   the version of Unicode (Co, Cn);
 * - Zl and Zp, which end a line, and every Zs but the blank, for which it would be taken;
 * - what is ignorable by default, such as fillers and variation selectors, and the pattern of braille that has no dots;
 * - M, marks, behind four others: they would pile up over the lines around.
 */
const unprintable =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|(?<=\p{M}{4})\p{M}/gu;

/** Most text has none of these: what Unicode says of a character takes long to find out. */
const unusual = /[^\x20-\x7e]+/g;

/**
 * Text from outside made safe to show: what cannot be seen for what it is, or changes what is seen around it, and the
 * lone surrogates that stand for bytes which are not UTF-8 (see root/path.ts) become `\xNN` or `\u{…}`. What remains
 * cannot move a cursor, forge a log line, hide or reorder what a reader sees.
 */
export function printable(text: string): string {
  return text.replace(unusual, (characters) => characters.replace(unprintable, escapeCharacter));
}

const longestShown = 100;

/** Text from outside, printable and not too long for a message. */
export function shown(text: string): string {
  return printable(text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);
}

/** Where the first character is that is not shown as it is; -1 where there is none. */
export function unprintableAt(text: string): number {
  return text.search(unprintable);
}

/** The same for a whole output, in which line feeds and colours are ours. */
export function printableOutput(text: string): string {
  if (/^[\n\x20-\x7e]*$/.test(text)) return text;
  return text
    .split(/(\n|\x1b\[[\d;]*m)/)
    .map((part, index) => (index % 2 === 0 ? printable(part) : part))
    .join('');
}

/** A value as JSON, in which the same characters are escaped, as JSON does it: a program reads the same value. */
export function printableJson(value: unknown, indent?: number): string {
  // Control characters below the blank and halves of characters are escaped already; line feeds are the indentation.
  return JSON.stringify(value, null, indent).replace(/[^\n\x20-\x7e]+/g, (text) =>
    text.replace(unprintable, (character) =>
      Array.from({ length: character.length }, (_, index) => {
        return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
      }).join(''),
    ),
  );
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // U+DC80…U+DCFF carry the raw bytes 0x80…0xFF.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code === 0x0a) return '\\n';
  if (code === 0x09) return '\\t';
  if (code === 0x0d) return '\\r';
  if (code <= 0x9f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}
