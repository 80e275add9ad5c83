import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/diagnostic.js';
import { parseFlags } from '../../src/podman/features.js';
import { partGlobalOptions } from '../../src/podman/global-options.js';

const older = {
  version: '4.3.1',
  globalFlags: parseFlags('  --log-level string'),
  pullFlags: new Set<string>(),
};
const newer = { ...older, globalFlags: parseFlags('  --module stringArray') };

function part(words: readonly string[], features: typeof older) {
  const { known, unknown } = partGlobalOptions(
    words.map((value) => ({ value, place: nowhere })),
    features,
  );
  return { known, unknown: unknown.map(({ value }) => value) };
}

test.each([
  ['an option that it knows', ['--log-level=debug'], ['--log-level=debug'], []],
  [
    'an option that is not shown in its help but is old',
    ['--registries-conf', '/r'],
    ['--registries-conf', '/r'],
    [],
  ],
  ['nothing of a newer option', ['--module=/m', '--syslog'], ['--syslog'], ['--module']],
  [
    'nothing of the value of a newer option',
    ['--pull-option', 'a=b', '--syslog'],
    ['--syslog'],
    ['--pull-option'],
  ],
])('an older podman is given %s', (_, words, known, unknown) => {
  expect(part(words, older)).toEqual({ known, unknown });
});

test('a newer podman is given all', () => {
  expect(part(['--module=/m'], newer)).toEqual({ known: ['--module=/m'], unknown: [] });
});
