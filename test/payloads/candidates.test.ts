import { expect, test } from 'vitest';
import { candidatesIn } from '../../src/payloads/candidates.js';

const layer = (mediaType: string, title = '') => ({
  mediaType,
  title,
  digest: `sha256:${'0'.repeat(64)}`,
  size: 1,
  annotations: new Map<string, string>(),
});

test.each([
  { mediaType: 'application/vnd.example.sysext', title: '', looksLike: 'extension' },
  { mediaType: 'application/octet-stream', title: 'gvisor.raw', looksLike: 'extension' },
  { mediaType: 'application/octet-stream', title: 'initramfs-6.12.img', looksLike: 'initramfs' },
  { mediaType: 'application/octet-stream', title: 'vmlinuz-6.12', looksLike: 'kernel' },
  { mediaType: 'application/vnd.example.kernel', title: '', looksLike: 'kernel' },
  { mediaType: 'application/octet-stream', title: 'linux.efi', looksLike: 'uki' },
  { mediaType: 'application/octet-stream', title: 'model.gguf', looksLike: 'file' },
])('$mediaType “$title” looks like: $looksLike', ({ mediaType, title, looksLike }) => {
  expect(candidatesIn([layer(mediaType, title)], false)).toMatchObject([{ title, mediaType, looksLike }]);
});

test.each([
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
])('a layer of the root of an image is none: %s', (mediaType) => {
  expect(candidatesIn([layer(mediaType)], true)).toEqual([]);
  expect(candidatesIn([layer('application/vnd.example.kernel')], true)).toHaveLength(1);
});
