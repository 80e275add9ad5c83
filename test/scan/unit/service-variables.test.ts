import { describe, expect, test } from 'vitest';
import { readRoots } from '../../../src/operations/read-root.js';
import { memoryRoots } from '../../fuzz/memory-roots.js';
import { scanUnits } from '../../support/scan-units.js';
import { symlink } from '../../support/tree-spec.js';

const path = '/usr/share/containers/systemd/db.container';

/** What is said of an image that holds a variable, of a unit with these lines in [Service]. */
function said(image: string, service: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const unit = ['[Container]', `Image=${image}`, 'Environment=PG_MAJOR=1', '[Service]', ...service];
  const { images, diagnostics } = scanUnits(['db.container'], {
    'db.container': `${unit.join('\n')}\n`,
    ...files,
  });
  expect(images).toEqual([]);
  return diagnostics.map(({ rule, message, hint }) => ({ rule, message, hint }));
}

const pg = 'postgres:${PG_MAJOR}';
const message = 'systemd replaces ${PG_MAJOR} when the service starts, and the pull comes before the boot';
const unknown = [
  { rule: 'environment-expansion', message, hint: 'write the value itself instead of ${PG_MAJOR}' },
];
const known = (text: string, ...from: readonly string[]) => [
  {
    rule: 'environment-expansion',
    message,
    hint: `write “${text}”, which it would be with ${from.join(' and ')}`,
  },
];

describe('a variable in the name of an image is refused once, with its value where the service fixes that', () => {
  test.each<{ name: string; service: readonly string[]; from: string; text?: string }>([
    { name: 'Environment=', service: ['Environment=PG_MAJOR=16'], from: `Environment= in ${path}` },
    {
      name: 'one of several in quotes, the last one',
      service: ['Environment=PG_MAJOR=15 A=%i%', 'Environment=', 'Environment="B=c d" "PG_MAJOR=16"'],
      from: `Environment= in ${path}`,
    },
    {
      name: 'a file over Environment=',
      service: ['Environment=PG_MAJOR=15', 'EnvironmentFile=-/etc/db.env'],
      from: 'EnvironmentFile=-/etc/db.env',
    },
  ])('$name', ({ service, from }) => {
    expect(said(pg, service, { '/etc/db.env': '# of the database\nA=1\nPG_MAJOR="16"\n' })).toEqual(
      known('postgres:16', from),
    );
  });

  test.each<{ name: string; service: readonly string[]; file?: string }>([
    { name: 'nothing sets it', service: ['Environment=OTHER=16'] },
    { name: 'the container alone has it', service: [] },
    { name: 'a specifier is in it', service: ['Environment=PG_MAJOR=%i'] },
    {
      name: 'a file may set it that the root does not have',
      service: ['Environment=PG_MAJOR=16', 'EnvironmentFile=-/run/x'],
    },
    { name: 'it may be unset', service: ['Environment=PG_MAJOR=16', 'UnsetEnvironment=PG_MAJOR'] },
    {
      name: 'a file has more than plain values',
      service: ['EnvironmentFile=/etc/db.env'],
      file: 'PG_MAJOR=1\\\n6\n',
    },
    { name: 'it would be no image', service: ['Environment="PG_MAJOR=16 beta"'] },
  ])('it is not said where $name', ({ service, file = '' }) => {
    expect(said(pg, service, { '/etc/db.env': file })).toEqual(unknown);
  });

  test('a file of the host is not shown, nor does one of many blanks take long', () => {
    const service = ['EnvironmentFile=/var/lib/db.env', 'EnvironmentFile=/etc/db.env'];
    for (const line of service) {
      const unit = ['[Container]', `Image=${pg}`, '[Service]', line];
      const roots = memoryRoots(
        {
          'usr/lib/bootc/bound-images.d/db.container': symlink(path),
          [path.slice(1)]: `${unit.join('\n')}\n`,
        },
        {
          'run/ostree-booted': '',
          'usr/etc/hostname': '',
          'etc/db.env': 'PG_MAJOR=secret\n',
          'var/lib/db.env': 'PG_MAJOR=secret\n',
        },
      );
      const { diagnostics } = readRoots(roots, { currentRoot: null });
      expect(JSON.stringify(diagnostics)).not.toContain('secret');
      expect(diagnostics.map(({ rule }) => rule)).toContain('environment-expansion');
    }
    const blanks = `PG_MAJOR=${' '.repeat(60_000)}'\n`;
    expect(said(pg, ['EnvironmentFile=/etc/db.env'], { '/etc/db.env': blanks })).toEqual(unknown);
  });

  test('as a whole word, or as a part of several', () => {
    const service = ['Environment=PG_MAJOR=quay.io/x/db:16 HOST=quay.io'];
    const from = `Environment= in ${path}`;
    expect(said('$PG_MAJOR', service)).toMatchObject([
      { hint: `write “quay.io/x/db:16”, which it would be with ${from}` },
    ]);
    expect(said('${HOST}/x/${NAME}:1', service)).toMatchObject([
      { hint: 'write the value itself instead of ${HOST}' },
    ]);
  });

  test('what systemd does not replace is no variable', () => {
    expect(said('${X:-quay.io/a/b:1}', ['Environment=X=1']).map(({ rule }) => rule)).toEqual([
      'reference-invalid',
    ]);
  });

  test('of a name that means a unit nothing is said of variables', () => {
    const { diagnostics } = scanUnits(['db.container'], {
      'db.container': '[Container]\nImage=${X}.image\n',
    });
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['image-unit-missing']);
  });
});
