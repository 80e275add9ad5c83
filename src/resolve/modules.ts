import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { GivenGlobalOption, Sited } from '../model/bound-image.js';
import type { RootPath } from '../model/path.js';
import type { ContainersConfModule } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import { describeProblem } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { memoized } from '../text/memoized.js';
import { isTable, parseToml, type Table } from '../text/toml.js';
import { decodeUtf8 } from '../text/utf8.js';
import { findInRoots } from './find-in-roots.js';
import type { Finding } from './finding.js';

export type ModuleReader = (
  options: readonly GivenGlobalOption[],
) => Finding<readonly ContainersConfModule[]>;

/** Where podman looks for a module that is not an absolute path (containers.conf(5), “Modules”). */
const directories = [
  '/etc/containers/containers.conf.modules',
  '/usr/share/containers/containers.conf.modules',
];

const what = 'containers.conf module';

/** Many times what the whole of containers.conf(5) takes. */
const limitBytes = 64 * 1024;

type Settings = Pick<ContainersConfModule, 'layersAtOnce' | 'leftOut'>;
type Read =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problem: string };

/**
 * Makes a function that reads the modules among options of podman: each is looked up in the new root, then in the
 * current one.
 */
export function moduleReader(roots: Roots): ModuleReader {
  const settingsIn = memoized((view: RootView) => memoized((path: RootPath) => readFile(view, path)));
  return (options) => {
    const value: ContainersConfModule[] = [];
    const diagnostics: Diagnostic[] = [];
    for (const option of options.filter(({ name }) => name === 'module')) {
      const found = findInRoots(what, 'file', pathsOf(option), roots);
      if (!found.ok) {
        diagnostics.push(found.diagnostic);
        continue;
      }
      const { place } = option;
      const { path } = found.at;
      const read = settingsIn(found.view)(path);
      if (read.ok) value.push({ place, path, ...read.settings });
      else diagnostics.push(diagnose('path-unusable', place, { what, path, problem: read.problem }));
    }
    return { value, diagnostics };
  };
}

function pathsOf({ value, place }: Sited<string>): Sited<readonly string[]> {
  const paths = value.startsWith('/') ? [value] : directories.map((directory) => `${directory}/${value}`);
  return { value: paths, place };
}

function readFile(view: RootView, path: RootPath): Read {
  const file = view.readFile(path, { limitBytes });
  if (!file.ok) return { ok: false, problem: describeProblem(file.problem) };
  const text = decodeUtf8(file.bytes);
  if (text === undefined) return { ok: false, problem: 'it is not UTF-8' };
  const parsed = parseToml(text);
  if (parsed.ok) return settingsOf(parsed.table);
  return { ok: false, problem: `not valid TOML in line ${parsed.place.line}: ${parsed.problem}` };
}

/**
 * What a pull heeds. All other settings are about containers, or would have podman run, read or write what the root
 * names on this host before anybody has booted it. A proxy of `env` is none of it either: it would see the
 * credentials of this host wherever the same root switches TLS off.
 */
function settingsOf(table: Table): Read {
  let layersAtOnce: number | undefined;
  const leftOut: string[] = [];
  for (const [name, settings] of Object.entries(table)) {
    for (const [key, value] of isTable(settings) ? Object.entries(settings) : [[null, settings] as const]) {
      const setting = key === null ? name : `${name}.${key}`;
      // podman takes keys in any case: unifyStruct in github.com/BurntSushi/toml decode.go.
      const known = setting.toLowerCase();
      if (known === 'engine.remote' && value === true) {
        const problem = `${setting} leads to another host, whose store this run does not fill`;
        return { ok: false, problem };
      }
      if (known !== 'engine.image_parallel_copies') leftOut.push(setting);
      else if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
        return { ok: false, problem: `${setting} is not a number of layers` };
      } else layersAtOnce = value === 0 ? undefined : value;
    }
  }
  return { ok: true, settings: { layersAtOnce, leftOut } };
}
