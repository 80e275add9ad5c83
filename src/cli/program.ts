import { Command, type Option } from 'commander';
import { BoundImagesError } from '../model/error.js';
import {
  acceptOptions,
  checkOptions,
  extractOptions,
  imageOptions,
  keepPartsOptions,
  minFreeOptions,
  planningOptions,
  prefetchOptions,
  pullOptions,
  stateDirOptions,
  stateOptions,
  storeOptions,
  storesOptions,
  targetOptions,
  timeoutOptions,
  verifyOptions,
} from './command-options.js';
import type { CommandName } from './command-texts.js';
import type { CheckOptions } from './commands/check.js';
import type { DoctorOptions } from './commands/doctor.js';
import type { ExplainOptions } from './commands/explain.js';
import type { ExtractOptions } from './commands/extract.js';
import type { GateOptions } from './commands/gate.js';
import type { InitOptions } from './commands/init.js';
import type { InspectOptions } from './commands/inspect.js';
import type { LinkPayloadsOptions } from './commands/link-payloads.js';
import type { MountOptions } from './commands/mount.js';
import type { PlanOptions } from './commands/plan.js';
import type { PrefetchOptions } from './commands/prefetch.js';
import type { PruneOptions } from './commands/prune.js';
import type { PullCommandOptions } from './commands/pull.js';
import type { StageOptions } from './commands/stage.js';
import type { StatusOptions } from './commands/status.js';
import {
  checkFormats,
  formatOption,
  inGroup,
  option,
  outputOptions,
  type RootOptions,
  readingOptions,
  rootOptions,
} from './options.js';
import { writeNote } from './output.js';

declare const BOUND_IMAGES_VERSION: string;

/**
 * The command line: its commands and options, from which help (`withHelp`), man pages and completions are made. `done`
 * gets the exit status of the command that ran. A wrong command line, like a request for help, throws commander's
 * CommanderError.
 */
export function program(done: (status: number) => void): Command {
  const root = new Command('bound-images')
    .version(BOUND_IMAGES_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    // An error repeats an argument. Commands inherit it when they are made.
    .configureOutput({ writeErr: writeNote })
    // Commands inherit this as well, and without it end the process with a status of their own.
    .exitOverride();

  add(root, 'list', rootOptions()).action(async (options: RootOptions) =>
    done(await (await import('./commands/list.js')).list(options)),
  );

  add(root, 'check', [...rootOptions(checkFormats), ...checkOptions(), ...storeOptions()])
    .argument('[dir]', 'the root to read, as with --root')
    .hook('preAction', (command) => {
      refuseAlone(command, 'platform', 'online');
      refuseAlone(command, 'update', 'fix');
      refuseAlone(command, 'dryRun', 'fix');
      refuseFormats(command, 'lock', ['human', 'json']);
      refuseTwice(command);
    })
    .action(async (dir: string | undefined, options: CheckOptions) =>
      done(await (await import('./commands/checking.js')).check({ ...options, root: dir ?? options.root })),
    );

  const yes = option('--yes', 'make the links without asking').default(false);
  const tree = option('--root <dir>', 'the tree whose units are to be bound').default('.');
  add(root, 'init', [...inGroup('What is read', tree), ...readingOptions(), ...inGroup('Changes', yes)])
    .argument('[dir]', 'the tree, as with --root')
    .hook('preAction', refuseTwice)
    .action(async (dir: string | undefined, options: InitOptions) =>
      done(await (await import('./commands/checking.js')).init({ ...options, root: dir ?? options.root })),
    );

  add(root, 'explain', [formatOption()])
    .argument('[rule]', 'the name of the rule, as findings show it; all rules by default')
    .action(async (rule: string | undefined, options: ExplainOptions) =>
      done(await (await import('./commands/checking.js')).explain(rule, options)),
    );

  const offline = option('--offline', 'ask no registry: layers and sizes stay unknown').default(false);
  add(root, 'plan', [...rootOptions(), ...planningOptions(), ...inGroup('Registries', offline)]).action(
    async (options: PlanOptions) => done(await (await import('./commands/pulling.js')).plan(options)),
  );

  const keepGoing = () =>
    option('--keep-going', 'pull the images without an error even if others have one').default(false);
  add(root, 'pull', [
    ...rootOptions(),
    ...planningOptions(),
    ...inGroup('Pulling', keepGoing()),
    ...pullOptions(),
    ...stateOptions(),
  ]).action(async (options: PullCommandOptions) =>
    done(await (await import('./commands/pulling.js')).pull(options)),
  );

  add(root, 'prefetch', [
    ...prefetchOptions(),
    ...readingOptions(),
    ...planningOptions(),
    ...inGroup('Pulling', keepGoing()),
    ...pullOptions(),
    ...stateOptions(),
  ]).action(async (options: PrefetchOptions) =>
    done(await (await import('./commands/pulling.js')).prefetch(options)),
  );

  add(root, 'extract', extractOptions())
    .argument('<reference>', 'the image: of local storage or a registry, or oci-archive:PATH and the like')
    .action(async (reference: string, options: ExtractOptions) =>
      done(await (await import('./commands/pulling.js')).extract(reference, options)),
    );

  add(root, 'inspect', imageOptions())
    .argument(
      '<reference>',
      'the image: in a registry, or containers-storage:NAME, oci-archive:PATH and the like',
    )
    .action(async (reference: string, options: InspectOptions) =>
      done(await (await import('./commands/pulling.js')).inspect(reference, options)),
    );

  // The standard output is the command's.
  const withoutFormat = rootOptions().filter(({ long }) => long !== '--format');
  add(root, 'mount', [...withoutFormat, ...storeOptions(), ...stateDirOptions()])
    .argument('[command...]', 'what to run where the images are; $SHELL by default')
    .passThroughOptions()
    .action(async (command: readonly string[], options: MountOptions) =>
      done(await (await import('./commands/looking.js')).mount(options, command)),
    );

  add(root, 'stage', [
    ...targetOptions(),
    ...readingOptions(),
    ...planningOptions(),
    ...acceptOptions(),
    ...pullOptions(),
    ...stateOptions(),
  ])
    .hook('preAction', (command) => {
      refuseAlone(command, 'acceptMissing', 'reason');
      refuseAlone(command, 'reason', 'acceptMissing');
    })
    .argument('[command...]', 'what to run when all is there, for example rpm-ostree finalize-deployment …')
    .passThroughOptions()
    .action(async (command: readonly string[], options: StageOptions) =>
      done(await (await import('./commands/pulling.js')).stage(options, command)),
    );

  const hold = option(
    '--hold',
    'hold the deployment if an image is missing, and clear a soft reboot into it',
  ).default(false);
  add(root, 'gate', [
    ...targetOptions(),
    ...readingOptions(),
    ...storesOptions(),
    ...verifyOptions(),
    ...inGroup('Changes', hold),
    ...timeoutOptions(),
    ...stateDirOptions(),
  ]).action(async (options: GateOptions) =>
    done(await (await import('./commands/looking.js')).gate(options)),
  );

  add(root, 'status', [...readingOptions(), ...storesOptions(), ...stateDirOptions()]).action(
    async (options: StatusOptions) => done(await (await import('./commands/looking.js')).status(options)),
  );

  const dryRun = option('--dry-run', 'only say what would be removed').default(false);
  add(root, 'prune', [
    ...readingOptions(),
    ...inGroup('Changes', dryRun),
    ...storesOptions(),
    ...keepPartsOptions(),
    ...stateOptions(),
    ...timeoutOptions(),
  ]).action(async (options: PruneOptions) =>
    done(await (await import('./commands/looking.js')).prune(options)),
  );

  add(root, 'link-payloads', [...stateDirOptions(), ...outputOptions()]).action(
    async (options: LinkPayloadsOptions) =>
      done(await (await import('./commands/looking.js')).linkPayloads(options)),
  );

  add(root, 'doctor', [
    ...minFreeOptions(),
    ...storesOptions(),
    ...stateDirOptions(),
    ...outputOptions(),
  ]).action(async (options: DoctorOptions) =>
    done(await (await import('./commands/looking.js')).doctor(options)),
  );

  add(root, 'licenses', [formatOption()]).action(async (options: Pick<RootOptions, 'format'>) =>
    done(await (await import('./commands/checking.js')).licenses(options)),
  );
  return root;
}

function add(root: Command, name: CommandName, options: readonly Option[]): Command {
  const command = root.command(name);
  for (const each of options) command.addOption(each);
  return command;
}

/** An option that means nothing without another one; in the environment it may be there for another command. */
function refuseAlone(command: Command, name: string, other: string): void {
  if (command.getOptionValueSource(name) !== 'cli' || command.getOptionValue(other)) return;
  const flag = command.options.find((each) => each.attributeName() === name)?.long;
  throw new BoundImagesError('usage', `${flag} has no effect without --${other}`, {
    hint: `add --${other}, or remove ${flag}`,
  });
}

/** An option whose result has no place in some formats. */
function refuseFormats(command: Command, name: string, formats: readonly string[]): void {
  if (!command.getOptionValue(name) || formats.includes(command.getOptionValue('format'))) return;
  throw new BoundImagesError(
    'usage',
    `--${name} prints nothing in the format ${command.getOptionValue('format')}`,
    {
      hint: `leave out --format, or take ${formats.join(' or ')}`,
    },
  );
}

/** What is read is named once; in the environment it may be named for other commands. */
function refuseTwice(command: Command): void {
  if (command.args.length === 0) return;
  const source = (name: string) => command.getOptionValueSource(name);
  const named = source('image') === undefined ? (source('root') === 'cli' ? 'root' : undefined) : 'image';
  if (named === undefined) return;
  throw new BoundImagesError(
    'usage',
    `a directory and --${named} were given, and one of them can be ${command.name() === 'check' ? 'checked' : 'read'}`,
    {
      hint: 'leave out one of the two',
    },
  );
}
