import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test, vi } from 'vitest';
import { schemas } from '../../contrib/schema/schemas.js';
import { settingsSchema } from '../../contrib/schema/settings-schema.js';
import { parseSettings } from '../../src/check/settings-file.js';
import { program } from '../../src/cli/program.js';
import { checkJson } from '../../src/cli/report/check.js';
import { onlineJson } from '../../src/cli/report/check-online.js';
import { errorJson } from '../../src/cli/report/error.js';
import { fixesJson } from '../../src/cli/report/fix.js';
import { listJson } from '../../src/cli/report/list.js';
import { nowhere } from '../../src/diagnostic/place.js';
import { check, list } from '../../src/index.js';
import { outputProblem, validated } from '../support/schemas.js';

const directory = new URL('../../contrib/schema/', import.meta.url);
const all = Object.entries(schemas());

describe('the committed schemas', () => {
  test('are those that the definitions give', () => {
    const committed = readdirSync(directory).filter((name) => name.endsWith('.schema.json'));
    expect(committed.toSorted()).toEqual(all.map(([name]) => name).toSorted());
  });

  test.each(all)('are what they give: %s', (name, schema) => {
    const committed = JSON.parse(readFileSync(new URL(name, directory), 'utf8'));
    expect(committed, 'run npm run schema').toEqual(JSON.parse(JSON.stringify(schema)));
    new Ajv({ strict: true }).compile(committed);
  });

  test('are one for each command that prints JSON', () => {
    vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
    const { commands } = program(() => undefined);
    const printing = commands.filter(({ options }) => options.some(({ long }) => long === '--format'));
    const names = all.map(([name]) => name.replace('.schema.json', ''));
    for (const command of printing) expect(names).toContain(command.name());
  });
});

describe('what is printed is what its schema says', () => {
  const root = 'contrib/examples/mistakes/rootfs';

  test('by list', async () => {
    const { images, diagnostics } = await list({ root, currentRoot: null });
    expect(images).not.toEqual([]);
    validated('list', listJson)(root, images, diagnostics);
  });

  test('by check, with the answers of registries and fixes or without', async () => {
    const { diagnostics } = await check({ root, currentRoot: null });
    expect(diagnostics).not.toEqual([]);
    const checked = { root, image: null };
    const platforms = [{ platform: 'linux/arm64', digest: 'sha256:a', bytes: null }];
    const online = onlineJson([{ reference: 'quay.io/a/b:1', digest: null, platforms }]);
    const place = { ...nowhere, file: '/a.toml', line: 1, column: 2 };
    const fixes = fixesJson([{ place, from: 'a', to: 'b' }], true);
    const print = validated('check', (...more: readonly object[]) =>
      Object.assign({}, checkJson(checked, diagnostics), ...more),
    );
    for (const more of [[], [online], [fixes], [online, fixes]]) print(...more);
  });

  test.each(['list', 'pull', 'stage'] as const)('by %s, where there is no result', (command) => {
    const error = { code: 'tool-missing', message: 'podman is not here', hint: null } as const;
    validated(command, () => errorJson(error))();
  });

  test.each([
    [
      'a field that it does not name',
      { schemaVersion: 1, error: { code: 'a', message: 'b', hint: null }, more: 1 },
    ],
    ['a field that is missing', { schemaVersion: 1, error: { code: 'a', message: 'b' } }],
    ['another version', { schemaVersion: 2, error: { code: 'a', message: 'b', hint: null } }],
  ])('and nothing else: %s', (_, output) => {
    expect(outputProblem('list', output)).not.toBeNull();
  });
});

describe('the schema of settings and their reader agree on', () => {
  const isValid = new Ajv({ strict: true }).compile(settingsSchema());

  test.each([
    ['nothing', '', true],
    ['all there is', 'strict = true\n[rules]\nreference-floating = "off"\nreference-short = "error"', true],
    ['a text for strict', 'strict = "yes"', false],
    ['an unknown key', 'stict = true', false],
    ['an unknown rule', '[rules]\nreference-float = "off"', false],
    ['an unknown level', '[rules]\nreference-floating = "info"', false],
    ['a rule beside the table', 'reference-floating = "off"', false],
  ])('%s', (_, toml, accepted) => {
    expect(parseSettings(toml).ok).toBe(accepted);
    expect(isValid(parse(toml))).toBe(accepted);
  });

  test('whatever is written', () => {
    const value = fc.constantFrom<unknown>(true, 'off', 'warning', 'error', 'info', 1);
    const rules = fc.dictionary(fc.constantFrom('reference-floating', 'entry-type', 'no-rule'), value);
    const documents = fc.dictionary(fc.constantFrom('strict', 'rules', 'rule'), fc.oneof(value, rules));
    fc.assert(
      fc.property(documents, (document) => {
        const toml = stringify(document);
        expect(parseSettings(toml).ok).toBe(isValid(parse(toml)));
      }),
    );
  });
});
