import { checkSubject } from '../../check/check.js';
import { withCodeFrames } from '../../check/code-frames.js';
import { checkExpectations } from '../../check/expectations.js';
import { judge } from '../../check/judge.js';
import { nothingBound } from '../../check/nothing-bound.js';
import { unboundImages } from '../../check/services/unbound-images.js';
import { type Diagnostic, hasErrors, withoutRepeats } from '../../diagnostic/diagnostic.js';
import type { OnlineOptions } from '../../operations/check-online.js';
import type { FixOptions } from '../../operations/fix.js';
import type { StoreOptions } from '../../operations/planning.js';
import { readRoot } from '../../operations/read-root.js';
import { writeCheck } from '../check-output.js';
import { readSettings, type SettingsOptions } from '../check-settings.js';
import { exitStatus } from '../exit-status.js';
import type { checkFormats, RootOptions } from '../options.js';

export interface CheckOptions
  extends RootOptions<(typeof checkFormats)[number]>,
    SettingsOptions,
    StoreOptions,
    OnlineOptions,
    FixOptions {
  /** Instead of the root. */
  readonly image?: string;
  readonly unbound: boolean;
}

/** `bound-images check`: everything that is wrong with what a root binds. Asks registries with `--online` and `--fix` only. */
export async function check(options: CheckOptions): Promise<number> {
  const { image } = options;
  if (image === undefined) return await checkRoot(options);
  const { withImageRoot } = await import('../../operations/image-root.js');
  return await withImageRoot({ ...options, image }, (root) => checkRoot({ ...options, root }));
}

async function checkRoot(options: CheckOptions): Promise<number> {
  const settings = readSettings(options);
  const fixed = options.fix
    ? await (await import('../../operations/fix.js')).fixRoot(options, readRoot(options), settings)
    : null;
  if (fixed !== null && 'stopped' in fixed) return fixed.stopped;
  const { root, roots, images, entries, units, diagnostics: found } = fixed?.read ?? readRoot(options);
  const subject = { roots, images, entries, units };
  const bound = images.map(({ image }) => image);
  const online = options.online
    ? await (await import('../../operations/check-online.js')).askOnline({ roots, images }, options)
    : null;
  if (online !== null && 'stopped' in online) return online.stopped;
  const diagnostics = withCodeFrames(
    judge(
      [
        // A unit that runs what is bound may have been read with an entry that leads to it.
        ...withoutRepeats([...found, ...checkSubject(subject)]),
        // Those that are named have to be there.
        ...(options.dir === undefined ? nothingBound(roots.newRoot) : []),
        ...(await checkExpectations(bound)),
        ...(fixed?.diagnostics ?? []),
        // Fixing asks some of the same questions.
        ...withoutRepeats([...(online?.diagnostics ?? []), ...(fixed?.unanswered ?? [])]),
        ...(options.unbound ? unboundImages(subject, options.dir) : []),
      ],
      settings,
      subject,
    ),
    roots.newRoot,
  );
  const failed =
    hasErrors(diagnostics) ||
    (settings.strict && diagnostics.some((each) => each.severity === 'warning' && !isUnanswered(each)));
  const isPartial = diagnostics.some(isUnanswered);
  if (failed || isPartial || !options.quiet || options.format !== 'human') {
    const { image } = options;
    const checked = image === undefined ? { root, image: null } : { root: null, image };
    await writeCheck(
      { checked, newRoot: roots.newRoot, imageCount: images.length, diagnostics, online, fixed },
      options,
    );
  }
  if (failed) return exitStatus.configuration;
  return isPartial ? exitStatus.transient : exitStatus.ok;
}

/** Nothing is known to be wrong, but what was asked for is not known either. */
function isUnanswered({ rule, severity }: Diagnostic): boolean {
  return rule === 'registry-unavailable' && severity === 'warning';
}
