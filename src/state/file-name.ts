import { createHash } from 'node:crypto';

/** NAME_MAX is 255; this leaves room for what is put before and behind a name. */
const longest = 200;

/**
 * A file name for a text, another for each: what may not stand in one, `%` itself and a dot in front are
 * percent-encoded. A text that is too long becomes its SHA-256.
 */
export function fileName(text: string): string {
  const name = text.replace(/^\.|[^\w.-]/gu, percentEncode);
  return name.length > longest ? createHash('sha256').update(text).digest('hex') : name;
}

function percentEncode(character: string): string {
  return Buffer.from(character).toString('hex').replace(/../g, '%$&');
}
