import { type Diagnostic, hasErrors } from '../../src/diagnostic/diagnostic.js';
import type { RuleId } from '../../src/diagnostic/rules.js';
import { openRoots } from '../../src/root/open-roots.js';
import { type HostPath, type RootPath, rootPath } from '../../src/root/path.js';
import type { RootView } from '../../src/root/root-view.js';
import { type ImageRequest, maskedSecret } from '../../src/scan/bound-image.js';
import { listEntries } from '../../src/scan/entries.js';
import { readQuadlet } from '../../src/scan/quadlet.js';
import { searchUnits } from '../../src/scan/unit-search.js';
import { single } from '../../src/scan/unit-values.js';
import { symlink, type TreeSpec } from '../../test/support/tree.js';
import { deliberateRefusals } from './quadlet-differences.js';
import { type GeneratedService, readServices } from './quadlet-services.js';

/**
 * What a unit does at boot, as far as images go: `podman [global] image pull [arguments] IMAGE`, the arguments
 * sorted, `podman [global] run IMAGE`, `podman run --rootfs` or `refused`.
 */
export type Outcome = string;

export type UnitComparison = {
  readonly unit: string;
  readonly ours: Outcome;
  readonly theirs: Outcome;
  readonly rules: readonly RuleId[];
  /** We refuse it for a reason that the generator does not have. */
  readonly deliberate: boolean;
};

/** Behind the outcome of a unit whose service another unit's service takes the place of. */
export const replaced = ', replaced';

const bound = 'usr/lib/bound-images.d';

/** `spec`, and a bound-images entry for each unit of it, numbered because two directories may have one name. */
export function withEntries(spec: TreeSpec): TreeSpec {
  const units = Object.keys(spec).filter((path) => /\.(?:image|container|volume|kube|pod)$/.test(path));
  const entries = units.map((path, index) => {
    const name = `${String(index).padStart(3, '0')}${path.slice(path.lastIndexOf('.'))}`;
    return [`${bound}/${name}`, symlink(`/${path}`)] as const;
  });
  return { ...spec, ...Object.fromEntries(entries) };
}

/** Compares, for each unit that has an entry, what we read with what the generator wrote. */
export function compareTree(tree: HostPath, stdout: Buffer): readonly UnitComparison[] {
  const opened = openRoots({ root: tree, currentRoot: tree });
  if (!opened.ok) throw new Error(`cannot open ${tree}`);
  const root = opened.newRoot;
  const services = readServices(stdout);
  const search = searchUnits(root);
  const comparisons = new Map<string, UnitComparison>();
  for (const entry of listEntries(root, [rootPath(`/${bound}`)]).entries) {
    const [directory, unit] = linked(root, entry.path);
    // No service is made of a file elsewhere.
    if (!search.directories.has(directory)) continue;
    const { requests, diagnostics } = readQuadlet(root, entry, () => search);
    const rules = [...new Set(errors(diagnostics).map(({ rule }) => rule))];
    const service = services.get(unit);
    const theirs = describeService(service, services);
    const loaded = search.units.get(unit)?.path;
    const ours = loaded === undefined ? 'refused' : describeOurs(unit, requests, diagnostics, service);
    // The warning may be there without need: the other unit may be refused.
    const noticed = service?.replaced === true && hasRule(diagnostics, 'service-replaced');
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

function describeOurs(
  unit: string,
  requests: readonly ImageRequest[],
  diagnostics: readonly Diagnostic[],
  service: GeneratedService | undefined,
): Outcome {
  if (hasErrors(diagnostics)) return 'refused';
  const [request] = requests;
  if (unit.endsWith('.volume')) return volumeOf(request?.reference.text);
  if (unit.endsWith('.pod')) return 'podman';
  // A masked unit: without Yaml= it is refused.
  if (unit.endsWith('.kube')) return requests.length + diagnostics.length === 0 ? 'refused' : 'podman';
  if (hasRule(diagnostics, 'rootfs-binds-nothing')) return 'podman run --rootfs';
  return request === undefined ? 'refused' : describeRequest(request, isPull(unit, service));
}

function volumeOf(image: string | undefined): Outcome {
  return image === undefined ? 'podman volume create' : `podman volume create ${image}`;
}

/** An image unit pulls, and a container that refers to one has what that one pulls. */
function isPull(unit: string, service: GeneratedService | undefined): boolean {
  return unit.endsWith('.image') || (service !== undefined && referredImage(service) !== undefined);
}

function referredImage(service: GeneratedService): string | undefined {
  const image = single(service.section('X-Container'), 'Image')?.value;
  return image?.endsWith('.image') === true ? image : undefined;
}

function describeService(
  service: GeneratedService | undefined,
  services: ReadonlyMap<string, GeneratedService>,
): Outcome {
  if (service === undefined) return 'refused';
  const { words } = service;
  const run = words.indexOf('run');
  if (/\.(?:kube|pod)$/.test(service.source)) return 'podman';
  if (service.source.endsWith('.volume')) {
    return volumeOf(words.find((word) => word.startsWith('image='))?.slice('image='.length));
  }
  if (!service.source.endsWith('.container')) {
    const pull = words.findIndex((word, at) => word === 'image' && words[at + 1] === 'pull');
    return pullCommand(words.slice(0, pull), words.slice(pull + 2, -1), words.at(-1) ?? '');
  }
  const referred = referredImage(service);
  if (referred !== undefined) return describeService(services.get(referred), services);
  const end = words.indexOf('EXEC') < 0 ? words.length : words.indexOf('EXEC');
  if (words[end - 2] === '--rootfs') return 'podman run --rootfs';
  return ['podman', ...words.slice(0, run), 'run', words[end - 1]].join(' ');
}

function describeRequest(
  { reference, arguments: args, globalArguments }: ImageRequest,
  pulls: boolean,
): Outcome {
  if (pulls) return pullCommand(globalArguments, args, reference.text);
  return ['podman', ...globalArguments, 'run', reference.text].join(' ');
}

/** Neither the string options nor the switches have an order: the generator walks hash maps. */
export function pullCommand(global: readonly string[], args: readonly string[], image: string): Outcome {
  const groups: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [word = '', value] = [args[at], args[at + 1]];
    const takesValue =
      /^--(?:arch|authfile|cert-dir|creds|decryption-key|os|policy|retry|retry-delay|variant)$/;
    if (takesValue.test(word) && value !== undefined) {
      groups.push(`${word} ${shown(word, value)}`);
      at += 1;
    } else
      groups.push(
        word.replace(
          /^(--(creds|decryption-key))=(.*)$/s,
          (_, flag, name, text) => `${flag}=${shown(`--${name}`, text)}`,
        ),
      );
  }
  return ['podman', ...global, 'image', 'pull', ...groups.sort(), image].join(' ');
}

/** Our arguments hide secrets, so the generator's have to. */
function shown(flag: string, value: string): string {
  if (flag === '--creds') return maskedSecret;
  return flag === '--decryption-key' ? value.replace(/:.*$/s, `:${maskedSecret}`) : value;
}
