import type { Command, Option } from 'commander';
import { levels } from '../../src/check/settings.js';
import { ruleIds } from '../../src/diagnostic/rules.js';
import { definition } from '../definition.js';

/** What a value is completed with. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'directory' | 'file' | 'program' | 'root' | 'rule' | 'rule-level' | 'command' | 'none' };

export interface CompletedOption {
  /** With their dashes, the long one last. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for a switch. */
  readonly value: Value | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its argument is; undefined where it has none. */
  readonly argument: Value | undefined;
}

/** Every command with what it takes, from the definition of the program. */
export function completedCommands(): readonly CompletedCommand[] {
  return definition().commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [...command.options.map(completedOption), help],
    argument: argumentOf(command),
  }));
}

const help: CompletedOption = {
  flags: ['-h', '--help'],
  description: 'print this help',
  value: undefined,
};

/** Of the program before any command. */
export const ownOptions: readonly CompletedOption[] = [
  help,
  { flags: ['-V', '--version'], description: 'print the version', value: undefined },
];

export const rules: readonly string[] = ruleIds;

export { levels };

function completedOption({ short, long, description, flags, argChoices }: Option): CompletedOption {
  const [, placeholder] = /<(.*)>/.exec(flags) ?? [];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: placeholder === undefined ? undefined : valueBy(long, placeholder, argChoices),
  };
}

function valueBy(
  long: string | undefined,
  placeholder: string,
  choices: readonly string[] | undefined,
): Value {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (long === '--root') return { kind: 'root' };
  switch (placeholder) {
    case 'dir':
      return { kind: 'directory' };
    case 'file':
      return { kind: 'file' };
    case 'program':
      return { kind: 'program' };
    case 'id=level':
      return { kind: 'rule-level' };
    default:
      return { kind: 'none' };
  }
}

function argumentOf({ registeredArguments: [argument] }: Command): Value | undefined {
  switch (argument?.name()) {
    case undefined:
      return undefined;
    case 'rule':
      return { kind: 'rule' };
    case 'command':
      return { kind: 'command' };
    default:
      return { kind: 'directory' };
  }
}
