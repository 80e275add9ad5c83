import { resolve } from 'node:path';
import { Command } from 'commander';
import { BoundImagesError } from '../model/error.js';
import { planningDefaults, pullingDefaults, storeDefaults } from '../operations/defaults.js';
import type { CheckOptions } from './commands/check.js';
import type { GateOptions } from './commands/gate.js';
import type { PlanOptions } from './commands/plan.js';
import type { PruneOptions } from './commands/prune.js';
import type { PullCommandOptions } from './commands/pull.js';
import type { StageOptions } from './commands/stage.js';
import type { StatusOptions } from './commands/status.js';
import {
  checkFormats,
  option,
  parseCount,
  parseDurationMs,
  parsePath,
  parseRate,
  parseSize,
  parseWords,
  type RootOptions,
  readingOptions,
  rootOptions,
} from './options.js';
import { writeNote } from './output.js';
import { parsePlatforms } from './platforms.js';
import { progressKinds } from './report/progress-kinds.js';

declare const BOUND_IMAGES_VERSION: string;

/**
 * The command line: its commands and options. `done` gets the exit status of the command that ran. A wrong
 * command line, like a request for help, throws commander's CommanderError.
 */
export function program(done: (status: number) => void): Command {
  const root = new Command('bound-images')
    .description(
      'Pulls every container image that an OS root binds, and proves that all are there, before that root is booted.',
    )
    .version(BOUND_IMAGES_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', epilogue)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    // An error repeats an argument. Commands inherit it when they are made.
    .configureOutput({ writeErr: writeNote })
    // Commands inherit this as well, and without it end the process with a status of their own.
    .exitOverride();

  add(root, 'list', 'What a root binds, and how each image would be pulled. Offline.').action(
    async (options: RootOptions) => done(await (await import('./commands/list.js')).list(options)),
  );

  const check = add(
    root,
    'check',
    'Everything that is wrong with what a root binds: exit status 3 if anything is. Offline without --online and --fix.',
    checkFormats,
  );
  for (const each of storeOptions()) check.addOption(each);
  check
    .addOption(
      option(
        '--image <image>',
        'check an image instead: one of the local storage, or oci-archive:PATH and the like',
      )
        .argParser(parsePath)
        .conflicts('root')
        .implies({ currentRoot: null }),
    )
    .addOption(option('--strict', 'let warnings fail the check, too').default(false))
    .addOption(
      option('--rule <id=level>', 'count findings of a rule as off, warning or error; repeatable').argParser(
        parseWords,
      ),
    )
    .addOption(
      option('--config <file>', 'settings for this check, instead of .bound-images.toml').argParser(
        parsePath,
      ),
    )
    .addOption(
      option('--unbound', 'also list the images that units will want at boot and nothing binds').default(
        false,
      ),
    )
    .addOption(
      option('--online', 'also ask the registries for each image, as the next boot would').default(false),
    )
    .addOption(
      option(
        '--platform <platforms>',
        'with --online, the platforms of the hosts, such as linux/arm64,linux/amd64',
      ).argParser(parsePlatforms),
    )
    .addOption(
      option('--fix', 'pin tags to the digests that the registries have now, and write names in full')
        .default(false)
        .conflicts('image'),
    )
    .addOption(
      option('--dry-run', 'with --fix, print the changes as a diff, and change nothing').default(false),
    )
    .addOption(timeoutOption())
    .hook('preAction', (command) => {
      refuseAlone(command, 'platform', 'online');
      refuseAlone(command, 'dryRun', 'fix');
    })
    .action(async (options: CheckOptions) =>
      done(await (await import('./commands/check.js')).check(options)),
    );

  const plan = add(
    root,
    'plan',
    'What a pull would do: what is missing, its layers and sizes, the order, and whether there is room.',
  );
  for (const each of planningOptions()) plan.addOption(each);
  plan.addOption(option('--offline', 'ask no registry: layers and sizes stay unknown').default(false));
  plan.action(async (options: PlanOptions) =>
    done(await (await import('./commands/pulling.js')).plan(options)),
  );

  const pull = add(
    root,
    'pull',
    'Pulls what a root binds and the store does not have, then proves that all is there.',
  );
  for (const each of planningOptions()) pull.addOption(each);
  for (const each of pullOptions()) pull.addOption(each);
  pull.addOption(
    option('--keep-going', 'pull the images without an error even if others have one').default(false),
  );
  for (const each of stateOptions()) pull.addOption(each);
  pull.action(async (options: PullCommandOptions) =>
    done(await (await import('./commands/pulling.js')).pull(options)),
  );

  const stage = root
    .command('stage')
    .description(
      'Holds the staged deployment until every image that it binds is there. Then releases it, if it was not held before; or runs the command that makes it bootable.',
    )
    .argument('[command...]', 'what to run when all is there, for example rpm-ostree finalize-deployment …')
    .passThroughOptions();
  const stageOptions = [
    targetOption(),
    ...readingOptions(),
    ...planningOptions(),
    ...pullOptions(),
    ...stateOptions(),
  ];
  for (const each of stageOptions) stage.addOption(each);
  stage.action(async (command: readonly string[], options: StageOptions) =>
    done(await (await import('./commands/pulling.js')).stage(options, command)),
  );

  const gate = root
    .command('gate')
    .description('Whether every image of the staged deployment is there. Asks no registry and pulls nothing.')
    .addOption(targetOption());
  for (const each of [...readingOptions(), ...storeOptions()]) gate.addOption(each);
  gate
    .addOption(verifyOption())
    .addOption(stateDirOption())
    .addOption(timeoutOption())
    .addOption(option('--hold', 'hold the deployment if an image is missing').default(false))
    .action(async (options: GateOptions) =>
      done(await (await import('./commands/looking.js')).gate(options)),
    );

  const status = root
    .command('status')
    .description(
      'The deployments of this host, with their images, who holds them, and how the last run went.',
    );
  for (const each of [...readingOptions(), ...storeOptions()]) status.addOption(each);
  status
    .addOption(stateDirOption())
    .action(async (options: StatusOptions) =>
      done(await (await import('./commands/looking.js')).status(options)),
    );

  const prune = root
    .command('prune')
    .description(
      'Removes images that bound-images pulled, no deployment binds and nothing uses, and parts of layers that nobody has asked for again.',
    );
  for (const each of [...readingOptions(), ...storeOptions(), ...stateOptions()]) prune.addOption(each);
  prune
    .addOption(timeoutOption())
    .addOption(keepPartsOption())
    .addOption(option('--dry-run', 'only say what would be removed').default(false))
    .action(async (options: PruneOptions) =>
      done(await (await import('./commands/looking.js')).prune(options)),
    );
  return root;
}

function add(root: Command, name: string, description: string, formats?: readonly string[]): Command {
  const command = root.command(name).description(description);
  for (const each of rootOptions(formats)) command.addOption(each);
  return command;
}

/** An option that means nothing without another one; in the environment it may be there for another command. */
function refuseAlone(command: Command, name: string, other: string): void {
  if (command.getOptionValueSource(name) !== 'cli' || command.getOptionValue(other)) return;
  const flag = command.options.find((each) => each.attributeName() === name)?.long;
  throw new BoundImagesError('usage', `${flag} is for --${other}, and means nothing without it`, {
    hint: `add --${other}, or remove ${flag}`,
  });
}

function targetOption() {
  return option('--root <dir>', 'the root to complete, instead of the staged deployment');
}

function stateDirOption() {
  return option('--state-dir <dir>', 'for receipts, instead of /var/lib/bound-images').argParser(parsePath);
}

function timeoutOption() {
  return option('--timeout <time>', 'a limit for the whole run, such as 90s, 15m or 1h').argParser(
    parseDurationMs,
  );
}

/** Of the commands that hold the lock of a store. */
function keepPartsOption() {
  return option(
    '--keep-parts <days>',
    'how many days what came of a layer is kept for the next run, which goes on from there; with 0, nothing is',
  )
    .argParser(parseCount(0))
    .default(pullingDefaults.keepParts);
}

function verifyOption() {
  return option(
    '--verify <depth>',
    'prove that images are in the store by their structure, or deep: read all their content, too',
  )
    .choices(['structure', 'deep'])
    .default(planningDefaults.verify);
}

/** Of the commands that change a store. */
function stateOptions() {
  return [
    stateDirOption(),
    option('--wait <time>', 'how long to wait for another bound-images on the same store').argParser(
      parseDurationMs,
    ),
  ];
}

/** Of the commands that look at a store. */
function storeOptions() {
  // Absolute, because podman compares these paths as text with those that the store was made with.
  return [
    option('--storage-root <dir>', 'the store’s root, instead of podman’s own').argParser((path) =>
      resolve(parsePath(path)),
    ),
    option('--storage-runroot <dir>', 'the store’s runroot, instead of podman’s own').argParser((path) =>
      resolve(parsePath(path)),
    ),
    option('--podman <program>', 'the podman to use').default(storeDefaults.podman),
  ];
}

/** Of the commands that look at a store and at registries. */
function planningOptions() {
  return [
    ...storeOptions(),
    option('--concurrency <count>', 'how many podmans pull at the same time, at most')
      .argParser(parseCount(1))
      .default(planningDefaults.concurrency),
    option(
      '--pull-policy <policy>',
      'for tags in the store: pull if the registry has a newer image, if missing, or always',
    )
      .choices(['newer', 'missing', 'always'])
      .default(planningDefaults.pullPolicy),
    option(
      '--min-free <size>',
      'what must stay free on the disk, such as 500M or 2G; with 0, nothing is estimated',
    )
      .argParser(parseSize)
      .default(planningDefaults.minFree, '256M'),
    verifyOption(),
    timeoutOption(),
  ];
}

function pullOptions() {
  return [
    option(
      '--retries <count>',
      'how often what has failed is tried again, if that may help; five times as often after errors of the registry',
    )
      .argParser(parseCount(0))
      .default(pullingDefaults.retries),
    option('--stall-timeout <time>', 'what stands still for so long is stopped and asked for again')
      .argParser(parseDurationMs)
      .default(pullingDefaults.stallTimeout, '60s'),
    option(
      '--layer-concurrency <count>',
      'how many layers of an image podman takes at the same time',
    ).argParser(parseCount(1)),
    option(
      '--limit-rate <rate>',
      'how much all pulls together may fetch, such as 500K or 2M: bytes per second, for metered or shared links',
    ).argParser(parseRate),
    option(
      '--direct',
      'let podman ask registries by itself: no layer is shared between pulls or continued, and no rate is kept',
    ).default(pullingDefaults.direct),
    keepPartsOption(),
    option('--nice', 'let other work on this machine go first, for processor and disk').default(
      pullingDefaults.nice,
    ),
    option('--progress <kind>', 'progress on stderr: bars, lines, JSON lines, or none')
      .choices(progressKinds)
      .default('auto'),
    option('--progress-fd <number>', 'write progress as JSON lines, to this file descriptor')
      .argParser(parseCount(1))
      .implies({ progress: 'json' }),
  ];
}

const epilogue = `
Entries are read from usr/lib/bootc/bound-images.d and usr/lib/bound-images.d of the root: TOML drop-ins, and
links to .image, .container, .volume, .kube, .pod and .artifact quadlets. Entries of the same name in
etc/bootc/bound-images.d replace them; a link to /dev/null there masks one.

Exit status:
  0    all is well
  1    an image is missing, and trying again will not help
  2    wrong usage
  3    the configuration is invalid
  4    a tool that is needed is absent or too old
  70   a mistake in bound-images itself
  75   an image is missing, or a registry did not answer, but trying again later may help
  130  interrupted (SIGINT); 143 (SIGTERM), 129 (SIGHUP)

Examples:
  bound-images list --root /mnt/new-root
  bound-images check --strict                  in a Containerfile, as the last RUN
  bound-images pull --root /sysroot/ostree/deploy/default/deploy/CHECKSUM.0
  bound-images stage -- rpm-ostree finalize-deployment --allow-missing-checksum
  bound-images status
`;
