import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Form, faultsOf, filesOf } from '../../contrib/package/made.js';

describe('what was made', () => {
  const installer = '#!/bin/sh\n';
  const sumOf = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

  /** A directory with an npm package of that manifest, the script, and their checksums. */
  function made(manifest: object, files: Readonly<Record<string, string>> = {}): string {
    const directory = mkdtempSync(join(tmpdir(), 'bound-images-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    mkdirSync(join(directory, 'package'));
    writeFileSync(join(directory, 'package/package.json'), JSON.stringify(manifest));
    const tarball = 'bound-images-1.2.3.tgz';
    execFileSync('tar', ['--create', '--gzip', '--file', tarball, '--remove-files', 'package'], {
      cwd: directory,
    });
    writeFileSync(join(directory, 'install.sh'), installer);
    const sums = `${sumOf(readFileSync(join(directory, tarball)))}  ${tarball}\n${sumOf(installer)}  install.sh\n`;
    for (const [name, content] of Object.entries({ SHA256SUMS: sums, ...files })) {
      writeFileSync(join(directory, name), content);
    }
    return directory;
  }

  const forms = ['npm', 'installer'] as const;
  const manifest = { name: 'bound-images', version: '1.2.3' };

  test('is what is released', async () => {
    expect(await faultsOf(made(manifest), '1.2.3', forms)).toEqual([]);
  });

  test.each([
    {
      name: 'a package of another version',
      directory: () => made({ ...manifest, version: '1.2.2' }),
      faults: ['bound-images-1.2.3.tgz is of version 1.2.2, not 1.2.3'],
    },
    {
      name: 'a package with dependencies',
      directory: () => made({ ...manifest, dependencies: { yaml: '2' } }),
      faults: ['bound-images-1.2.3.tgz has dependencies, and all of them are bundled'],
    },
    {
      name: 'a file that was changed later',
      directory: () => made(manifest, { 'install.sh': 'exit\n' }),
      faults: ['SHA256SUMS is not right: install.sh: FAILED'],
    },
    {
      name: 'a file without a checksum',
      directory: () => made(manifest, { other: '' }),
      faults: ['SHA256SUMS has no checksum of other'],
    },
  ])('$name is found', async ({ directory, faults }) => {
    expect(await faultsOf(directory(), '1.2.3', forms)).toEqual(faults);
  });

  test('files that are missing, and those that belong to no form, are found', async () => {
    const all = Object.keys(filesOf('1.2.4')) as Form[];
    const faults = await faultsOf(made(manifest), '1.2.4', all);
    const missing = Object.values(filesOf('1.2.4'))
      .flat()
      .filter((file) => file !== 'install.sh');
    expect(missing).toHaveLength(16);
    expect(faults).toEqual([
      ...missing.map((file) => `${file} is missing`),
      'bound-images-1.2.3.tgz is no file of version 1.2.4',
    ]);
  });
});
