import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OstreeHost } from './ostree-host.js';
import { type Cleanup, tempDir } from './temp.js';

/** Where bootc has its store, as a path of the host. */
export const bootcStore = '/sysroot/ostree/bootc/storage';

/**
 * There is no bootc on these machines. This stands in for it: it runs the podmans that bootc runs on its store, in the
 * same way. Source: bootc 1.16 crates/lib/src/podstorage.rs (`bind_storage_roots`, `setup_auth`, `create`, `exists`, `pull`,
 * `prune_except_roots`), boundimage.rs (`pull_images_impl`), deploy.rs (`prune_container_store`).
 *
 *     as-bootc make [SELINUX]    the store, empty; its stamp with any second argument
 *     as-bootc podman ARG…       one podman
 *     as-bootc upgrade NAME…     what an upgrade does for deployments with these Image= in the directory of bootc
 *
 * Prints `{ pulled, removed }` for an upgrade, and of any podman that fails what it said.
 */
const program = `#!/usr/bin/env node
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const store = '${bootcStore}';
const alias = '/run/bootc/storage';

function podman(root, ...args) {
  fs.mkdirSync(alias, { recursive: true });
  const auth = '/tmp/as-bootc-auth';
  fs.writeFileSync(auth, '{}');
  const [run, authfile] = [fs.openSync(alias, 'r'), fs.openSync(auth, 'r')];
  fs.rmSync(auth);
  // The working directory is the store before there is another mount namespace.
  const script = 'mount --bind . ' + alias + ' && cd / && exec podman "$@"';
  const roots = ['--root', alias, '--runroot', '/proc/self/fd/3'];
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--', 'sh', '-c', script, 'sh', ...roots, ...args],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', run, authfile],
      env: { ...process.env, REGISTRY_AUTH_FILE: '/proc/self/fd/4' },
    },
  );
  fs.closeSync(run);
  fs.closeSync(authfile);
  return { status, stdout, stderr };
}

function must({ status, stdout, stderr }) {
  if (status === 0) return stdout;
  process.stderr.write(stderr);
  process.exit(1);
}

function make(isLabelled) {
  const work = store + '.tmp';
  fs.mkdirSync(work, { recursive: true });
  must(podman(work, 'images'));
  if (isLabelled) fs.writeFileSync(work + '/.bootc_labeled', '');
  fs.renameSync(work, store);
}

function upgrade(names) {
  const pulled = names.filter((name) => {
    if (podman(store, 'image', 'exists', name).status === 0) return false;
    must(podman(store, 'image', 'pull', name));
    return true;
  });
  const images = JSON.parse(must(podman(store, 'image', 'list', '--format=json')));
  const garbage = images.filter(({ Names }) => (Names ?? []).every((name) => !names.includes(name)));
  if (garbage.length > 0) must(podman(store, 'image', 'rm', ...new Set(garbage.map(({ Id }) => Id))));
  process.stdout.write(JSON.stringify({ pulled, removed: garbage.flatMap(({ Names }) => Names ?? []) }));
}

// bootc goes into a mount namespace of its own first, where it may write to /sysroot.
const [mode, ...args] = process.argv.slice(2);
if (process.env.AS_BOOTC === undefined) {
  const script = 'mount -o remount,bind,rw /sysroot && exec "$@"';
  const self = [process.execPath, __filename, mode, ...args];
  const { status } = spawnSync('unshare', ['--mount', '--', 'sh', '-c', script, 'sh', ...self], {
    stdio: 'inherit',
    env: { ...process.env, AS_BOOTC: '1' },
  });
  process.exit(status ?? 1);
}
if (mode === 'make') make(args.length > 0);
else if (mode === 'upgrade') upgrade(args);
else process.stdout.write(must(podman(store, ...args)));
`;

/** A directory to lay over /usr of a host, with the stand-in. */
export async function asBootcUsr(cleanup: Cleanup): Promise<string> {
  const usr = await tempDir(cleanup);
  await mkdir(join(usr, 'bin'));
  await writeFile(join(usr, 'bin/as-bootc'), program, { mode: 0o755 });
  return usr;
}

/** What bootc would pull and remove with these Image= in its directory. @throws Error with what a podman of it says */
export async function upgradeAsBootc(
  host: OstreeHost,
  names: readonly string[],
): Promise<{ readonly pulled: readonly string[]; readonly removed: readonly string[] }> {
  return JSON.parse(await host.runOk(['as-bootc', 'upgrade', ...names]));
}

/** The names of all images in the store of bootc, as its own podman lists them, sorted. */
export async function namesInBootcStore(host: OstreeHost): Promise<readonly string[]> {
  const rows: readonly { Names?: readonly string[] }[] = JSON.parse(
    await host.runOk(['as-bootc', 'podman', 'image', 'list', '--format=json']),
  );
  return [...new Set(rows.flatMap(({ Names = [] }) => Names))].sort();
}
