import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { exitStatus, statusOfError } from '../../src/cli/exit-status.js';
import { withHelp } from '../../src/cli/help.js';
import { program } from '../../src/cli/program.js';

const statuses = Object.values(exitStatus).map(String);

/** Every file that says after which statuses a service is not started again. */
const prevented = ['contrib/systemd', 'contrib/docs'].flatMap((top) =>
  readdirSync(top, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    if (!/\.(?:conf|service|md)$/.test(name)) return [];
    const text = readFileSync(join(top, name), 'utf8');
    return [...text.matchAll(/^ *RestartPreventExitStatus=(.*)$/gm)].map(([, list = '']) => ({ name, list }));
  }),
);

test('the help names every exit status', () => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
  let help = '';
  const commands = withHelp(program(() => undefined)).configureOutput({ writeOut: (text) => (help += text) });
  commands.outputHelp();
  const named = /Exit status:\n(.*?)\n\n/s.exec(help)?.[1]?.match(/^ {2}\d+/gm) ?? [];
  expect(named.map((text) => text.trim())).toEqual([...statuses, '130']);
});

test('their page names every exit status', () => {
  const page = readFileSync('contrib/docs/exit-statuses.md', 'utf8');
  const named = [...page.matchAll(/^\| (\d+)/gm)].map(([, status]) => status);
  expect(named).toEqual([...statuses, '130']);
});

test.each(prevented)('$name starts nothing again where trying again does not help', ({ list }) => {
  const { ok, transient, ...rest } = exitStatus;
  expect(list.split(' ').map(Number)).toEqual(Object.values(rest));
});

test.each(['busy', 'store-busy', 'exhausted'] as const)('%s is worth another try', (code) => {
  expect(statusOfError(code)).toBe(75);
});

test('a store that cannot be read is not', () => {
  expect(statusOfError('store')).toBe(1);
});
