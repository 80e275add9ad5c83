import type { Fault } from './problem.js';

/** Hexadecimal digits of each algorithm that podman accepts. Source: github.com/opencontainers/go-digest. */
const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** What is wrong with the digest that goes from `start` to the end of `text`; null when nothing is. */
export function digestFault(text: string, start: number): Fault | null {
  const colon = text.indexOf(':', start);
  const algorithm = colon === -1 ? '' : text.slice(start, colon);
  const length = HEX_LENGTH.get(algorithm);
  if (length === undefined)
    return { code: 'digest-algorithm', offset: start, candidate: mended(text, start) };
  const hexStart = colon + 1;
  const hex = text.slice(hexStart);
  const foreign = hex.search(/[^a-f0-9]/);
  if (foreign === length && hex.startsWith(':', foreign)) {
    const end = hexStart + foreign;
    return { code: 'tag-behind-digest', offset: end, candidate: text.slice(0, end) };
  }
  if (foreign !== -1) {
    return { code: 'digest-character', offset: hexStart + foreign, candidate: mended(text, start) };
  }
  if (hex.length === length) return null;
  return { code: 'digest-length', offset: hexStart + Math.min(hex.length, length) };
}

/** The text with its digest in lower case, and a bare digest of 64 digits taken for SHA-256. */
function mended(text: string, start: number): string {
  const digest = text.slice(start).toLowerCase();
  return text.slice(0, start) + (digest.includes(':') ? digest : `sha256:${digest}`);
}
