import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import {
  type CommandText,
  commandGroups,
  commandTexts,
  exitStatuses,
  programText,
} from '../../src/cli/command-texts.js';
import { defaultText, groupedOptions } from '../../src/cli/help.js';
import { definition, ownVersion } from '../definition.js';
import { filePages } from './file-pages.js';
import { code, codeLines, escaped, mdocSections, textLines } from './mdoc.js';
import { pageOf, seeAlso } from './page.js';

const programName = 'bound-images';

/** The manual pages by the name of their file, from the definition of the program and the texts beside this file. */
export function manPages(): ReadonlyMap<string, string> {
  const { commands } = definition();
  const date = pageDate();
  const own = [
    [`${programName}.1`, pageOf(programName, 1, date, programLines())] as const,
    ...commands.map((command) => {
      const name = `${programName}-${command.name()}`;
      return [`${name}.1`, pageOf(name, 1, date, commandLines(name, command))] as const;
    }),
  ];
  const files = filePages().map(({ name, lines }) => [`${name}.5`, pageOf(name, 5, date, lines)] as const);
  return new Map([...own, ...files]);
}

/** That of the release: the same commit gives the same pages at any time. */
function pageDate(): Date {
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const [, day = '2026-01-01'] =
    new RegExp(`^## ${ownVersion().replaceAll('.', '\\.')} \\S+ (\\d{4}-\\d\\d-\\d\\d)$`, 'm').exec(
      changelog,
    ) ?? [];
  return new Date(`${day}T00:00:00Z`);
}

function readText(name: string): string {
  return readFileSync(join('contrib/man/texts', `${name}.md`), 'utf8');
}

function programLines(): readonly string[] {
  const commands = commandGroups.flatMap(({ title, commands: names }) => [
    `.Ss ${title}`,
    '.Bl -tag -width Ds',
    ...names.flatMap((name) => [
      `.It Xr ${programName}-${name} 1`,
      ...textLines(escaped(sentence(commandTexts[name].summary))),
    ]),
    '.El',
  ]);
  const [description, ...rest] = mdocSections(readText(programName));
  return [
    ...nameLines(programName, programText.summary),
    '.Sh SYNOPSIS',
    `.Nm ${programName}`,
    '.Ar command',
    '.Op Ar option ...',
    `.Nm ${programName}`,
    '.Fl -help | Fl -version',
    '.Sh DESCRIPTION',
    ...textLines(escaped(programText.description)),
    '.Pp',
    ...(description ?? []),
    ...commands,
    ...rest.flat(),
    ...exitLines(),
    ...exampleLines(programText),
    ...seeAlso([
      ...Object.keys(commandTexts).map((name) => [`${programName}-${name}`, 1] as const),
      ['podman', 1],
      ['podman-systemd.unit', 5],
      ...filePages().map(({ name }) => [name, 5] as const),
      ['ostree', 1],
    ]),
  ];
}

function commandLines(name: string, command: Command): readonly string[] {
  const text = commandTexts[command.name() as keyof typeof commandTexts];
  const [description, ...rest] = mdocSections(readText(command.name()));
  const options = groupedOptions(command.options).flatMap(({ title, options: all }) => [
    `.Ss ${title}`,
    '.Bl -tag -width Ds',
    ...all.flatMap(optionLines),
    '.El',
  ]);
  return [
    ...nameLines(name, text.summary),
    '.Sh SYNOPSIS',
    `.Nm ${programName} ${command.name()}`,
    '.Op Ar option ...',
    ...command.registeredArguments.map((argument) =>
      argument.variadic ? `.Op Fl - Ar ${argument.name()} ...` : `.Op Ar ${argument.name()}`,
    ),
    '.Sh DESCRIPTION',
    ...textLines(escaped(text.description)),
    '.Pp',
    ...(description ?? []),
    '.Sh OPTIONS',
    ...textLines(
      `An option with a variable can also be set in the environment, by that variable: a switch is on with any value but ${code('0')}, ${code('no')}, ${code('false')} and ${code('off')}. The command line counts more.`,
    ),
    ...options,
    ...rest.flat(),
    ...exitLines(),
    ...exampleLines(text),
    ...seeAlso([[programName, 1], ...filePages().map((page) => [page.name, 5] as const)]),
  ];
}

function nameLines(name: string, summary: string): readonly string[] {
  return ['.Sh NAME', `.Nm ${name}`, `.Nd ${escaped(summary)}`];
}

function optionLines(option: Option): readonly string[] {
  const preset = defaultText(option);
  const notes = [
    sentence(option.description),
    ...(preset === undefined ? [] : [`The default is ${preset}.`]),
  ];
  return [
    `.It ${termOf(option)}`,
    ...textLines(escaped(notes.join(' '))),
    ...(option.envVar === undefined ? [] : [`.Pq Ev ${option.envVar}`]),
  ];
}

/** `Fl q , Fl -quiet`, `Fl -root Ar dir`, `Fl -format Cm human | json` */
function termOf({ short, long = '', flags, argChoices }: Option): string {
  const [, value] = /<(.*)>/.exec(flags) ?? [];
  const given = argChoices === undefined ? value && ` Ar ${value}` : ` Cm ${argChoices.join(' | ')}`;
  return `${short === undefined ? '' : `Fl ${short.slice(1)} , `}Fl ${long.slice(1)}${given ?? ''}`;
}

function exitLines(): readonly string[] {
  const rows = exitStatuses.flatMap(([status, meaning]) => [
    `.It ${status}`,
    ...textLines(escaped(sentence(meaning))),
  ]);
  return ['.Sh EXIT STATUS', '.Bl -tag -width Ds', ...rows, '.El'];
}

function exampleLines({ examples }: CommandText): readonly string[] {
  const shown = examples.flatMap(({ line, what }, at) => [
    ...(at === 0 ? [] : ['.Pp']),
    ...textLines(`${escaped(sentence(what)).replace(/\.$/, ':')}`),
    ...codeLines([line]),
  ]);
  return ['.Sh EXAMPLES', ...shown];
}

/** With a capital letter and a full stop. */
function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
