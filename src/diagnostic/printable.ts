/**
 * Text from a root made safe to show: control characters, line separators, bidirectional controls and
 * the lone surrogates that stand for bytes which are not UTF-8 (see root/path.ts) become `\xNN` or `\u{…}`.
 * What remains cannot move a cursor, forge a log line or reorder what a reader sees.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]/gu,
    escapeCharacter,
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
