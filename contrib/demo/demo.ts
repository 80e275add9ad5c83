import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmountBelow } from '../../integration/support/mounts.js';
import { newStore } from '../../integration/support/store.js';
import { type Cleanup, newCleanup } from '../../integration/support/temp.js';
import { listenForInterruption } from '../interruption.js';
import { startRegistries } from './registries.js';
import { makeRoots } from './roots.js';
import { print, printStep, printTree } from './screen.js';
import { newShell } from './shell.js';

async function demo(dir: string, cleanup: Cleanup, signal: AbortSignal): Promise<void> {
  print(`Everything below happens in ${dir} and is gone when the demo ends.`);

  printStep('1. Four small images are built and pushed to two real registries on loopback.');
  const registries = await startRegistries(cleanup);
  print(`  https://${registries.publicHost}  open to everyone`);
  print(`  https://${registries.privateHost}  asks for a password; each of its two users may read one image`);

  signal.throwIfAborted();
  printStep(
    '2. A host is about to boot a new root, which binds the images. The running system has a pull secret.',
  );
  await makeRoots(dir, registries);
  await printTree('new-root');
  await printTree('current-root');

  const roots = ['--root', 'new-root', '--current-root', 'current-root'];
  const store = await cleanup.use(newStore(join(dir, 'store')));
  const shell = newShell(store.env, signal);

  printStep(
    '3. list: which images does the new root bind, and which auth file is for which? It reads files only.',
  );
  await shell('bound-images', ['list', ...roots]);

  printStep('4. check: is anything wrong with those files? A build of the new root would stop here if so.');
  await shell('bound-images', ['check', ...roots]);

  printStep('5. pull: every image into a store of the demo’s own, and proof that it is there.');
  const pull = ['pull', ...roots, '--storage-root', store.root, '--storage-runroot', store.runroot];
  await shell('bound-images', pull);

  printStep('6. podman finds them in that store, where the services of the next boot would.');
  await shell('podman', [...store.podmanArgs, 'image', 'list']);

  printStep('7. pull again: nothing is missing, so nothing is downloaded.');
  const seconds = await shell('bound-images', pull);
  print(`(${seconds.toFixed(2)} s from start to exit)`);

  printStep('That was: what a root binds, whether it is in order, and its images in place before it boots.');
  print('On a tree of your own:  node dist/cli.js check --root DIR');
  print('Everything else:        node dist/cli.js --help, and contrib/docs');
}

/** Runs the demo in a directory that takes in all that it and its programs write, and deletes it. */
async function main(): Promise<number> {
  const interruption = listenForInterruption();
  const cleanup = newCleanup();
  const dir = await mkdtemp(join(tmpdir(), 'bound-images-demo-'));
  cleanup.add(async () => {
    await unmountBelow(dir);
    await rm(dir, { recursive: true, force: true });
  });
  process.env.TMPDIR = dir;
  process.chdir(dir);
  try {
    await demo(dir, cleanup, interruption.signal);
    return 0;
  } catch (error) {
    const status = interruption.exitStatus();
    process.stderr.write(status === undefined ? `\nThe demo failed: ${error}\n` : '\nInterrupted.\n');
    return status ?? 1;
  } finally {
    await cleanup.run();
  }
}

process.exitCode = await main();
