import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../../src/tools/process/given-descriptor.ts', import.meta.url));
const { outputFiles } = buildSync({
  entryPoints: [entry],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  write: false,
});
/** Prints the descriptors beyond the standard ones that it takes for given. */
const program = `${outputFiles[0]?.text}
const all = Array.from({ length: 60 }, (_, fd) => fd).slice(3);
console.log(JSON.stringify(all.filter(module.exports.isGivenDescriptor)));`;

test.each([
  { name: 'none, among those that Node has of its own', redirection: '', given: [] },
  { name: 'a file', redirection: '7>/dev/null', given: [7] },
  { name: 'a pipe', redirection: '7>&1 | cat', given: [7] },
  { name: 'not one that can only be read', redirection: '7</dev/null', given: [] },
  { name: 'several', redirection: '3>&1 5>/dev/null | cat', given: [3, 5] },
])('what was given is found: $name', ({ redirection, given }) => {
  const { stdout, stderr } = spawnSync('sh', ['-c', `"$NODE" -e "$PROGRAM" ${redirection}`], {
    env: { ...process.env, NODE: process.execPath, PROGRAM: program },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(given);
});

test('what was given is found where /proc is not mounted', () => {
  const script = 'mount -t tmpfs tmpfs /proc && exec "$NODE" -e "$PROGRAM" 7>/dev/null';
  const { stdout, stderr } = spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], {
    env: { ...process.env, NODE: process.execPath, PROGRAM: program },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toContain(7);
});
