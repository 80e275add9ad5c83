import type { UnitSyntaxCode } from './file.js';

const sentences: Record<UnitSyntaxCode, string> = {
  'byte-order-mark': 'the file begins with a byte-order mark',
  'key-before-section': 'a key stands before the first [section]',
  'key-empty': 'there is no key before the “=”',
  'not-an-assignment': 'the line is no key=value, no [section] and no comment',
  'section-name-empty': 'the section has no name',
  'section-name-invalid': 'the name of the section holds “[” or a control character',
  'section-unclosed': 'the “]” after the name of the section is missing',
  'text-after-section': 'text follows the [section]; comments have lines of their own',
};

/** A syntax problem as part of a sentence, and what to do about it. */
export function describeSyntax(code: UnitSyntaxCode): { readonly problem: string; readonly hint: string } {
  const hint =
    code === 'byte-order-mark'
      ? 'save the file as UTF-8 without a byte-order mark'
      : 'write [Section] and Key=value lines; a comment is a line of its own that begins with #';
  return { problem: sentences[code], hint };
}
