import type { Argument, Command, Help, Option } from 'commander';
import {
  type CommandText,
  commandGroups,
  commandTexts,
  type Example,
  entriesText,
  exitStatuses,
  programText,
} from './command-texts.js';
import { type OptionGroup, optionGroups } from './option-groups.js';
import { wrapWords } from './report/wrap-words.js';

/** Gives a program and its commands what is read in help. */
export function withHelp(root: Command): Command {
  for (const command of [root, ...root.commands]) {
    const { summary, description } = textOf(command);
    command.summary(summary).description(description).configureHelp({ formatHelp });
  }
  return root;
}

/** What help and man pages say of a command; of the program itself, where it has commands. */
export function textOf(command: Command): CommandText {
  const texts: Readonly<Record<string, CommandText>> = commandTexts;
  return texts[command.name()] ?? programText;
}

/** The options that are shown, by topic; within one, as they are defined. */
export function groupedOptions(
  options: readonly Option[],
): readonly { readonly title: OptionGroup; readonly options: readonly Option[] }[] {
  return optionGroups.flatMap((title) => {
    const found = options.filter(({ helpGroupHeading: group }) => (group ?? 'Output') === title);
    return found.length === 0 ? [] : [{ title, options: found }];
  });
}

/** `--format <human|json>`: the choices say what the placeholder would. */
export function optionTerm({ flags, argChoices }: Option): string {
  return argChoices === undefined ? flags : flags.replace(/<.*>/, `<${argChoices.join('|')}>`);
}

/** What is done without the option, as it would be given; undefined where nothing is. */
export function defaultText({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  return defaultValue === undefined || defaultValue === false ? undefined : String(defaultValue);
}

/** A page of help: examples first, then options by topic. Lines are as wide as the terminal, or 80 columns. */
export function formatHelp(command: Command, helper: Help): string {
  const width = helper.helpWidth ?? 80;
  const { description, examples } = textOf(command);
  const sections = [
    helper.commandUsage(command).replace(/^/, 'Usage: '),
    wrapWords(description, width, 0, 0).join('\n'),
    section('Examples', exampleLines(examples)),
    section('Arguments', items(helper.visibleArguments(command).map(argumentItem), width)),
    ...commandSections(command, width),
    ...groupedOptions(helper.visibleOptions(command)).map(({ title, options }) =>
      section(title, items(options.map(optionItem), width)),
    ),
    ...(command.parent === null
      ? programEnd(width)
      : [wrapWords(environmentText(command), width, 0, 0).join('\n')]),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines].join('\n');
}

function exampleLines(examples: readonly Example[]): readonly string[] {
  return examples.flatMap(({ line, what }) => [`  ${line}`, `      ${what}`]);
}

type Item = readonly [term: string, text: string];

function argumentItem(argument: Argument): Item {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return [argument.required ? `<${name}>` : `[${name}]`, argument.description];
}

function optionItem(option: Option): Item {
  const preset = defaultText(option);
  return [optionTerm(option), `${option.description}${preset === undefined ? '' : ` (default: ${preset})`}`];
}

/** Terms that are longer have their text below them. */
const longestTerm = 24;

function items(rows: readonly Item[], width: number): readonly string[] {
  const lengths = rows.map(([name]) => name.length).filter((length) => length <= longestTerm);
  const term = Math.max(0, ...lengths);
  const before = term + '    '.length;
  return rows.flatMap(([name, text]) => {
    const lines = wrapWords(text, width, before, before);
    const isLong = name.length > term;
    return [
      ...(isLong ? [`  ${name}`] : []),
      ...lines.map((line, at) => `  ${(at === 0 && !isLong ? name : '').padEnd(term)}  ${line}`),
    ];
  });
}

function commandSections(command: Command, width: number): readonly string[] {
  if (command.commands.length === 0) return [];
  const rows = commandGroups.map(({ title, commands }) => ({
    title,
    rows: commands.map((name): Item => [name, commandTexts[name].summary]),
  }));
  return rows.map(({ title, rows: ofGroup }) => section(title, items(ofGroup, width)));
}

function environmentText(command: Command): string {
  const [option] = command.options.filter(({ envVar }) => envVar !== undefined);
  if (option === undefined) return '';
  const others = command.options.flatMap(({ envVar, long }) => (envVar === undefined && long ? [long] : []));
  const but = others.length === 0 ? '' : `, but for ${others.join(', ').replace(/, ([^,]*)$/, ' and $1')}`;
  return `Every option can also be set in the environment${but}: ${option.long} is ${option.envVar}. See bound-images --help for exit statuses.`;
}

function programEnd(width: number): readonly string[] {
  return [
    wrapWords(entriesText, width, 0, 0).join('\n'),
    section('Exit status', items(exitStatuses, width)),
    wrapWords(
      'Options of commands can also be set in the environment: --pull-policy is BOUND_IMAGES_PULL_POLICY.',
      width,
      0,
      0,
    ).join('\n'),
  ];
}
