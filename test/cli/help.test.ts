import type { Command } from 'commander';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { commandGroups, commandTexts, programText } from '../../src/cli/command-texts.js';
import { withHelp } from '../../src/cli/help.js';
import { optionGroups } from '../../src/cli/option-groups.js';
import { program } from '../../src/cli/program.js';

beforeEach(() => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
});

const names = Object.keys(commandTexts);

function commandNamed(name: string): Command {
  const command = withHelp(program(() => undefined)).commands.find((each) => each.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command;
}

const title = /^\S.*:$/gm;

describe.each(names)('the help of %s', (name) => {
  const help = () => commandNamed(name).helpInformation();

  test('has examples first, then options by topic, then the environment', () => {
    const titles = help().match(title) ?? [];
    expect(titles[0]).toBe('Examples:');
    const topics = titles.slice(1).filter((each) => each !== 'Arguments:');
    const known = optionGroups.map((group) => `${group}:`);
    expect(topics).toEqual(known.filter((group) => topics.includes(group)));
    expect(topics.at(-1)).toBe('Output:');
    expect(help().replace(/\s+/g, ' ')).toMatch(
      /environment(?:, but for --.*)?: --[\w-]+ is BOUND_IMAGES_[A-Z_]+\./,
    );
  });

  test('fits into 80 columns', () => {
    const wide = help()
      .split('\n')
      .filter((line) => line.length > 80 && !line.startsWith('  bound-images '));
    expect(wide).toEqual([]);
  });

  test('says which values an option takes, and its default', () => {
    for (const { long, argChoices, defaultValue } of commandNamed(name).options) {
      const item = new RegExp(`^ {2}(?:-\\w, )?${long}\\b[^]*?(?=^ {2}-|^$)`, 'm').exec(help())?.[0] ?? '';
      if (argChoices !== undefined) expect(item).toContain(`<${argChoices.join('|')}>`);
      if (typeof defaultValue === 'string')
        expect(item.replace(/\s+/g, ' ')).toContain(`(default: ${defaultValue})`);
    }
  });
});

describe('the help of the program', () => {
  test('has every command once', () => {
    const commands = withHelp(program(() => undefined)).commands.map((command) => command.name());
    const grouped = commandGroups.flatMap((group) => group.commands);
    expect(grouped.toSorted()).toEqual(commands.toSorted());
    expect(names.toSorted()).toEqual(commands.toSorted());
    const help = withHelp(program(() => undefined)).helpInformation();
    for (const name of commands) expect(help).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  });
});

const examples = [programText, ...Object.values(commandTexts)].flatMap((text) => text.examples);

test.each(examples)('the example “$line” is understood', async ({ line }) => {
  const args = line.replace(/^RUN /, '').split(' ');
  expect(args.shift()).toBe('bound-images');
  const root = withHelp(program(() => undefined));
  const ran: string[] = [];
  for (const command of root.commands) {
    command.action(() => {
      ran.push(command.name());
    });
  }
  await root.parseAsync(args, { from: 'user' });
  expect(ran).toEqual([args[0]]);
});
