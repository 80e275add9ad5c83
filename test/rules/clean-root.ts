import { file, symlink, type TreeSpec } from '../support/tree-spec.js';
import type { Change } from './rule-row.js';

export const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const otherDigest = `sha256:${'fedcba9876543210'.repeat(4)}`;

/** A configuration of everything that there is, with nothing to be said against it. */
export const cleanRoot: TreeSpec = {
  'usr/lib/bootc/bound-images.d/web.container': symlink('/usr/share/containers/systemd/web.container'),
  'usr/lib/bootc/bound-images.d/db.image': symlink('/usr/share/containers/systemd/db.image'),
  'usr/lib/bound-images.d/agent.toml': `images = [
  "quay.io/example/agent@${digest}",
]
authfile = "/etc/containers/agent-auth.json"
`,
  'usr/share/containers/systemd/web.container': `[Unit]
Description=The shop

[Container]
Image=quay.io/example/web@${digest}
GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage

[Install]
WantedBy=multi-user.target
`,
  'usr/share/containers/systemd/db.image': `[Image]
Image=quay.io/example/db@${digest}
Policy=missing
GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage
`,
  'usr/share/containers/systemd/db.container': `[Container]
Image=db.image
GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage
`,
  'etc/containers/agent-auth.json': file(
    `{ "auths": { "quay.io": { "auth": "${Buffer.from('shop:secret').toString('base64')}" } } }\n`,
    { mode: 0o600 },
  ),
  'etc/containers/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
  'etc/containers/registries.conf': 'unqualified-search-registries = ["quay.io"]\n',
  'etc/containers/storage.conf': '[storage]\ndriver = "overlay"\n',
};

const seesBootcImages = 'GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage';

/** A `.container` unit that finds the images that bootc pulled; `lines` begin in line 3. */
export function container(...lines: readonly string[]): string {
  return `${['[Container]', seesBootcImages, ...lines].join('\n')}\n`;
}

/** An `.image` unit whose service leaves the registry alone; `lines` begin in line 3. */
export function image(...lines: readonly string[]): string {
  return `${['[Image]', 'Policy=missing', ...lines].join('\n')}\n`;
}

/** The clean root’s web.container with more `lines`, the first of them line 4. */
export function webWith(...lines: readonly string[]): Change {
  const own = `Image=quay.io/example/web@${digest}`;
  return { 'usr/share/containers/systemd/web.container': container(own, ...lines) };
}

/** The clean root’s web.container with other `lines`, the first of them line 3, where bootc does not read it. */
export function webOf(...lines: readonly string[]): Change {
  return {
    'usr/lib/bootc/bound-images.d/web.container': null,
    'usr/lib/bound-images.d/web.container': symlink('/usr/share/containers/systemd/web.container'),
    'usr/share/containers/systemd/web.container': container(...lines),
  };
}

/** The clean root’s db.image with more `lines`, the first of them line 4, where bootc does not read it. */
export function dbWith(...lines: readonly string[]): Change {
  const own = `Image=quay.io/example/db@${digest}`;
  return {
    'usr/lib/bootc/bound-images.d/db.image': null,
    'usr/lib/bound-images.d/db.image': symlink('/usr/share/containers/systemd/db.image'),
    'usr/share/containers/systemd/db.image': image(own, ...lines),
  };
}

/** The clean root with a change. */
export function changed(change: Change): TreeSpec {
  const entries = Object.entries({ ...cleanRoot, ...change });
  return Object.fromEntries(entries.flatMap(([path, node]) => (node === null ? [] : [[path, node]])));
}
