/** What the installed podman can do. */
export interface PodmanFeatures {
  readonly version: string;
  /** Options of `podman image pull`, with their dashes. */
  readonly pullFlags: ReadonlySet<string>;
}

/** The oldest podman that is supported. */
export const oldestPodman = '4.3.0';

/** The long options in the text that `--help` prints. */
export function parseFlags(help: string): ReadonlySet<string> {
  return new Set(help.match(/(?<=\s)--[a-z][a-z-]*/g) ?? []);
}
