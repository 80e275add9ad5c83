import { InvalidArgumentError, Option } from 'commander';
import { type RootPath, rootPath } from '../model/path.js';
import { rootDefaults } from '../operations/defaults.js';
import type { RootInput } from '../operations/inputs.js';
import { printable } from '../text/printable.js';
import type { OptionGroup } from './option-groups.js';
import type { ProgressKind } from './report/progress-kinds.js';

/** How `check` prints its findings: for a person, for programs, for GitHub Actions and GitLab CI, as SARIF. */
export const checkFormats = ['human', 'json', 'github', 'gitlab', 'sarif'] as const;

/** Options of every command that reads a root. */
export interface RootOptions<Format extends string = 'human' | 'json'> extends RootInput {
  readonly format: Format;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Options of the commands that pull. */
export interface ProgressOptions {
  readonly progress: ProgressKind;
  /** Where JSON goes instead of stderr. */
  readonly progressFd?: number;
}

/** Options of one topic. */
export function inGroup(group: OptionGroup, ...options: readonly Option[]): readonly Option[] {
  return options.map((each) => each.helpGroup(group));
}

export function rootOptions(formats?: readonly string[]): readonly Option[] {
  return [
    ...inGroup(
      'What is read',
      option('--root <dir>', 'the root to read: the deployment about to be booted').default('/'),
    ),
    ...readingOptions(formats),
  ];
}

/** Of every command that reads roots, whichever those are. */
export function readingOptions(formats?: readonly string[]): readonly Option[] {
  return [
    ...inGroup(
      'What is read',
      option(
        '--current-root <dir>',
        'the running system, for auth files that the new root does not have',
      ).default(rootDefaults.currentRoot),
      option(
        '--dir <path>',
        'a bound-images directory in the root, instead of the vendor’s two; repeatable',
      ).argParser((text, paths: readonly RootPath[] = []) => [...paths, ...parseWords(text).map(rootPath)]),
    ),
    ...outputOptions(formats),
  ];
}

/** Of every command that starts programs. */
export function outputOptions(formats?: readonly string[]): readonly Option[] {
  return [
    formatOption(formats),
    ...inGroup(
      'Output',
      option('-q, --quiet', 'say nothing but results and errors').default(false),
      option('-v, --verbose', 'also say which programs are started').default(false),
    ),
  ];
}

export function formatOption(formats: readonly string[] = ['human', 'json']): Option {
  return option('--format <format>', 'how results are printed')
    .choices(formats)
    .default('human')
    .helpGroup('Output');
}

/** An option that can be given as `BOUND_IMAGES_…` in the environment, too, unless that is empty. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  const variable = `BOUND_IMAGES_${made.name().toUpperCase().replaceAll('-', '_')}`;
  // commander turns a switch on for any value, and takes an empty one for a value.
  if (made.isBoolean() ? !isSet(variable) : process.env[variable] === '') delete process.env[variable];
  return made.env(variable);
}

/** Whether a switch is on in the environment. */
export function isSet(variable: string): boolean {
  return !/^(?:0|no|false|off)?$/i.test(process.env[variable] ?? '');
}

/** A path that may not be empty. */
export function parsePath(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** One line of text. */
export function parseSentence(text: string): string {
  const sentence = text.trim();
  if (sentence === '') throw new InvalidArgumentError('It must not be empty.');
  if (sentence !== printable(sentence)) throw new InvalidArgumentError('It must be one line of text.');
  if (sentence.length > 500) throw new InvalidArgumentError('It must be 500 characters or fewer.');
  return sentence;
}

/** Of a repeatable option: words between commas or blanks, so that a variable of the environment can hold several. */
export function parseWords(text: string, earlier: readonly string[] = []): readonly string[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) throw new InvalidArgumentError('It must not be empty.');
  return [...earlier, ...words];
}

export function parseCount(minimum: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < minimum) {
      throw new InvalidArgumentError(`It must be a whole number, ${minimum} or more.`);
    }
    return count;
  };
}

const unitMs = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `90`, `90s`, `15m`, `1h` → milliseconds. */
export function parseDurationMs(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  const ms = Number(digits) * unitMs[unit as keyof typeof unitMs];
  // setTimeout knows nothing longer than 24.8 days.
  if (digits === undefined || ms === 0 || ms > 2 ** 31 - 1) {
    throw new InvalidArgumentError('It must be a time such as 90s, 15m or 1h.');
  }
  return ms;
}

/** `500K`, `2M` → bytes per second. */
export function parseRate(text: string): number {
  const [, digits, unit = ''] = /^(\d+)(?:B|([KMG])(?:i?B)?)?$/i.exec(text) ?? [];
  const rate = Number(digits) * unitBytes[unit.toUpperCase() as keyof typeof unitBytes];
  if (digits === undefined || !Number.isSafeInteger(rate) || rate < leastRate) {
    throw new InvalidArgumentError('It must be bytes per second, such as 500K or 2M, and 1K or more.');
  }
  return rate;
}

/** With less, nothing would come to its end. */
const leastRate = 1024;

const unitBytes = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** `1048576`, `500M`, `2G` → bytes. */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+)(?:B|([KMGT])(?:i?B)?)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * unitBytes[unit.toUpperCase() as keyof typeof unitBytes];
  if (digits === undefined || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('It must be a size such as 500M or 2G.');
  }
  return bytes;
}
