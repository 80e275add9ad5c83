import { resolve } from 'node:path';
import { Option } from 'commander';
import {
  extractDefaults,
  planningDefaults,
  prefetchDefaults,
  pullingDefaults,
  rootDefaults,
  storeDefaults,
} from '../operations/defaults.js';
import {
  inGroup,
  option,
  outputOptions,
  parseCount,
  parseDurationMs,
  parsePath,
  parseRate,
  parseSentence,
  parseSize,
  parseWords,
} from './options.js';
import { parsePlatform, parsePlatforms } from './platforms.js';
import { progressKinds } from './report/progress-kinds.js';

/** Of `stage` and `gate`. */
export function targetOptions(): readonly Option[] {
  return inGroup(
    'What is read',
    option('--root <dir>', 'the root to complete, instead of the staged deployment'),
  );
}

/** Of `check` alone. */
export function checkOptions(): readonly Option[] {
  return [
    ...inGroup(
      'What is read',
      option(
        '--image <image>',
        'check an image instead: one of the local storage, or oci-archive:PATH and the like',
      )
        .argParser(parsePath)
        .conflicts('root')
        .implies({ currentRoot: null }),
    ),
    ...inGroup(
      'What counts',
      option('--strict', 'let warnings fail the check, too').default(false),
      option('--rule <id=level>', 'set the level of a rule: off, warning or error; repeatable').argParser(
        parseWords,
      ),
      option('--config <file>', 'settings for this check, instead of .bound-images.toml').argParser(
        parsePath,
      ),
      option(
        '--lock',
        'print what it binds in one line, for the label io.bound-images.lock, which prefetch reads',
      )
        .default(false)
        .conflicts('fix'),
      option('--unbound', 'also list the images that units will want at boot and nothing binds').default(
        false,
      ),
    ),
    ...inGroup(
      'Changes',
      option('--fix', 'pin tags to the digests that the registries have now, and write names in full')
        .default(false)
        .conflicts('image'),
      option('--update', 'with --fix, also move digests to what their tags mean now').default(false),
      option('--dry-run', 'with --fix, print the changes as a diff, and change nothing').default(false),
    ),
    ...inGroup(
      'Registries',
      option('--online', 'also ask the registries for each image, as the next boot would').default(false),
      option(
        '--platform <platforms>',
        'with --online, the platforms of the hosts, such as linux/arm64,linux/amd64',
      ).argParser(parsePlatforms),
    ),
    ...timeoutOptions(),
  ];
}

export function timeoutOptions(): readonly Option[] {
  return inGroup(
    'Limits',
    option('--timeout <time>', 'a limit for the whole run, such as 90s, 15m or 1h').argParser(
      parseDurationMs,
    ),
  );
}

/** Of the commands that look at a store. */
export function storeOptions(): readonly Option[] {
  // Absolute, because podman compares these paths as text with those that the store was made with.
  const parseStore = (path: string) => resolve(parsePath(path));
  return inGroup(
    'Store and state',
    option('--storage-root <dir>', 'the store’s root, instead of podman’s own').argParser(parseStore),
    option('--storage-runroot <dir>', 'the store’s runroot, instead of podman’s own').argParser(parseStore),
    option('--podman <program>', 'the podman to use').default(storeDefaults.podman),
  );
}

/** Of the commands that look for bound images. */
export function storesOptions(): readonly Option[] {
  return [
    ...inGroup(
      'Store and state',
      option(
        '--store <store>',
        'where what bootc pulls, too, belongs: in podman’s store, or in bootc’s own, and all else in podman’s',
      )
        .choices(['podman', 'bootc'])
        .default(storeDefaults.store),
    ),
    ...storeOptions(),
  ];
}

/** Of the commands that know receipts. */
export function stateDirOptions(): readonly Option[] {
  return inGroup(
    'Store and state',
    option('--state-dir <dir>', 'for receipts, instead of /var/lib/bound-images').argParser(parsePath),
  );
}

/** Of the commands that change a store. */
export function stateOptions(): readonly Option[] {
  return [
    ...inGroup(
      'Limits',
      option('--wait <time>', 'how long to wait for another bound-images on the same store').argParser(
        parseDurationMs,
      ),
    ),
    ...stateDirOptions(),
  ];
}

/** Of `stage` alone. Not to be had from the environment: it is said of one deployment, by somebody who knows of it. */
export function acceptOptions(): readonly Option[] {
  return inGroup(
    'What counts',
    new Option(
      '--accept-missing <reference>',
      'in an emergency: let this deployment boot without that image; repeatable, needs --reason',
    ).argParser(parseWords),
    new Option(
      '--reason <text>',
      'why an image may be missing; receipt, status and journal show it',
    ).argParser(parseSentence),
  );
}

/** Of the commands that hold the lock of a store. */
export function keepPartsOptions(): readonly Option[] {
  return inGroup(
    'Store and state',
    option(
      '--keep-parts <days>',
      'how many days to keep half-fetched layers, so that the next run continues them; 0 keeps none',
    )
      .argParser(parseCount(0))
      .default(pullingDefaults.keepParts),
  );
}

/** Of `prefetch` alone. */
export function prefetchOptions(): readonly Option[] {
  return [
    ...inGroup(
      'What is read',
      option(
        '--os-image <reference>',
        'the image of the OS, as the updater names it, such as quay.io/example/os:2 or localhost/os:2',
      )
        .argParser(parsePath)
        .makeOptionMandatory(),
    ),
    ...inGroup(
      'Store and state',
      option('--keep-for <days>', 'how many days prune keeps what no deployment binds yet')
        .argParser(parseCount(0))
        .default(prefetchDefaults.keepFor),
    ),
  ];
}

/** Of the commands that look into one image. */
export function imageOptions(): readonly Option[] {
  return [
    ...inGroup(
      'What is read',
      option(
        '--platform <platform>',
        'of an index, such as linux/arm64; that of this host by default',
      ).argParser((text) => parsePlatform(text)),
      option(
        '--current-root <dir>',
        'the running system, whose auth files and registries.conf count',
      ).default(rootDefaults.currentRoot),
    ),
    ...timeoutOptions(),
    ...storeOptions(),
    ...outputOptions(),
  ];
}

/** Of `extract` alone. What is said of one file is not to be had from the environment. */
export function extractOptions(): readonly Option[] {
  return [
    ...inGroup(
      'What is read',
      new Option('--path <path>', 'a file or directory of the image, such as /usr/lib/firmware').argParser(
        parsePath,
      ),
      new Option('--title <title>', 'a layer of an artifact, by its title').argParser(parsePath),
      new Option('--media-type <type>', 'a layer of an artifact, by its media type').argParser(parsePath),
    ),
    ...inGroup(
      'Limits',
      option('--max-size <size>', 'more is not extracted, such as 500M or 10G')
        .argParser(parseSize)
        .default(extractDefaults.maxBytes, '4G'),
    ),
    ...fetchOptions(),
    ...inGroup(
      'Output',
      new Option(
        '-o, --output <file>',
        'where it goes: a file, a directory that is not there yet, or - for stdout',
      )
        .argParser(parsePath)
        .makeOptionMandatory(),
    ),
    ...imageOptions(),
  ];
}

export function verifyOptions(): readonly Option[] {
  return inGroup(
    'What counts',
    option(
      '--verify <depth>',
      'how to prove that an image is in the store: by its structure, or deep, by reading all its content',
    )
      .choices(['structure', 'deep'])
      .default(planningDefaults.verify),
  );
}

/** Of the commands that look at the room on the disk. */
export function minFreeOptions(): readonly Option[] {
  return inGroup(
    'Limits',
    option(
      '--min-free <size>',
      'what must stay free on the disk, such as 500M or 2G; 0 turns the forecast off',
    )
      .argParser(parseSize)
      .default(planningDefaults.minFree, '256M'),
  );
}

/** Of the commands that look at a store and at registries. */
export function planningOptions(): readonly Option[] {
  return [
    ...inGroup(
      'What counts',
      option(
        '--pull-policy <policy>',
        'when to pull a tag that is in the store: if the registry has a newer image, never (missing), or always',
      )
        .choices(['newer', 'missing', 'always'])
        .default(planningDefaults.pullPolicy),
    ),
    ...verifyOptions(),
    ...inGroup(
      'Pulling',
      option('--concurrency <count>', 'how many podmans pull at the same time, at most')
        .argParser(parseCount(1))
        .default(planningDefaults.concurrency),
    ),
    ...timeoutOptions(),
    ...minFreeOptions(),
    ...storesOptions(),
  ];
}

/** Of the commands that fetch layers. */
function fetchOptions(): readonly Option[] {
  return inGroup(
    'Pulling',
    option(
      '--retries <count>',
      'how often to try again what may succeed later; five times as often after errors of the registry',
    )
      .argParser(parseCount(0))
      .default(pullingDefaults.retries),
    option(
      '--stall-timeout <time>',
      'how long a download may stand still before it is stopped and asked for again',
    )
      .argParser(parseDurationMs)
      .default(pullingDefaults.stallTimeout, '60s'),
    option('--limit-rate <rate>', 'bytes per second for all that is fetched, such as 500K or 2M').argParser(
      parseRate,
    ),
  );
}

export function pullOptions(): readonly Option[] {
  return [
    ...fetchOptions(),
    ...inGroup(
      'Pulling',
      option('--nice', 'run with low priority for processor and disk').default(pullingDefaults.nice),
      option(
        '--layer-concurrency <count>',
        'how many layers of an image podman downloads at the same time',
      ).argParser(parseCount(1)),
      option(
        '--direct',
        'let podman download by itself: layers are not shared between pulls and not continued, and --limit-rate has no effect',
      ).default(pullingDefaults.direct),
    ),
    ...keepPartsOptions(),
    ...inGroup(
      'Output',
      option('--progress <kind>', 'progress on stderr: bars, lines, JSON lines, or none')
        .choices(progressKinds)
        .default('auto'),
      option('--progress-fd <number>', 'write progress as JSON lines, to this file descriptor')
        .argParser(parseCount(1))
        .implies({ progress: 'json' }),
    ),
  ];
}
