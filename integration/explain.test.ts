import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ruleIds } from '../src/diagnostic/rules.js';
import { runChecked } from './support/checked-cli.js';
import { cliFile } from './support/cli.js';
import { execOk } from './support/exec.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

test('the page of a rule is printed, and as Markdown for a program', async () => {
  const shown = await runChecked(['explain', 'reference-floating']);
  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toMatch(/^reference-floating\n\n {2}Severity: \w+\.\n\nWhat\n/);
  const { stdout } = await runChecked(['explain', '[reference-floating]', '--format', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    rules: [{ rule: 'reference-floating', page: expect.stringContaining('# reference-floating\n') }],
  });
});

test('without a rule, all are listed', async () => {
  const { stdout } = await runChecked(['explain']);
  expect(stdout.trimEnd().split('\n')).toHaveLength(ruleIds.length);
  const json = await runChecked(['explain'], { env: { BOUND_IMAGES_FORMAT: 'json' } });
  expect(JSON.parse(json.stdout).rules.map(({ rule }: { rule: string }) => rule)).toEqual(ruleIds);
});

test.each([
  { name: 'reference-flaoting', near: 'did you mean “reference-floating”? ' },
  { name: 'floating', near: 'did you mean “reference-floating”? ' },
  {
    name: 'storage-conf',
    near: 'did you mean “storage-conf-invalid” or “storage-conf-bootc-store” or “storage-conf-read-only”? ',
  },
  { name: 'qwertyuiop', near: '' },
])('an unknown rule is an error that names those that are near: $name', async ({ name, near }) => {
  const result = await runChecked(['explain', name]);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toBe(
    `error: there is no rule “${name}”\nhint: ${near}bound-images explain lists all rules\n`,
  );
  const { stdout } = await runChecked(['explain', name, '--format', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage' } });
});

test('the program needs no other files for it', async () => {
  const directory = await tempDir(cleanup);
  await mkdir(join(directory, 'alone'));
  await cp(dirname(cliFile), join(directory, 'alone'), { recursive: true });
  const stdout = await execOk(process.execPath, [join(directory, 'alone/cli.js'), 'explain', 'specifier'], {
    cwd: directory,
  });
  expect(stdout).toMatch(/^specifier\n/);
});
