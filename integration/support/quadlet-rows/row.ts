import type { RuleId } from '../../../src/diagnostic/rules.js';
import type { TreeSpec } from '../../../test/support/tree.js';
import { type Outcome, podmanCommand } from '../quadlet-outcome.js';

/** A tree that pins one rule of the generator. */
export type Row = {
  readonly name: string;
  readonly tree: TreeSpec;
  /** What the generator makes of each `.image` and `.container` of its search path, by file name. */
  readonly makes: Readonly<Record<string, Outcome>>;
  /** What that of podman 6 makes of them, where that is something else. */
  readonly makesIn6?: Readonly<Record<string, Outcome>>;
  /** Why we refuse what it accepts. */
  readonly weRefuse?: RuleId;
};

/** `spec` below /etc/containers/systemd. */
export function etc(spec: TreeSpec): TreeSpec {
  return below('etc/containers/systemd', spec);
}

/** `spec` below /usr/share/containers/systemd. */
export function usr(spec: TreeSpec): TreeSpec {
  return below('usr/share/containers/systemd', spec);
}

function below(directory: string, spec: TreeSpec): TreeSpec {
  return Object.fromEntries(Object.entries(spec).map(([path, node]) => [`${directory}/${path}`, node]));
}

/** The text of an `.image` unit for `quay.io/x/NAME:1`. */
export function image(name: string, ...lines: readonly string[]): string {
  return ['[Image]', `Image=quay.io/x/${name}:1`, ...lines, ''].join('\n');
}

/** The text of a `.container` unit for `quay.io/x/NAME:1`. */
export function container(name: string, ...lines: readonly string[]): string {
  return ['[Container]', `Image=quay.io/x/${name}:1`, ...lines, ''].join('\n');
}

/** A unit or a drop-in without an image of its own. */
export function section(name: string, ...lines: readonly string[]): string {
  return [`[${name}]`, ...lines, ''].join('\n');
}

/** The pull of `quay.io/x/NAME:1`. */
export function pull(name: string, args: readonly string[] = [], global: readonly string[] = []): Outcome {
  return podmanCommand('image pull', { global, args, image: `quay.io/x/${name}:1` });
}

/** The run of `quay.io/x/NAME:1`. */
export function run(name: string, global: readonly string[] = [], args: readonly string[] = []): Outcome {
  return podmanCommand('run', { global, args, image: `quay.io/x/${name}:1` });
}

export const rootfs: Outcome = 'podman run --rootfs';
export const refused: Outcome = 'refused';
