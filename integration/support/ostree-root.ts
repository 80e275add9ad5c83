import type { Tree } from './host.js';

const topDirectories = ['boot', 'dev', 'proc', 'run', 'sys', 'sysroot', 'tmp', 'var'];

/** The targets of links at the top of a root; what they name in `/var` persists over reboots. */
const topLinks = {
  bin: 'usr/bin',
  home: 'var/home',
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  mnt: 'var/mnt',
  opt: 'var/opt',
  ostree: 'sysroot/ostree',
  root: 'var/roothome',
  sbin: 'usr/sbin',
  srv: 'var/srv',
};

/** The least that ostree deploys and podman runs in, without the programs: those are mounted when it boots. */
const files: Tree = {
  'usr/lib/modules/6.1.0/vmlinuz': 'kernel',
  'usr/lib/modules/6.1.0/initramfs.img': 'initramfs',
  'usr/lib/os-release': 'ID=test\nPRETTY_NAME=test\n',
  'usr/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  'usr/etc/group': 'root:x:0:\n',
  'usr/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  'usr/etc/containers/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
};

/** Returns the tree of a root to commit: what every root needs, and `own`, where `/etc` is `usr/etc`. */
export function ostreeRoot(own: Tree): Tree {
  const directories = topDirectories.map((name) => [name, { directory: true }] as const);
  const links = Object.entries(topLinks).map(([name, link]) => [name, { link }] as const);
  return { ...Object.fromEntries([...directories, ...links]), ...files, ...own };
}
