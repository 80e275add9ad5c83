import { afterAll, expect, test } from 'vitest';
import { cliCommand } from './support/cli.js';
import { exec } from './support/exec.js';
import { makeRoots } from './support/host.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const list = (root: string) => [...cliCommand, 'list', '--root', root, '--current-root', root];

test('without /proc no root is read, rather than found to bind nothing', async () => {
  const { newRoot } = await cleanup.use(makeRoots({ newRoot: {} }));
  const script = 'mount -t tmpfs none /proc && exec "$@"';
  const result = await exec('unshare', ['--mount', 'sh', '-c', script, 'sh', ...list(newRoot)]);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain('cannot be read: /proc is not mounted');
});

test('few files that may be open are enough for a deep root', async () => {
  const deep = Array.from({ length: 40 }, (_, level) => `d${level}`).join('/');
  const unit = `usr/share/containers/systemd/${deep}/app.container`;
  const { newRoot } = await cleanup.use(
    makeRoots({
      newRoot: {
        [unit]: '[Container]\nImage=quay.io/x/y:1\n',
        'usr/lib/bootc/bound-images.d/app.container': { link: `/${unit}` },
      },
    }),
  );
  // Fewer than it has levels; Node itself has some thirty open while it loads the program.
  const result = await exec('sh', ['-c', 'ulimit -n 36; exec "$@"', 'sh', ...list(newRoot)]);
  expect(result).toMatchObject({ exitCode: 0 });
  expect(result.stdout).toContain('quay.io/x/y:1');
});
