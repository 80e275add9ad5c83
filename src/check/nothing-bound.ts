import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import type { RootView } from '../root/root-view.js';
import { defaultDirectories, overrideDirectory } from '../scan/entries.js';

/** A root without any of the directories is most often none. One that is there and empty was put there. */
export function nothingBound(root: RootView): readonly Diagnostic[] {
  const searched = [...defaultDirectories, overrideDirectory];
  if (searched.some((directory) => root.entry(directory).kind !== 'missing')) return [];
  return [diagnose('nothing-bound', nowhere, { directories: searched })];
}
