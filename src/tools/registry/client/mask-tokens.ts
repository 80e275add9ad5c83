import { mask } from '../../../diagnostic/redact.js';

/** So much of the beginning of a token tells that it was cut off. */
const shortestPrefix = 8;

/**
 * Masks the tokens that token servers have given, as they are, in base64, in hexadecimal and with the escapes of URLs;
 * also where the text ends in the middle of one. There may be one for each image, so it searches for texts, where the
 * mask for passwords has patterns that take long to compile.
 */
export function newTokenMask(): {
  readonly add: (token: string) => void;
  readonly redact: (text: string) => string;
} {
  const known = new Map<string, readonly string[]>();
  return {
    add: (token) => {
      if (!known.has(token)) known.set(token, formsOf(token));
    },
    redact: (text) => [...known.values()].flat().reduce(maskForm, text),
  };
}

function formsOf(token: string): readonly string[] {
  const escaped = encodeURIComponent(token);
  const bytes = Buffer.from(token);
  const encoded = (['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding));
  const forms = [token, escaped, escaped.replace(/%../g, (each) => each.toLowerCase()), ...encoded];
  return [...new Set(forms.map((form) => form.replace(/=+$/, '')))].filter(
    ({ length }) => length >= shortestPrefix,
  );
}

function maskForm(text: string, form: string): string {
  let masked = text.replaceAll(form, mask);
  const prefix = form.slice(0, shortestPrefix);
  for (let at = masked.indexOf(prefix); at >= 0; at = masked.indexOf(prefix, at + 1)) {
    const cut = masked.indexOf('…', at);
    const end = cut < 0 ? masked.length : cut;
    if (form.startsWith(masked.slice(at, end))) masked = `${masked.slice(0, at)}${mask}${masked.slice(end)}`;
  }
  return masked;
}
