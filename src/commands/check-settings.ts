import { readFileSync } from 'node:fs';
import {
  defaultSettings,
  isLevel,
  isRuleId,
  type Level,
  levels,
  mergeSettings,
  type Settings,
  unknownRuleHint,
} from '../check/settings.js';
import { parseSettings } from '../check/settings-file.js';
import { printable } from '../diagnostic/printable.js';
import type { RuleId } from '../diagnostic/rules.js';
import { BoundImagesError } from '../error.js';
import { errnoCode, errnoReason } from '../root/errno.js';

/** Options of `check` that say how findings are judged. */
export interface SettingsOptions {
  readonly strict: boolean;
  /** `RULE=LEVEL` each. */
  readonly rule?: readonly string[];
  readonly config?: string;
}

/** Read in the working directory, where there is one: the top of the repository that an image is built from. */
const defaultFile = '.bound-images.toml';

/** What the file of settings says, and over it the command line. @throws BoundImagesError `usage`. */
export function readSettings({ strict, rule = [], config }: SettingsOptions): Settings {
  return mergeSettings(readFile(config), { levels: new Map(rule.map(parseRule)), strict });
}

function readFile(named: string | undefined): Settings {
  const path = named ?? defaultFile;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (named === undefined && errnoCode(error) === 'ENOENT') return defaultSettings;
    throw usage(`the settings in ${path} cannot be read: ${errnoReason(error)}`, null, error);
  }
  const parsed = parseSettings(decode(bytes, path));
  if (parsed.ok) return parsed.settings;
  const lines = parsed.problems.map(({ line, column, problem }) => `${path}:${line}:${column}: ${problem}`);
  throw usage(lines.map(printable).join('\n'), null);
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw usage(`${path} is not UTF-8`, 'save it as UTF-8; TOML allows nothing else', error);
  }
}

function parseRule(text: string): readonly [RuleId, Level] {
  const [id = '', level, ...rest] = text.split('=');
  if (!isRuleId(id))
    throw usage(`--rule ${printable(text)}: there is no rule “${printable(id)}”`, unknownRuleHint(id));
  if (isLevel(level) && rest.length === 0) return [id, level];
  throw usage(
    `--rule ${printable(text)} gives no level`,
    `write ${levels.map((each) => `${id}=${each}`).join(' or ')}`,
  );
}

function usage(message: string, hint: string | null, cause?: unknown): BoundImagesError {
  return new BoundImagesError('usage', message, { ...(hint === null ? {} : { hint }), cause });
}
