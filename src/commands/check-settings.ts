import type { Settings } from '../check/settings.js';

/** Options of `check` that say how findings are judged. */
export interface SettingsOptions {
  readonly strict: boolean;
}

/** What the file of settings says, and then the command line. @throws BoundImagesError `usage`. */
export function readSettings({ strict }: SettingsOptions): Settings {
  return { levels: new Map(), strict };
}
