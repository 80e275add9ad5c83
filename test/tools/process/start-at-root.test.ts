import { join, relative } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { requireProgram } from '../../../src/tools/process/find-program.js';
import { run } from '../../../src/tools/process/run.js';
import { file, makeTree } from '../../support/tree.js';

afterEach(() => vi.unstubAllEnvs());

test('programs start where no helper of a root can lie, with what the environment names by a relative path', async () => {
  const script = '#!/bin/sh\necho "$PWD $REGISTRY_AUTH_FILE $TMPDIR"\n';
  const directory = makeTree({ program: file(script, { mode: 0o755 }) });
  vi.stubEnv('REGISTRY_AUTH_FILE', 'auth.json');
  vi.stubEnv('TMPDIR', '/tmp');
  const program = requireProgram('podman', relative(process.cwd(), join(directory, 'program')));
  const { stdout } = await run(program, []);
  expect(stdout).toBe(`/ ${join(process.cwd(), 'auth.json')} /tmp\n`);
});
