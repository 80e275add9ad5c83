import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import type { Sited } from '../model/bound-image.js';
import { rootPath } from '../model/path.js';
import { type ConfigurationFile, confFiles, dropInFiles, readIfThere } from '../root/configuration-files.js';
import type { RootView } from '../root/root-view.js';
import { readTomlDocument } from '../root/toml-document.js';
import { type TableShape, type TomlValue, tableReader, wrongTypes } from '../text/toml-shape.js';
import { parsePullPolicy } from './quadlet/service-pull.js';
import type { FollowedPodman } from './unit/followed-podman.js';
import type { UnitValue } from './unit/section.js';
import { noVariables } from './unit/service-variables.js';

/** What the containers.conf of a root says instead of options that its services are not given. */
export interface ContainersConf {
  /** `--pull` of `podman run`. */
  readonly pullPolicy: Sited<string> | undefined;
  /** `--infra-image` of `podman pod create`, and what `podman kube play` takes; '' stands for podman’s own. */
  readonly infraImage: Sited<string> | undefined;
  /** `--mount` of `podman run`. */
  readonly mounts: readonly UnitValue[];
  /** `--remote`. */
  readonly remote: Sited<boolean> | undefined;
  /** What podman sets in its own environment, `NAME=value`, where that has no such variable; of each the first counts. */
  readonly env: readonly UnitValue[];
  /** What podman refuses there. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What is of one type in every podman (containers.conf(5)). */
const shape = {
  containers: { mounts: 'appendable' },
  engine: { pull_policy: 'string', infra_image: 'string', remote: 'boolean', env: 'appendable' },
} as const satisfies TableShape;

/** What podman before 6 makes of it, and podman 6: one value where both read the same files. */
interface Known {
  readonly before6: ContainersConf;
  readonly of6: ContainersConf;
}

const known = new WeakMap<RootView, Known>();

/** Reads a root’s containers.conf and its drop-ins, once, as that podman does. */
export function containersConfOf(root: RootView, podman: FollowedPodman): ContainersConf {
  const found = known.get(root) ?? readBoth(root);
  known.set(root, found);
  return found.before6 !== found.of6 && podman.isSix() ? found.of6 : found.before6;
}

function readBoth(root: RootView): Known {
  const [files, filesOf6] = [filesBefore6(root), confFiles(root, 'containers')];
  const before6 = readContainersConf(files);
  const alike = String(files.map(({ path }) => path)) === String(filesOf6.map(({ path }) => path));
  return { before6, of6: alike ? before6 : readContainersConf(filesOf6) };
}

/**
 * In the order in which podman reads them as root: what a later file says counts. podman 6 leaves the vendor’s out where
 * there is another, and reads drop-ins in more directories.
 * Source: systemConfigs in go.podman.io/common pkg/config/new.go (podman 5.8).
 */
function filesBefore6(root: RootView): readonly ConfigurationFile[] {
  return [
    ...['/usr/share/containers', '/etc/containers'].flatMap(
      (directory) => readIfThere(root, rootPath(`${directory}/containers.conf`)) ?? [],
    ),
    ...dropInFiles(root, ['containers.conf.d'], '.conf', ['/etc/containers']),
  ];
}

function readContainersConf(files: readonly ConfigurationFile[]): ContainersConf {
  const diagnostics: Diagnostic[] = [];
  const found: { -readonly [K in keyof ContainersConf]?: ContainersConf[K] } = {};
  let mounts: readonly UnitValue[] = [];
  let env: readonly UnitValue[] = [];
  for (const file of files) {
    const document = readTomlDocument(file);
    if (!document.ok) {
      const { problem, hint, place, excerpt } = document;
      diagnostics.push(diagnose('containers-conf-invalid', place, { problem, hint }, excerpt));
      continue;
    }
    const wrong = wrongTypes(document.table, shape);
    for (const { path, expected, actual } of wrong) {
      const problem = `“${path.findLast((step) => typeof step === 'string')}” must be ${expected}, not ${actual}`;
      diagnostics.push(diagnose('containers-conf-invalid', document.valueAt(path), { problem, hint: null }));
    }
    if (wrong.length > 0) continue;
    const top = tableReader(document.table, shape);
    const containers = top.get('containers');
    mounts = listAfter(mounts, containers?.get('mounts'), (index) =>
      document.valueAt([...(containers?.pathOf('mounts') ?? []), index]),
    );
    const engine = top.get('engine');
    if (engine === undefined) continue;
    env = listAfter(env, engine.get('env'), (index) => document.valueAt([...engine.pathOf('env'), index]));
    const sited = <K extends 'pull_policy' | 'infra_image' | 'remote'>(key: K) => {
      const value = engine.get(key);
      return value === undefined ? undefined : { value, place: document.valueAt(engine.pathOf(key)) };
    };
    const policy = sited('pull_policy');
    if (policy !== undefined) diagnostics.push(...refusedPolicy(policy));
    found.pullPolicy = policy ?? found.pullPolicy;
    found.infraImage = sited('infra_image') ?? found.infraImage;
    found.remote = sited('remote') ?? found.remote;
  }
  const { pullPolicy, infraImage, remote } = found;
  return { pullPolicy, infraImage, mounts, remote, env, diagnostics };
}

/** A later list takes the place of earlier ones, unless it says that it adds to them. */
function listAfter(
  earlier: readonly UnitValue[],
  list: TomlValue<'appendable'> | undefined,
  placeOf: (index: number) => Place,
): readonly UnitValue[] {
  if (list === undefined) return earlier;
  const own = list.flatMap((value, index) =>
    typeof value === 'string' ? [quoted({ value, place: placeOf(index) })] : [],
  );
  return list.some((item) => typeof item === 'object' && item.append) ? [...earlier, ...own] : own;
}

/** Source: Validate of EngineConfig, as above. */
function refusedPolicy({ value, place }: Sited<string>): readonly Diagnostic[] {
  if (parsePullPolicy(value) !== undefined) return [];
  const hint = 'write always, missing, newer or never';
  return [diagnose('containers-conf-invalid', place, { problem: 'there is no such pull_policy', hint })];
}

/** A string of TOML, with the places of its characters, which stand behind the quote. */
export function quoted({ value, place }: Sited<string>): UnitValue {
  const placeAt = (offset: number): Place => ({ ...place, column: (place.column ?? 1) + 1 + offset });
  return { value, written: value, place, placeAt, variables: () => noVariables };
}

/** The place as an entry leads to it. */
export function through({ value, place }: Sited<string>, entry: string | null): Sited<string> {
  return { value, place: { ...place, entry } satisfies Place };
}
