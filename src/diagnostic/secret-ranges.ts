import { type LogicalLine, logicalLines, type PhysicalLine, physicalLines } from '../text/logical-lines.js';
import { nearestWord } from './did-you-mean.js';
import { looseWords } from './loose-words.js';

/** From `start` up to, not including, `end`, in UTF-16 code units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const secretName =
  '(creds?|credentials?|pass(?:wor[dt]|wd|phrase)?|pwd|secrets?|token|(?:api|access|private|secret|encrypt(?:ion)?|signing|master|session)[-_]?key|decryption-?key)';
/** Each of these names has one of these. */
const partOfName = /cred|pass|pwd|secret|token|key/i;
const sign = `(?:["']?\\s*=|["']\\s*:|\\s*:(?=\\s|$))`;
// Whether the name begins where no letter or dash stands before it is asked last: a long run of names is looked
// through once.
const assignment = new RegExp(`${secretName}(?=${sign})(?<=(?<![\\w-])(?:\\w[\\w.-]*?)?\\1)${sign}\\s*`, 'i');
/** The same where somebody forgot the sign between. */
const unassigned = new RegExp(`^[#;]*\\s*["']?(?:\\w[\\w.-]*?)?${secretName}["']?[\\s:]+`, 'i');
const option = new RegExp(`(?<![\\w-])-[\\w-]*?${secretName}(?:["',\\]]*$|[=\\s]?)`, 'i');
/** The values of variables, secrets and configuration in Kubernetes YAML (EnvVar, Secret and ConfigMap of core/v1). */
const kubernetesValue = /^\s*(?:-\s+)*["']?(value|data|stringData|binaryData)["']?\s*:(?=\s|$)\s*/;

/**
 * Where in a configuration file something stands that nobody may see: values of keys, options and variables that
 * are secret by their names, and the user information of URLs (RFC 3986, section 3.2.1), with all lines that they are
 * continued on. In rising order and apart. It rather takes too much.
 */
export function secretRanges(text: string): readonly Range[] {
  const lines = physicalLines(text);
  return apartInOrder(
    logicalLines(lines).flatMap((line) => [
      ...assignedSecret(line, lines, text),
      ...optionSecrets(line, lines),
      ...userInformation(line),
    ]),
  );
}

/**
 * Keys of units whose values are the service's own affair, and often enough its passwords: variables, command lines,
 * options (podman-systemd.unit(5), systemd.exec(5), systemd.service(5)); of containers.conf and Kubernetes YAML those
 * that hold the same.
 */
const privateKeys = [
  ...['Environment', 'Exec', 'Entrypoint', 'Secret', 'PodmanArgs', 'GlobalArgs', 'BuildArg', 'Options'],
  ...[
    'HealthCmd',
    'HealthStartupCmd',
    'Label',
    'Annotation',
    'LogOpt',
    'SetCredential',
    'SetCredentialEncrypted',
  ],
  ...[
    'ExecStart',
    'ExecStartPre',
    'ExecStartPost',
    'ExecReload',
    'ExecStop',
    'ExecStopPost',
    'ExecCondition',
  ],
  ...['env', 'args', 'command', 'annotations'],
];
const someKey = /^[#;]*\s*(?:-\s+)*["']?([A-Za-z][\w-]*)["']?\s*[=:]\s*/;

/**
 * Where something stands that is nobody's business who looks at another line: values of variables and command lines,
 * with all lines that they are continued on, and all that `secretRanges` finds. Also of a key that was to be one of
 * these.
 */
export function privateRanges(text: string, secrets = secretRanges(text)): readonly Range[] {
  const lines = physicalLines(text);
  const values: Range[] = [];
  for (const line of logicalLines(lines)) {
    const match = someKey.exec(line.text);
    // What stands in a value has been seen with it: each line is looked at once.
    if (match === null || line.first.start < (values.at(-1)?.end ?? 0) || !isPrivate(match[1] ?? ''))
      continue;
    const from = match[0].length;
    values.push({ start: line.offsets[from] ?? line.end, end: endOfValue(line, from, lines, text) });
  }
  return apartInOrder([...secrets, ...values]);
}

/** Files have the same few keys again and again. */
const judgedKeys = new Map<string, boolean>();

function isPrivate(key: string): boolean {
  const known = judgedKeys.get(key);
  if (known !== undefined) return known;
  const judged = privateKeys.includes(key) || (key.length > 3 && nearestWord(key, privateKeys) !== null);
  if (judgedKeys.size < 1000) judgedKeys.set(key, judged);
  return judged;
}

/** Of a list in brackets, of a YAML list that is indented no deeper than its key, or as `endOfBlock` has it. */
function endOfValue(line: LogicalLine, from: number, lines: readonly PhysicalLine[], text: string): number {
  const value = line.text.slice(from);
  if (value.startsWith('[') && !value.includes(']')) {
    const close = text.indexOf(']', line.end);
    return close < 0 ? text.length : close;
  }
  let end = endOfBlock(line, from, lines, text);
  if (value !== '' || line.first.content.startsWith('-')) return end;
  for (let index = line.last + 1; index < lines.length; index += 1) {
    const next = lines[index];
    if (next === undefined || next.content === '') continue;
    const isItem = next.indent === line.first.indent && /^-(?:\s|$)/.test(next.content);
    if (next.indent < line.first.indent || (next.indent === line.first.indent && !isItem)) break;
    end = next.end;
  }
  return end;
}

function apartInOrder(ranges: readonly Range[]): readonly Range[] {
  const apart: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else if (start < end) apart.push({ start, end });
  }
  return apart;
}

/** Whether this is an auth file, or was to be one: nothing of it may be shown (containers-auth.json(5)). */
export function isAuthFile(text: string): boolean {
  // An image may be called `auth`, with a tag behind it.
  return /(?:(?<![\w/.-])auths?|(?:identity|registry)token)["']?\s*:/i.test(text);
}

/** Of `name = value` and `name: value` all that follows. */
function assignedSecret(line: LogicalLine, lines: readonly PhysicalLine[], text: string): readonly Range[] {
  const match = [kubernetesValue, assignment, unassigned]
    .map((pattern) => pattern.exec(line.text))
    .find((found) => found !== null);
  if (match === undefined) return [];
  const from = secretFrom(match[1] ?? '', line.text, match.index + match[0].length);
  const end = endOfBlock(line, from, lines, text);
  return [{ start: line.offsets[from] ?? line.end, end }];
}

/** `PATH:PASSPHRASE` is what podman takes for a decryption key, and its path is no secret. */
function secretFrom(name: string, text: string, from: number): number {
  if (!/^decryption/i.test(name)) return from;
  const colon = text.indexOf(':', from);
  return colon < 0 ? text.length : colon + 1;
}

/** Where a value ends that begins in `line`: behind TOML's closing quotes, else behind what is indented deeper. */
function endOfBlock(line: LogicalLine, from: number, lines: readonly PhysicalLine[], text: string): number {
  const quotes = /"""|'''/.exec(line.text.slice(from))?.[0];
  if (quotes !== undefined && line.text.split(quotes).length === 2) {
    const close = text.indexOf(quotes, line.end);
    return close < 0 ? text.length : close + quotes.length;
  }
  let end = line.end;
  for (let index = line.last + 1; index < lines.length; index += 1) {
    const next = lines[index];
    if (next === undefined || next.content === '') continue;
    if (next.indent <= line.first.indent) break;
    end = next.end;
  }
  return end;
}

/** Of `--name=value` and `--name value` the word, as a shell or systemd would take it. */
function optionSecrets(line: LogicalLine, lines: readonly PhysicalLine[]): readonly Range[] {
  const ranges: Range[] = [];
  // Most lines have none, and no escape that could stand for one.
  if (!/[-\\]/.test(line.text)) return ranges;
  if (!line.text.includes('\\') && !partOfName.test(line.text.replace(/["']/g, ''))) return ranges;
  const words = looseWords(line.text);
  for (const [index, word] of words.entries()) {
    const match = option.exec(word.value);
    if (match === null) continue;
    const name = match[1] ?? '';
    const behind = match.index + match[0].length;
    // Also of `--creds` and a value with nothing between, as a continued line without a blank has it.
    const isAttached = behind < word.value.length;
    const secret = isAttached ? word : words[index + 1];
    if (secret !== undefined) {
      const from = secretFrom(name, secret.value, isAttached ? behind : 0);
      ranges.push(rangeOf(line, secret.starts[from] ?? secret.end, secret.end));
    } else if (/^\s*-\s/.test(line.text)) {
      // A list in YAML has each word on a line of its own.
      const next = lines[line.last + 1];
      if (next !== undefined) ranges.push({ start: next.start + next.indent, end: next.end });
    }
  }
  return ranges;
}

function userInformation(line: LogicalLine): readonly Range[] {
  const ranges: Range[] = [];
  for (const { 0: word, index } of line.text.includes('//') ? line.text.matchAll(/\S+/g) : []) {
    const from = word.indexOf('//') + 2;
    let to = word.lastIndexOf('@');
    // What stands there is a digest.
    while (to > from && /^sha\d+:/.test(word.slice(to + 1, to + 9))) to = word.lastIndexOf('@', to - 1);
    const isUser = from > 1 && to > from && !/^[^:]*\//.test(word.slice(from, to));
    if (isUser) ranges.push(rangeOf(line, index + from, index + to));
  }
  return ranges;
}

function rangeOf(line: LogicalLine, from: number, to: number): Range {
  return { start: line.offsets[from] ?? line.end, end: (line.offsets[to - 1] ?? line.end - 1) + 1 };
}
