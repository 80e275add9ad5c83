import { type Diagnostic, hasErrors } from '../../src/diagnostic/diagnostic.js';
import type { RuleId } from '../../src/diagnostic/rules.js';
import type { Binding, Bindings } from '../../src/model/bound-image.js';
import { type HostPath, type RootPath, rootPath } from '../../src/model/path.js';
import { openRoots } from '../../src/root/open-roots.js';
import type { RootView } from '../../src/root/root-view.js';
import { listEntries } from '../../src/scan/entries.js';
import { readQuadlet } from '../../src/scan/quadlet/entry.js';
import { quadletKinds } from '../../src/scan/quadlet/kinds.js';
import { searchUnits } from '../../src/scan/unit/search.js';
import { symlink, type TreeSpec } from '../../test/support/tree.js';
import { generatedOutcome, referredImage } from './generated-outcome.js';
import { deliberateRefusals } from './quadlet-differences.js';
import { followed, type QuadletVersion } from './quadlet-generator.js';
import {
  asksAtBoot,
  type Outcome,
  podmanCommand,
  replaced,
  type Wanted,
  withOthers,
} from './quadlet-outcome.js';
import { type GeneratedService, readServices } from './quadlet-services.js';

export type UnitComparison = {
  readonly unit: string;
  readonly ours: Outcome;
  readonly theirs: Outcome;
  readonly rules: readonly RuleId[];
  /** We refuse it for a reason that the generator does not have. */
  readonly deliberate: boolean;
};

const bound = 'usr/lib/bound-images.d';

/** `spec`, and a bound-images entry for each unit of it, numbered because two directories may have one name. */
export function withEntries(spec: TreeSpec): TreeSpec {
  const units = Object.keys(spec).filter((path) =>
    /\.(?:image|container|volume|kube|pod|artifact)$/.test(path),
  );
  const entries = units.map((path, index) => {
    const name = `${String(index).padStart(3, '0')}${path.slice(path.lastIndexOf('.'))}`;
    return [`${bound}/${name}`, symlink(`/${path}`)] as const;
  });
  return { ...spec, ...Object.fromEntries(entries) };
}

/** Compares, for each unit that has an entry, what we read with what the generator of that podman wrote. */
export function compareTree(
  tree: HostPath,
  stdout: Buffer,
  version: QuadletVersion,
): readonly UnitComparison[] {
  const opened = openRoots({ root: tree, currentRoot: tree });
  if (!opened.ok) throw new Error(`cannot open ${tree}`);
  const root = opened.newRoot;
  const services = readServices(stdout);
  const search = searchUnits(root, quadletKinds, followed(version));
  const comparisons = new Map<string, UnitComparison>();
  for (const entry of listEntries(root, [rootPath(`/${bound}`)]).entries) {
    const [directory, unit] = linked(root, entry.path);
    // No service is made of a file elsewhere.
    if (!search.directories.has(directory)) continue;
    const read = readQuadlet(root, entry, () => search);
    const rules = [...new Set(errors(read.diagnostics).map(({ rule }) => rule))];
    const service = services.get(unit);
    const theirs = generatedOutcome(service, services);
    const loaded = search.units.get(unit)?.path;
    const ours = loaded === undefined ? 'refused' : ourOutcome(unit, read, service);
    // The warning may be there without need: the other unit may be refused.
    const noticed = service?.replaced === true && hasRule(read.diagnostics, 'service-replaced');
    comparisons.set(`${unit} by ${entry.name}`, {
      unit,
      ours: ours === 'refused' ? ours : `${loaded}: ${ours}${noticed ? replaced : ''}`,
      theirs:
        theirs === 'refused' ? theirs : `${service?.source}: ${theirs}${service?.replaced ? replaced : ''}`,
      rules,
      deliberate: rules.some((rule) => Object.hasOwn(deliberateRefusals, rule)),
    });
  }
  return [...comparisons.values()];
}

/** Those comparisons in which the two differ without a reason. */
export function differences(comparisons: readonly UnitComparison[]): readonly UnitComparison[] {
  return comparisons.filter(({ ours, theirs, deliberate }) => !deliberate && ours !== theirs);
}

function errors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}

function hasRule(diagnostics: readonly Diagnostic[], rule: RuleId): boolean {
  return diagnostics.some((diagnostic) => diagnostic.rule === rule);
}

/** The directory and the name of the unit that an entry is a link to. */
function linked(root: RootView, entry: RootPath): readonly [directory: RootPath, name: string] {
  const link = root.entry(entry);
  if (link.kind !== 'symlink') throw new Error(`${entry} is no link`);
  const { path } = root.entry(rootPath(link.target));
  return [
    rootPath(path.slice(0, path.lastIndexOf('/'))),
    link.target.slice(link.target.lastIndexOf('/') + 1),
  ];
}

function ourOutcome(
  unit: string,
  { bindings, diagnostics }: Bindings,
  service: GeneratedService | undefined,
): Outcome {
  if (hasErrors(diagnostics)) return 'refused';
  const [first, ...others] = bindings.map(wantedBy);
  switch (unit.slice(unit.lastIndexOf('.'))) {
    case '.volume':
      return withOthers('podman volume create', bindings.map(wantedBy));
    case '.pod':
      return withOthers('podman pod create', bindings.map(wantedBy));
    case '.kube': {
      // A masked unit: without Yaml= it is refused.
      if (first === undefined) return 'refused';
      const files = new Set(bindings.map(({ source }) => source.file));
      return podmanCommand('kube play', { ...first, image: [...files].sort().join(' ') });
    }
  }
  if (hasRule(diagnostics, 'rootfs-binds-nothing')) {
    return withOthers('podman run --rootfs', bindings.map(wantedBy));
  }
  if (first === undefined) return 'refused';
  if (unit.endsWith('.artifact')) return podmanCommand('artifact pull', first);
  // A container that refers to an image unit has what that one pulls.
  const pulls = unit.endsWith('.image') || (service !== undefined && referredImage(service) !== undefined);
  const asks = hasRule(diagnostics, 'pulled-at-boot') ? asksAtBoot : '';
  return `${withOthers(podmanCommand(pulls ? 'image pull' : 'run', first), others)}${asks}`;
}

function wantedBy({ reference, arguments: args, globalArguments }: Binding): Wanted {
  return { global: globalArguments, args, image: reference.text };
}
