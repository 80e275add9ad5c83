import { execOk } from '../../support/exec.js';

/** An option as a help page of podman lists it. */
export interface HelpOption {
  /** With its dashes. */
  readonly long: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
}

/** Reads the options that `podman COMMAND… --help` lists, so that an option of a newer podman is found by itself. */
export async function optionsOf(
  podman: string,
  ...command: readonly string[]
): Promise<readonly HelpOption[]> {
  const text = await execOk(podman, [...command, '--help']);
  const line = /^ {2,}(?:(-\w), )?(--[a-z][\w-]*)(?: (\S+))? {2,}/gm;
  const options = [...text.slice(text.indexOf('\nOptions:')).matchAll(line)].map(([, short, long, value]) => {
    return { long: long ?? '', short, takesValue: value !== undefined };
  });
  if (options.length < 5)
    throw new Error(`No options are found in the help page of podman ${command.join(' ')}`);
  return options;
}
