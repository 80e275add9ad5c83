import { checkSubject } from '../check/check.js';
import { withCodeFrames } from '../check/code-frames.js';
import { checkExpectations } from '../check/expectations.js';
import { judge } from '../check/judge.js';
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { withoutRepeats } from '../diagnostic/without-repeats.js';
import { BoundImagesError } from '../error.js';
import { checkJson, checkText } from '../report/check.js';
import { onlineJson, onlineText } from '../report/check-online.js';
import { fixesJson, fixesText } from '../report/fix.js';
import { githubText } from '../report/github.js';
import { unboundImages } from '../scan/unbound.js';
import type { OnlineOptions } from './check-online.js';
import { readSettings, type SettingsOptions } from './check-settings.js';
import { exitStatus } from './exit-status.js';
import { showFindings } from './findings.js';
import type { FixOptions } from './fix.js';
import type { checkFormats, RootOptions } from './options.js';
import { writeResult } from './output.js';
import type { StoreOptions } from './planning.js';
import { readRoot } from './read-root.js';

declare const BOUND_IMAGES_VERSION: string;

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
  if (options.platform !== undefined && !options.online) {
    throw new BoundImagesError('usage', '--platform is for --online: no registry is asked without it', {
      hint: 'add --online, or remove --platform',
    });
  }
  if (options.dryRun && !options.fix) {
    throw new BoundImagesError('usage', '--dry-run is for --fix: nothing is changed without it', {
      hint: 'add --fix, or remove --dry-run',
    });
  }
  if (image === undefined) return await checkRoot(options);
  const { withImageRoot } = await import('./image-root.js');
  return await withImageRoot({ ...options, image }, (root) => checkRoot({ ...options, root }));
}

async function checkRoot(options: CheckOptions): Promise<number> {
  const settings = readSettings(options);
  const fixed = options.fix
    ? await (await import('./fix.js')).fixRoot(options, readRoot(options), settings)
    : null;
  if (fixed !== null && 'stopped' in fixed) return fixed.stopped;
  const { root, roots, images, entries, units, diagnostics: found } = fixed?.read ?? readRoot(options);
  const subject = { roots, images, entries, units };
  const bound = images.map(({ image }) => image);
  const online = options.online
    ? await (await import('./check-online.js')).askOnline({ roots, images }, options)
    : null;
  if (online !== null && 'stopped' in online) return online.stopped;
  const diagnostics = withCodeFrames(
    judge(
      [
        ...found,
        ...checkSubject(subject),
        ...(await checkExpectations(bound)),
        ...(fixed?.diagnostics ?? []),
        // Fixing asks some of the same questions.
        ...withoutRepeats([...(online?.diagnostics ?? []), ...(fixed?.unanswered ?? [])]),
        ...(options.unbound ? unboundImages(roots.newRoot, bound) : []),
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
  const { image, format } = options;
  const checked = image === undefined ? { root, image: null } : { root: null, image };
  if (format === 'github') {
    writeResult(githubText(checked, diagnostics, process.cwd()));
  } else if (format === 'sarif') {
    const { sarifLog } = await import('../report/sarif.js');
    writeResult(sarifLog(checked, diagnostics, BOUND_IMAGES_VERSION));
  } else if (format === 'json') {
    writeResult({
      ...checkJson(checked, diagnostics),
      ...(online === null ? {} : onlineJson(online.images)),
      ...(fixed === null ? {} : fixesJson(fixed.fixes)),
    });
  } else if (fixed !== null && fixed.diff !== null) {
    process.stdout.write(fixed.diff);
    showFindings(diagnostics, { format, quiet: options.quiet });
  } else if (!options.quiet || failed || isPartial) {
    if (fixed !== null && !options.quiet) writeResult(fixesText(fixed.fixes, process.stdout));
    if (online !== null && !options.quiet) writeResult(onlineText(online.images, process.stdout));
    writeResult(checkText(images.length, diagnostics, process.stdout));
  }
  if (failed) return exitStatus.configuration;
  return isPartial ? exitStatus.transient : exitStatus.ok;
}

/** Nothing is known to be wrong, but what was asked for is not known either. */
function isUnanswered({ rule, severity }: Diagnostic): boolean {
  return rule === 'registry-unavailable' && severity === 'warning';
}
