import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { globalOptions } from '../scan/words/global-options.js';
import type { Subject } from './subject.js';

/** What units say to podman itself that counts at boot, and that a pull before it might have needed. */
export function checkPullSettings({ images }: Pick<Subject, 'images'>): readonly Diagnostic[] {
  return images.flatMap(({ image, modules }) => [
    ...image.globalOptions.flatMap(({ name, place }) => {
      const loses = globalOptions[name]?.loses;
      return loses === undefined
        ? []
        : [diagnose('global-option-left-out', place, { option: `--${name}`, loses })];
    }),
    ...modules.flatMap(({ place, path, leftOut: settings }) => {
      if (settings.length === 0) return [];
      const mayBeProxy = settings.some((setting) => setting.toLowerCase() === 'engine.env');
      return [diagnose('module-settings-left-out', place, { path, settings, mayBeProxy })];
    }),
  ]);
}
