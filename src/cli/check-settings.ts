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
import type { RuleId } from '../diagnostic/rules.js';
import { BoundImagesError } from '../model/error.js';
import { type HostPath, type RootPath, rootPath } from '../model/path.js';
import { diskTree } from '../root/disk-tree.js';
import { type ReadProblem, type RootView, rootView } from '../root/root-view.js';
import { configurationLimitBytes } from '../scan/unit/read.js';
import { printable } from '../text/printable.js';
import { decodeUtf8 } from '../text/utf8.js';

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

/** Nobody reads more of them. */
const shownMistakes = 20;

function readFile(named: string | undefined): Settings {
  const path = printable(named ?? defaultFile);
  const [root, file] = named === undefined ? ownFile : placeOf(named);
  // The limit, and what is no regular file, are those of any file of a root: whoever proposes a change to a repository
  // may put anything in its place.
  const view = rootView(diskTree(root), 'new');
  const read = view.readFile(file, { limitBytes: configurationLimitBytes });
  if (!read.ok) {
    if (named === undefined && view.entry(file).kind === 'missing') return defaultSettings;
    const { problem, hint } = describe(read.problem, view, file);
    throw usage(`the settings in ${path} cannot be read: ${problem}`, hint);
  }
  const text = decodeUtf8(read.bytes);
  if (text === undefined) throw usage(`${path} is not UTF-8`, 'save it as UTF-8; TOML allows nothing else');
  const parsed = parseSettings(text);
  if (parsed.ok) return parsed.settings;
  const { problems } = parsed;
  const lines = problems
    .slice(0, shownMistakes)
    .map(({ line, column, problem }) => `${path}:${line}:${column}: ${printable(problem)}`);
  const others = problems.length - lines.length;
  throw usage([...lines, ...(others > 0 ? [`and ${others} more mistakes`] : [])].join('\n'), null);
}

/** Nobody has named it, so a link there leads to nothing outside of the working directory. */
const ownFile = ['.' as HostPath, rootPath(defaultFile)] as const;

/** On this host, links wherever they lead. */
function placeOf(path: string): readonly [HostPath, RootPath] {
  return ['/' as HostPath, rootPath(path.startsWith('/') ? path : `${process.cwd()}/${path}`)];
}

function describe(
  problem: ReadProblem,
  view: RootView,
  file: RootPath,
): { readonly problem: string; readonly hint: string | null } {
  const sentence = (text: string, hint: string | null = null) => ({ problem: text, hint });
  switch (problem.kind) {
    case 'missing':
    case 'not-a-directory':
      if (view.hostPath === '.')
        return sentence(
          'it is a link to nothing inside the working directory',
          'make it a file; links are followed inside the working directory only',
        );
      return sentence(view.entry(file).kind === 'symlink' ? 'it is a link to nothing' : 'it does not exist');
    case 'loop':
      return sentence('it is a loop of symbolic links');
    case 'is-a-directory':
      return sentence('it is a directory');
    case 'not-a-file':
      return sentence('it is not a regular file');
    case 'too-large':
      return sentence(`it is larger than ${problem.limitBytes / 1024} KiB`);
    case 'unreadable':
      return sentence(problem.reason);
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

function usage(message: string, hint: string | null): BoundImagesError {
  return new BoundImagesError('usage', message, hint === null ? {} : { hint });
}
