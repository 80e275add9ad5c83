import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { type Binding, type Bindings, noPullOptions } from '../../model/bound-image.js';
import { describeProblem, isOfUnknownHost } from '../../root/problem.js';
import type { RootView } from '../../root/root-view.js';
import { append } from '../../text/append.js';
import { containersConfOf } from '../containers-conf.js';
import { besideUnit, hasContainerfile, workingDirectory } from '../kube/build.js';
import { readKubeImages } from '../kube/images.js';
import { configurationLimitBytes } from '../unit/read.js';
import { readSection, type SectionReader, type UnitValue } from '../unit/section.js';
import type { LoadedUnit, UnitSearch } from '../unit/unit.js';
import { readKubeArguments } from '../words/podman-arguments.js';
import { infraImageByDefault } from './infra-image.js';
import { readPull } from './pull.js';
import { commonRefusals } from './refusals/common.js';
import { refusedNetworks } from './refusals/networks.js';
import { refusedService } from './refusals/service.js';
import { refusedMappings } from './refusals/users.js';

/** Podman 5.8, whose newest keys an older podman refuses. */
export const kubeKeys: ReadonlySet<string> = new Set(
  (
    'AutoUpdate ConfigMap ContainersConfModule ExitCodePropagation GlobalArgs KubeDownForce LogDriver ' +
    'LogOpt Network PodmanArgs PublishPort RemapGid RemapUid RemapUidSize RemapUsers ServiceName ' +
    'SetWorkingDirectory UserNS Yaml'
  ).split(' '),
);

/**
 * What a `.kube` unit binds: the images of the pods in its YAML files.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertKube`.
 */
export function readKubeUnit(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
  root: RootView,
): Bindings {
  const diagnostics: Diagnostic[] = [];
  append(diagnostics, kubeRefusals(unit, entry, search));
  const section = readSection(unit, 'Kube', entry, diagnostics);
  const files = section.strv('Yaml');
  if (files.length === 0) {
    const reason = 'there is no Yaml= in [Kube]';
    diagnostics.push(diagnose('unit-refused', section.place, { reason, hint: 'add Yaml=' }));
    return { bindings: [], diagnostics };
  }
  const { words, ...pull } = readPull(section, readKubeArguments, diagnostics);
  const buildsIn = words.builds ? workingDirectory(unit, words.contextDir) : undefined;
  const isBuilt = (name: string) => buildsIn !== undefined && hasContainerfile(root, buildsIn, name);
  const bindings: Binding[] = [];
  for (const file of files) {
    const read = readYaml(root, unit, section.decoded(file), entry, isBuilt);
    append(diagnostics, read.diagnostics);
    append(
      bindings,
      read.images.map((image) => ({ kind: 'image' as const, ...image, ...pull })),
    );
  }
  const infra =
    bindings.length === 0 ? undefined : infraImageByDefault(containersConfOf(root, search().podman), entry);
  append(diagnostics, infra?.diagnostics ?? []);
  if (infra?.reference !== undefined) {
    const { globalArguments, globalOptions } = pull;
    const untold = { options: noPullOptions, arguments: [], globalArguments, globalOptions };
    bindings.push({ kind: 'image', reference: infra.reference, source: infra.place, ...untold });
  }
  if (bindings.length === 0 && diagnostics.length === 0) {
    diagnostics.push(diagnose('kube-binds-nothing', section.place, {}));
  }
  return { bindings, diagnostics };
}

/** Why quadlet makes no service of a `.kube` unit, apart from its YAML. */
export function kubeRefusals(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const section = readSection(unit, 'Kube', entry, []);
  return [
    ...commonRefusals(unit, entry, search),
    ...refusedService(readSection(unit, 'Service', entry, [])),
    ...refusedMappings(section, { manual: false }),
    ...refusedNetworks(section, search),
    ...refusedWorkingDirectory(section),
  ];
}

function readYaml(
  root: RootView,
  unit: LoadedUnit,
  file: UnitValue,
  entry: string | null,
  isBuilt: (name: string) => boolean,
): ReturnType<typeof readKubeImages> {
  const path = besideUnit(unit, file.value);
  const content = root.readFile(path, { limitBytes: configurationLimitBytes });
  if (content.ok) return readKubeImages(content.bytes.toString('utf8'), { entry, file: path }, isBuilt);
  const { problem } = content;
  if (isOfUnknownHost(root, problem)) {
    const args = { what: 'YAML file', path };
    return { images: [], diagnostics: [diagnose('host-path-unknown', file.place, args)] };
  }
  const diagnostic =
    problem.kind === 'too-large'
      ? diagnose('file-too-large', file.place, problem)
      : diagnose('kube-yaml-unusable', file.place, { problem: describeProblem(problem) });
  return { images: [], diagnostics: [diagnostic] };
}

/** Source: `handleSetWorkingDirectory`. */
function refusedWorkingDirectory(section: SectionReader): readonly Diagnostic[] {
  const value = section.single('SetWorkingDirectory');
  const kind = value?.written.toLowerCase();
  if (value === undefined || kind === 'unit') return [];
  const isYaml = kind === 'yaml';
  if (isYaml && section.strv('Yaml').length === 1) return [];
  const reason = isYaml
    ? 'SetWorkingDirectory=yaml needs one Yaml= and no more'
    : `SetWorkingDirectory=${value.written} is neither yaml nor unit`;
  return [diagnose('unit-refused', value.place, { reason, hint: 'write SetWorkingDirectory=unit' })];
}
