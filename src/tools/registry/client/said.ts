import { parseJson } from '../../../text/json.js';
import { isObject } from '../../../text/shape.js';

/** What the body of an error says. */
export interface Said {
  /** For people, '' for nothing; as it came, so it is not yet printable, nor without secrets. */
  readonly words: string;
  /** In upper case. */
  readonly codes: readonly string[];
}

/** Of so many errors a message tells. */
const mostErrors = 3;

/**
 * Reads the body of an error: `errors` of the OCI distribution-spec (“Error Codes”), else what token servers and
 * gateways write in their places, else the text itself, if it is no page.
 */
export function readSaid(body: string): Said {
  const text = isText(body) ? body.trim() : '';
  const parsed = /^[{[]/.test(text) ? parseJson(text) : null;
  if (parsed?.ok !== true) return { words: /^</.test(text) ? '' : oneLine(text), codes: [] };
  const value = isObject(parsed.value) ? parsed.value : {};
  const errors = Array.isArray(value.errors) ? value.errors.filter(isObject).slice(0, mostErrors) : [];
  if (errors.length > 0) {
    const codes = errors.map((error) => textOf(error.code)).filter((code) => code !== '');
    const words = errors.map(({ code, message }) =>
      [textOf(code), textOf(message)].filter(Boolean).join(': '),
    );
    return {
      words: oneLine(words.filter(Boolean).join('; ')),
      codes: codes.map((code) => code.toUpperCase()),
    };
  }
  const places = ['error_description', 'details', 'message', 'error', 'detail'] as const;
  return { words: oneLine(places.map((place) => textOf(value[place])).find(Boolean) ?? ''), codes: [] };
}

/** A blob where a message should be is not UTF-8, or has control characters. */
function isText(body: string): boolean {
  return !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(body);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function oneLine(text: string): string {
  return text.slice(0, 4096).replace(/\s+/g, ' ').trim();
}
