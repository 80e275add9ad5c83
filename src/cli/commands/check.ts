import { check as checkOperation } from '../../operations/check.js';
import type { OnlineInput, StoreInput } from '../../operations/inputs.js';
import type { ImageRoot } from '../../ports/image-root.js';
import { registriesOf } from '../../ports/registries.js';
import { writeCheck } from '../check-output.js';
import { readSettings, type SettingsOptions } from '../check-settings.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { checkFormats, RootOptions } from '../options.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

export interface CheckOptions
  extends RootOptions<(typeof checkFormats)[number]>,
    SettingsOptions,
    StoreInput,
    OnlineInput {
  /** Instead of the root. */
  readonly image?: string;
  readonly unbound: boolean;
  readonly lock: boolean;
  readonly online: boolean;
  readonly fix: boolean;
  readonly update: boolean;
  readonly dryRun: boolean;
}

/** `bound-images check`: everything that is wrong with what a root binds. Asks registries with `--online` and `--fix` only. */
export async function check(options: CheckOptions): Promise<number> {
  const { image, online, fix } = options;
  if (image !== undefined) {
    const { withMountedImage } = await import('../mounted-image.js');
    return await withMountedImage({ ...options, image }, ({ root, labels }, ...stop) =>
      checkRoot({ ...options, root, labels }, ...stop),
    );
  }
  // A check that asks nobody is over at once, and a signal ends it like any process.
  if (!online && !fix) return await checkRoot(options, new AbortController().signal, () => undefined);
  return await untilStopped(options, sayStopping, (...stop) => checkRoot(options, ...stop));
}

async function checkRoot(
  options: CheckOptions & Partial<Pick<ImageRoot, 'labels'>>,
  signal: AbortSignal,
  interrupted: () => number | undefined,
): Promise<number> {
  const settings = readSettings(options);
  const observe = observerFor(options);
  const ports = { observe, ...registriesOf(options, observe) };
  const result = await checkOperation({ ...options, settings, signal }, ports);
  const stopped = interrupted();
  if (stopped !== undefined) return stopped;
  const { verdict } = result;
  if (verdict !== 'sound' || !options.quiet || options.format !== 'human' || options.lock)
    await writeCheck(result, options);
  if (verdict === 'invalid') return exitStatus.configuration;
  return verdict === 'unanswered' ? exitStatus.transient : exitStatus.ok;
}
