import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import type { RootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { memoized } from '../../text/memoized.js';
import type { FollowedPodman } from './followed-podman.js';
import type { UnitPart } from './read.js';
import { type ServiceVariables, serviceVariables } from './service-variables.js';
import { mergeSection, type SectionLines, type SourcedAssignment, sectionLines } from './values.js';

/** A kind of quadlet: what is asked of a unit because of its extension. Their table is `quadlet/kinds.ts`. */
export interface QuadletKind {
  /** With its dot. */
  readonly extension: string;
  /** The section of its own that quadlet reads. */
  readonly section: string;
  /** What its service is called behind the name of the unit. */
  readonly suffix: string;
  /** Quadlet turns units into services in this order; within one number, in none that could be relied on. */
  readonly order: number;
  /** The keys that quadlet accepts in the section; it refuses a unit with any other. */
  readonly keys: ReadonlySet<string>;
  /** Those that podman 6 accepts as well. */
  readonly keysOf6?: ReadonlySet<string>;
  /**
   * When its service needs what it names at boot. `where started`: nobody needs a service that only makes something for
   * others. `not itself`: the containers of a pod are units of their own, and others need no image.
   */
  readonly needsImage: 'always' | 'where started' | 'not itself';
  /** bootc, too, reads what an entry of its directory with this extension leads to. */
  readonly isBootcs: boolean;
  /** Why quadlet makes no service of a unit, apart from the images that it names. */
  readonly refusals: (
    unit: LoadedUnit,
    entry: string | null,
    search: () => UnitSearch,
  ) => readonly Diagnostic[];
  /**
   * What a unit binds when an entry leads to it, and all that is wrong with it, refusals included; `null` for a kind
   * that names no image which could be pulled, and so may be no entry.
   */
  readonly read:
    | ((unit: LoadedUnit, entry: string | null, search: () => UnitSearch, root: RootView) => Bindings)
    | null;
}

/** By extension. */
export type QuadletKinds = ReadonlyMap<string, QuadletKind>;

/** The kinds that keys of other units name. */
export type NamedKind = 'artifact' | 'build' | 'container' | 'image' | 'network' | 'pod' | 'volume';

/** True where quadlet takes `text` for the file name of a unit of one of the `kinds`. */
export function isNameOf(text: string, ...kinds: readonly NamedKind[]): boolean {
  return kinds.some((kind) => text.endsWith(`.${kind}`));
}

/** From its last dot; a name without one has none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

/** A unit as it would load at boot. */
export interface LoadedUnit {
  /** Its file name, by which everything refers to it. */
  readonly name: string;
  readonly kind: QuadletKind;
  /** Where it was found: the searched directory, resolved, and the name in it. */
  readonly path: RootPath;
  /** The unit's own file, then its drop-ins in the order in which they are merged. */
  readonly parts: readonly UnitPart[];
  /** The assignments of one of its sections, drop-ins included; none where it has no such section. */
  readonly section: (name: string) => SectionLines<SourcedAssignment<RootPath>>;
  /** What its service knows of the environment that it starts in. */
  readonly variables: () => ServiceVariables;
  /** What was noticed while reading these files; warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A unit file that quadlet does not load, and why. */
export interface RefusedUnit {
  readonly path: RootPath;
  readonly diagnostics: readonly Diagnostic[];
}

/** The units of a root, as quadlet finds them. */
export interface UnitSearch {
  /** Whose generator it is that finds them. */
  readonly podman: FollowedPodman;
  readonly kinds: QuadletKinds;
  /** The directories that quadlet searches, resolved. */
  readonly directories: ReadonlySet<RootPath>;
  /** Those that could not be read, so that nothing here is certain. */
  readonly unreadable: readonly Diagnostic[];
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** By path; a directory with one bad file loses all of its units. */
  readonly refused: ReadonlyMap<RootPath, RefusedUnit>;
  /** The units whose services have this name. A masked unit is not one of them: it has no section. */
  readonly makersOf: (service: string) => readonly LoadedUnit[];
  /**
   * What quadlet would find if no directory lost its units because of a bad file, for what is wrong beside that.
   * The file itself is a unit of no parts there, as others may name it.
   */
  readonly repaired: () => UnitSearch;
}

/** A unit whose sections are merged once, when they are asked for; likewise its variables are read. */
export function loadedUnit(found: Omit<LoadedUnit, 'section' | 'variables'>, root: RootView): LoadedUnit {
  const section = memoized((name: string) => mergeSection(found.parts, name) ?? sectionLines([]));
  let variables: ServiceVariables | undefined;
  return {
    ...found,
    section,
    variables: () => {
      variables ??= serviceVariables(section('Service'), root);
      return variables;
    },
  };
}

/** Whether it stands for a file that quadlet cannot read; see `repaired`. */
export function isUnreadable({ parts }: LoadedUnit): boolean {
  return parts.length === 0;
}
