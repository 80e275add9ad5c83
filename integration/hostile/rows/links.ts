import { spawn } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dropIn, quadlet } from '../../support/entries.js';
import { type Tree, writeTree } from '../../support/host.js';
import type { Row, Run } from '../row.js';

const bound = 'usr/lib/bound-images.d';
const units = 'usr/share/containers/systemd';

/** Paths of a root that are read, each as a link out of the root. */
const read: readonly { readonly path: string; readonly tree?: Tree; readonly file?: boolean }[] = [
  { path: bound },
  { path: 'usr/lib/bootc/bound-images.d' },
  { path: 'usr/lib' },
  { path: 'etc' },
  { path: 'etc/bootc/bound-images.d' },
  { path: `${bound}/x.toml`, file: true },
  { path: `${bound}/x.image`, file: true },
  { path: units, tree: { [`${bound}/x.image`]: { link: `/${units}/x.image` } } },
  {
    path: 'etc/containers/systemd',
    tree: { [`${bound}/x.image`]: { link: '/etc/containers/systemd/leaf' } },
  },
  { path: `${units}/app.image.d`, tree: quadlet('app.image', 'Image=127.0.0.1:9/app:1') },
  { path: `${units}/app.yaml`, tree: quadlet('app.kube', 'Yaml=app.yaml'), file: true },
  { path: 'etc/containers/registries.conf', tree: dropIn('x', ['127.0.0.1:9/app:1']), file: true },
  { path: 'etc/containers/registries.conf.d', tree: dropIn('x', ['127.0.0.1:9/app:1']) },
  { path: 'etc/containers/policy.json', tree: dropIn('x', ['127.0.0.1:9/app:1']), file: true },
  { path: 'etc/containers/registries.d', tree: dropIn('x', ['127.0.0.1:9/app:1']) },
  { path: 'etc/containers/storage.conf', tree: dropIn('x', ['127.0.0.1:9/app:1']), file: true },
  { path: 'etc/ostree/auth.json', tree: dropIn('x', ['127.0.0.1:9/app:1']), file: true },
  { path: 'usr/lib/ostree/prepare-root.conf', tree: dropIn('x', ['127.0.0.1:9/app:1']), file: true },
  { path: 'usr/etc', tree: dropIn('x', ['127.0.0.1:9/app:1']) },
];

const targets = [
  { name: 'a link out', target: (path: string) => path },
  { name: 'a relative link out', target: (path: string) => `${'../'.repeat(30)}${path.slice(1)}` },
];

export const linkRows: readonly Row[] = targets.flatMap(({ name, target }) =>
  read.map(({ path, tree = {}, file = false }) => ({
    short: 'some',
    name: `/${path} of the root is ${name}`,
    only: 'oldest',
    attack: ({ canaries }) => ({
      newRoot: tree,
      prepare: async ({ newRoot }) => {
        await mkdir(dirname(join(newRoot, path)), { recursive: true });
        await symlink(target(file ? canaries.secret : canaries.tree), join(newRoot, path));
      },
      runs: [
        { command: 'check', status: [0, 3] },
        { command: 'list', status: [0, 3] },
      ],
    }),
  })),
);

/** Directories that are exchanged for a link out of the root, and back, while they are read. */
const exchanged: readonly { readonly path: string; readonly tree: (secret: string) => Tree }[] = [
  { path: bound, tree: () => dropIn('leaf', ['127.0.0.1:9/app:1']) },
  { path: 'usr/lib', tree: () => dropIn('leaf', ['127.0.0.1:9/app:1']) },
  { path: units, tree: () => quadlet('leaf.image', 'Image=127.0.0.1:9/app:1') },
  {
    path: 'usr/lib/app',
    tree: () => ({
      'usr/lib/app/leaf': 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: 127.0.0.1:9/app:1\n',
      ...quadlet('app.kube', 'Yaml=/usr/lib/app/leaf'),
    }),
  },
];

/**
 * Exchanges a path and a link to `$1` again and again, as fast as it can; one of both is always there: renameat2(2) with
 * RENAME_EXCHANGE, by its number on x86-64 or else aarch64.
 */
const exchanger = `use POSIX; my ($path, $target) = @ARGV; my $link = "$path.link"; my $at = -100;
  my $number = (POSIX::uname())[4] eq "x86_64" ? 316 : 276;
  symlink $target, $link; $| = 1; print "ready";
  while (getppid() > 1) { syscall($number, $at, $path, $at, $link, 2) == 0 or die $!; }`;

export const exchangedRows: readonly Row[] = exchanged.map(({ path, tree }) => ({
  short: 'some',
  name: `/${path} of the root is exchanged for a link out while it is read`,
  fault: 'files of this host were read and shown',
  only: 'oldest',
  attack: ({ canaries, cleanup }) => {
    // What stands below the link has the names that are looked for.
    const there = join(canaries.tree, 'exchanged');
    const run: Run = { command: 'check', status: [0, 3] };
    return {
      newRoot: tree(canaries.secret),
      prepare: async ({ newRoot }) => {
        await mkdir(there, { recursive: true });
        const token = `${canaries.token} = [\n`;
        await writeTree(there, {
          'leaf.toml': token,
          'leaf.image': token,
          leaf: token,
          'bound-images.d/leaf.toml': token,
        });
        const child = spawn('perl', ['-e', exchanger, join(newRoot, path), there]);
        cleanup.add(async () => {
          const ended = new Promise((resolve) => child.once('close', resolve));
          child.kill('SIGKILL');
          await ended;
        });
        await new Promise((resolve) => child.stdout.once('data', resolve));
      },
      runs: Array.from({ length: 10 }, () => run),
    };
  },
}));
