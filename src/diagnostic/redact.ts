import { printable } from '../text/printable.js';

/** Masks what nobody may see in text that comes from outside. What is masked already stays as it is. */
export type Redact = (text: string) => string;

/** As in the arguments that are shown of a pull. */
export const mask = '***';

/** A text as short as this is in too many others; together with its user it is masked all the same. */
const shortestSecret = 4;
/** From so many characters on a secret is no part of another word by chance. */
const noPartOfWord = 8;
/** Of what was cut off, and of what is longer, so much tells it. */
const shortestPrefix = 4;
const longestPrefix = 200;

/**
 * Makes a mask for text from outside: what podman and the tools of the host write, with what registries and
 * proxies answered in it. Masked are
 *
 * - `secrets`, wherever a server repeats them: as they are, in base64 at any place of it, in hexadecimal, and with the
 *   escapes of URLs, JSON, Go and HTML, in upper and lower case; also where the tool has cut them off;
 * - what is a secret by its form: user information and queries of URLs (a presigned URL is a password), values of
 *   `Authorization` and the like, JSON web tokens. podman gets tokens that nobody else ever sees.
 *
 * A secret of less than eight characters counts as a whole word only, one of less than four not at all: text would
 * become unreadable, and tell it by that.
 *
 * @param secrets asked once, when there is something to mask
 */
export function redactor(secrets: () => Iterable<string>): Redact {
  let known: readonly Pattern[] | undefined;
  return (text) => {
    known ??= patternsOf(secrets());
    return maskForms(known.reduce(maskKnown, text));
  };
}

/** Masks what is a secret by its form, where none is known. */
export const redactForms: Redact = redactor(() => []);

/** What a tool has said, as it may be shown: without secrets, and printable. */
export function shownText(text: string, redact: Redact = redactForms): string {
  return printable(redact(text));
}

interface Pattern {
  /** A text without this has nothing to mask. */
  readonly begin: RegExp;
  /** It takes tens of milliseconds to compile, and so it is made for texts alone that have the beginning. */
  readonly whole: () => RegExp;
  readonly isWord: boolean;
}

function patternsOf(secrets: Iterable<string>): readonly Pattern[] {
  const forms = new Map<string, boolean>();
  for (const secret of [...secrets].flatMap((each) => [each, each.trim()])) {
    const bytes = Buffer.from(secret);
    if (bytes.length < shortestSecret) continue;
    const encoded = ['base64', 'base64url', 'hex'] as const;
    const whole = encoded.map((encoding) => bytes.toString(encoding).replace(/=+$/, ''));
    for (const form of [secret, ...whole, ...[0, 1, 2].flatMap((before) => base64At(bytes, before))]) {
      if (form.length >= shortestSecret) forms.set(form, form.length < noPartOfWord);
    }
  }
  // The longer first: a password may be a part of another one.
  const ordered = [...forms].sort(([one], [other]) => other.length - one.length);
  return ordered.map(([form, isWord]) => ({ ...patternOf(form), isWord }));
}

/** The characters of base64 that these bytes alone decide, where so many others stand before them; both alphabets. */
function base64At(bytes: Buffer, before: number): readonly string[] {
  const all = Buffer.concat([Buffer.alloc(before), bytes]);
  const whole = all.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
  return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
}

/** What may be left of the escape of the next character, and that nothing else follows. */
const cutOff = `(?:%(?:25?)?[\\da-f]?|\\\\{1,4}(?:u[\\da-f]{0,3}|x[\\da-f]?)?|&(?:amp;)?#?\\w{0,6})?(?=$|…|\\.\\.\\.)`;

/** The whole form, or what is left of one that was cut off. */
function patternOf(form: string): Omit<Pattern, 'isWord'> {
  const begin = [...form].slice(0, shortestPrefix).map(characterPattern).join('');
  let whole: RegExp | undefined;
  return {
    begin: new RegExp(begin, 'iu'),
    whole: () => {
      whole ??= wholePattern(form);
      return whole;
    },
  };
}

function wholePattern(form: string): RegExp {
  const characters = [...form].slice(0, longestPrefix).map(characterPattern);
  const rest = form.length > longestPrefix ? `[^\\s"'<>]*` : '(?:=|%3d)*';
  const begin = characters.slice(0, shortestPrefix).join('');
  const more = characters.slice(shortestPrefix);
  const part = `${begin}${more.map((each) => `(?:${each}`).join('')}${')?'.repeat(more.length)}${cutOff}`;
  return new RegExp(`${characters.join('')}${rest}|${part}`, 'giu');
}

const named: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};

/** A character as it is or escaped, for URLs, JSON, Go's %q or HTML; once or twice. */
function characterPattern(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character)].map((byte) => byte.toString(16).padStart(2, '0'));
  const units = [...Array(character.length).keys()].map((at) =>
    character.charCodeAt(at).toString(16).padStart(4, '0'),
  );
  const name = named[character];
  const forms = [
    `\\\\{0,4}\\u{${code.toString(16)}}`,
    bytes.map((byte) => `%(?:25)?${byte}`).join(''),
    bytes.map((byte) => `\\\\{1,4}x${byte}`).join(''),
    units.map((unit) => `\\\\{1,4}u${unit}`).join(''),
    `&(?:amp;)?#(?:0*${code}|x0*${code.toString(16)});`,
    ...(name === undefined ? [] : [code < 32 ? `\\\\{1,4}${name}` : `&(?:amp;)?${name};`]),
    ...(character === ' ' ? ['\\+'] : []),
  ];
  return `(?:${forms.join('|')})`;
}

const wordCharacter = /[\p{L}\p{N}]/u;

function maskKnown(text: string, { begin, whole, isWord }: Pattern): string {
  if (!begin.test(text)) return text;
  return text.replace(whole(), (found: string, at: number) => {
    const isPart =
      wordCharacter.test(text.charAt(at - 1)) || wordCharacter.test(text.charAt(at + found.length));
    return isWord && isPart ? found : mask;
  });
}

const schemes = 'basic|bearer|negotiate';
const forms: readonly (readonly [RegExp, string | ((...groups: string[]) => string)])[] = [
  [/\/\/[^\s"'<>]+/g, withoutUserAndQuery],
  // Of an address without its server.
  [/\?[^\s"'<>?=]+=[^\s"'<>]*/g, `?${mask}`],
  [
    /((?:signature|\bsig|token|secret|password|passwd|credential|(?:access|api)[-_]?key)=)[^\s&"'<>]+/gi,
    `$1${mask}`,
  ],
  [
    new RegExp(
      `((?:authorization|x-[\\w-]{0,40}(?:auth|token)|cookie)["']?\\s*[:=]\\s*["']?)((?:(?:${schemes}|digest|token)\\s+)?)([^\\s"',]+)`,
      'gi',
    ),
    (_, name, scheme, value) => `${name}${scheme}${scheme === '' && isWord(value) ? value : mask}`,
  ],
  [
    new RegExp(`\\b(${schemes})(\\s+|%20|\\+)([\\w+/.~-]{4,}={0,2})(?!=?")`, 'gi'),
    (whole, scheme, blank, value) => (isCredential(scheme, value) ? `${scheme}${blank}${mask}` : whole),
  ],
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){0,4}/g, mask],
];

function maskForms(text: string): string {
  return forms.reduce((masked, [pattern, by]) => masked.replace(pattern, by as string), text);
}

/** User information (RFC 3986, section 3.2.1): what stands behind an @ of a reference is a digest. */
function withoutUserAndQuery(address: string): string {
  let end = address.lastIndexOf('@');
  while (end > 0 && /^@sha\d+:/.test(address.slice(end, end + 10))) end = address.lastIndexOf('@', end - 1);
  const isUser = end > 2 && !/^\/\/[^:]*\/|^\/\/[^:/]+:\d{1,5}\//.test(address.slice(0, end));
  return (isUser ? `//${mask}${address.slice(end)}` : address).replace(/\?.+$/s, `?${mask}`);
}

function isWord(value: string): boolean {
  return value === mask || /^[a-z]+[.:]?$/i.test(value);
}

/** `Basic authentication required` is a sentence, and `Basic dTpw` is a password. */
function isCredential(scheme: string, value: string): boolean {
  if (scheme.toLowerCase() !== 'basic') return value.length >= 8 && (/\d/.test(value) || value.length >= 24);
  const said = Buffer.from(value, 'base64').toString('latin1');
  return said.includes(':') || /^[ -~]+$/.test(said);
}
