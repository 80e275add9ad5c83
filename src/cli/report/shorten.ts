import cliTruncate from 'cli-truncate';
import { printable } from '../../text/printable.js';

/** Text that takes `columns` columns of a terminal at most, with dots for what is left out. */
export function shorten(text: string, columns: number, leftOut: 'middle' | 'end'): string {
  // cli-truncate puts the dots in even where they do not fit, and half of the columns before those in the middle.
  const dots = '...'.slice(0, Math.max(0, columns));
  const position = columns < 2 * dots.length ? 'end' : leftOut;
  return cliTruncate(text, columns, { position, truncationCharacter: dots });
}

/** A reference, printable; of a digest the first twelve digits tell it from others, as of ids in podman. */
export function shortReference(reference: string): string {
  return printable(reference).replace(/(@[^:@]+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}

/**
 * A sentence with the digests in it as short as they can be told apart, at least four digits: `@sha256:3210…`. What is to
 * be copied from a sentence is not shortened.
 */
export function shortDigests(text: string): string {
  const digests = [...new Set(text.match(/(?<=\bsha(?:256|384|512):)[0-9a-f]{64,128}/g) ?? [])];
  let length = 4;
  while (new Set(digests.map((digest) => digest.slice(0, length))).size < digests.length) length += 4;
  return text.replace(
    /\b(sha(?:256|384|512):)([0-9a-f]{64,128})/g,
    (_, name: string, digits: string) => `${name}${digits.slice(0, length)}…`,
  );
}
