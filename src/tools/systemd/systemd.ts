import { findProgram } from '../process/find-program.js';
import { run, type Trace } from '../process/run.js';

/** A unit as the service manager knows it. */
export interface UnitState {
  /** Whether there is such a unit. */
  readonly isLoaded: boolean;
  /** `enabled`, `disabled`, `masked` and the like; empty where nothing can enable it. */
  readonly fileState: string;
  readonly isActive: boolean;
  /** Paths of its drop-ins. */
  readonly dropIns: readonly string[];
  /** Paths of the programs that it starts. */
  readonly programs: readonly string[];
}

const properties = [
  'Id',
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'DropInPaths',
  'ExecStart',
  'ExecStop',
];

/**
 * The units of these names; undefined where there is no systemd that could say. Starts nothing, and needs no root.
 *
 * @throws the reason of the signal.
 */
export async function unitStates(
  names: readonly string[],
  signal: AbortSignal,
  trace?: Trace,
): Promise<ReadonlyMap<string, UnitState> | undefined> {
  const text = await answer(
    'systemctl',
    ['show', `--property=${properties.join(',')}`, ...names],
    signal,
    trace,
  );
  const states = text === undefined ? undefined : parseUnits(text);
  return states === undefined || states.size === 0 ? undefined : states;
}

/** Reads what `systemctl show` prints of several units: lines `PROPERTY=VALUE`, and an empty one between two units. */
export function parseUnits(text: string): ReadonlyMap<string, UnitState> {
  const blocks = text.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    });
    // A service with several commands has a line for each.
    const values = (name: string) => lines.flatMap(([key, value]) => (key === name ? value : []));
    const value = (name: string) => values(name)[0] ?? '';
    const state: UnitState = {
      isLoaded: value('LoadState') === 'loaded',
      fileState: value('UnitFileState'),
      isActive: value('ActiveState') === 'active',
      dropIns: value('DropInPaths')
        .split(' ')
        .filter((path) => path !== ''),
      programs: [...values('ExecStart'), ...values('ExecStop')].flatMap(
        (command) => /^\{ path=(.*?) ; /.exec(command)?.[1] ?? [],
      ),
    };
    return [value('Id'), state] as const;
  });
  return new Map(blocks.filter(([id]) => id !== ''));
}

/** Whether the clock follows a source of time; undefined where nobody can say. @throws the reason of the signal. */
export async function isClockSynchronized(signal: AbortSignal, trace?: Trace): Promise<boolean | undefined> {
  const text = await answer('timedatectl', ['show', '--property=NTPSynchronized', '--value'], signal, trace);
  const said = text?.trim();
  return said === 'yes' || said === 'no' ? said === 'yes' : undefined;
}

async function answer(
  name: string,
  args: readonly string[],
  signal: AbortSignal,
  trace: Trace | undefined,
): Promise<string | undefined> {
  const program = findProgram(name);
  if (program === undefined) return undefined;
  const { exitCode, stdout } = await run(program, args, { signal, trace });
  signal.throwIfAborted();
  return exitCode === 0 ? stdout : undefined;
}
