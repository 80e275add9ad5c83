import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkStorageConf } from '../src/check/storage-conf.js';
import { openRoots } from '../src/root/open-roots.js';
import { exec } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let podman: string;

beforeAll(async () => {
  podman = (await podmanOf('5.8')).podman;
});

test.each([
  '',
  '[storage]\n',
  '[storage\n',
  'storage = 1\n',
  '[storage]\ndriver = 1\n',
  '[storage]\nDriver = 1\n',
  '[storage]\nunknown = 1\n',
  '[storage]\ntransient_store = "false"\n',
  '[storage]\ntransient_store = false\n',
  '[storage]\ndriver_priority = "overlay"\n',
  '[storage]\ndriver_priority = ["overlay"]\n',
  '[storage]\noptions = []\n',
  '[storage.options]\nadditionalimagestores = "/x"\n',
  '[storage.options]\nadditionalimagestores = [1]\n',
  '[storage.options]\nadditionalimagestores = []\n',
  '[storage.options]\nadditionalimagestores = [{append = true}]\n',
  '[storage.options]\nadditionalimagestores = [{append = "true"}]\n',
  '[storage.options]\nadditionalimagestores = [{appended = true}]\n',
  '[storage.options]\nmount_program = true\n',
  '[storage.options]\ndisable-volatile = "true"\n',
  '[storage.options]\nroot-auto-userns-user = 1\n',
  '[storage.options.overlay]\nmountopt = ["nodev"]\n',
  '[storage.options.overlay]\nignore_chown_errors = true\n',
  '[storage.options.overlay]\nforce_mask = 700\n',
  '[storage.options.overlay]\nskip_mount_home = true\n',
  '[storage.options.pull_options]\nenable_partial_images = true\n',
  '[storage.options.pull_options]\nenable_partial_images = "false"\n',
])('storage.conf is refused exactly where podman refuses it: %j', async (text) => {
  const root = await tempDir(cleanup);
  const path = join(root, 'etc/containers/storage.conf');
  await mkdir(join(root, 'etc/containers'), { recursive: true });
  await writeFile(path, text);
  const store = [`--root=${root}/store`, `--runroot=${root}/run`, '--storage-driver=vfs'];
  const env = { CONTAINERS_STORAGE_CONF: path };
  const { stderr } = await exec(podman, [...store, 'image', 'exists', 'localhost/x'], { env });

  const roots = openRoots({ root, currentRoot: root });
  const ours = roots.ok ? checkStorageConf({ roots }).map(({ rule }) => rule) : undefined;
  expect(ours).toEqual(/toml: |unable to cast|unsupported/.test(stderr) ? ['storage-conf-invalid'] : []);
});
