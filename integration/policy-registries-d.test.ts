import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRegistriesD } from '../src/check/signature-policy/registries-d.js';
import type { HostPath } from '../src/model/path.js';
import { readHostSignatures } from '../src/registries/signatures/host-signatures.js';
import { openRoots } from '../src/root/open-roots.js';
import { exec } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let skopeo: string;

beforeAll(async () => {
  skopeo = (await podmanOf('5.8')).skopeo;
});

test.each<{ name: string; files: readonly string[] }>([
  { name: 'an empty file', files: [''] },
  { name: 'a comment', files: ['# nothing\n'] },
  { name: 'a section', files: ['docker:\n  quay.io:\n    lookaside: https://example.com\n'] },
  { name: 'sections without content', files: ['docker:\n  quay.io:\ndefault-docker:\n'] },
  { name: 'a section that is a string', files: ['docker:\n  quay.io: https://example.com\n'] },
  { name: 'a section that is a list', files: ['docker:\n  quay.io:\n    - x\n'] },
  { name: 'docker as a list', files: ['docker:\n  - quay.io\n'] },
  { name: 'a file that is a list', files: ['- quay.io\n'] },
  { name: 'a file that is a string', files: ['quay.io\n'] },
  { name: 'default-docker as a string', files: ['default-docker: x\n'] },
  { name: 'a key that nobody knows', files: ['dockers: [1]\ndocker:\n  quay.io:\n    nothing: [1]\n'] },
  { name: 'a URL that is a list', files: ['docker:\n  quay.io:\n    lookaside: [x]\n'] },
  { name: 'a URL that is a number', files: ['docker:\n  quay.io:\n    lookaside: 5\n'] },
  { name: 'no YAML', files: ['docker: [\n'] },
  { name: 'a tab', files: ['docker:\n\tquay.io: {}\n'] },
  { name: 'a key that stands twice', files: ['docker:\n  quay.io: {}\n  quay.io: {}\n'] },
  { name: 'an anchor', files: ['docker:\n  a: &a {lookaside: https://example.com}\n  b: *a\n'] },
  { name: 'a second document', files: ['docker: {}\n---\n- x\n'] },
  ...['true', 'True', 'yes', 'Yes', 'on', 'ON', 'y', 'no', 'off', '1', '"true"', '', 'x'].map((written) => ({
    name: `a switch set to ${written}`,
    files: [`docker:\n  quay.io:\n    use-sigstore-attachments: ${written}\n`],
  })),
  { name: 'one scope in two files', files: ['docker: {a: {}}\n', 'docker: {a: {}}\n'] },
  { name: 'two scopes in two files', files: ['docker: {a: {}}\n', 'docker: {b: {}}\n'] },
  { name: 'two defaults', files: ['default-docker: {}\n', 'default-docker: {}\n'] },
])('registries.d is refused exactly where skopeo refuses it: $name', async ({ files }) => {
  const root = await tempDir(cleanup);
  const directory = join(root, 'etc/containers/registries.d');
  await mkdir(directory, { recursive: true });
  for (const [index, text] of files.entries()) await writeFile(join(directory, `${index}.yaml`), text);
  const args = ['--registries.d', directory, 'inspect', '--raw', 'docker://127.0.0.1:1/x'];
  const { stderr } = await exec(skopeo, args);

  const roots = openRoots({ root, currentRoot: root });
  const ours = roots.ok ? readRegistriesD(roots.newRoot).diagnostics.length : undefined;
  const isTaken = stderr.includes('connection refused');
  expect(ours).toBe(isTaken ? 0 : 1);
  // Of this host, in doubt podman goes by itself.
  const env = { HOME: '/root' };
  const { problem } = readHostSignatures({ version: '5.8.0', env, uid: 0, top: root as HostPath });
  expect(problem === undefined).toBe(isTaken);
});
