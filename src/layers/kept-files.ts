/**
 * What decides, at the next boot, which images are bound and how they are pulled: entries, quadlets, the configuration of
 * registries, keys and certificates. Whatever else one of them names is fetched when it turns out to be wanted.
 */
const keptDirectories = [
  'etc/bootc',
  'etc/containers',
  'etc/docker/certs.d',
  'etc/ostree',
  'etc/pki',
  'etc/ssl/certs',
  'usr/lib/bootc/bound-images.d',
  'usr/lib/bound-images.d',
  'usr/lib/ostree',
  'usr/share/ca-certificates',
  'usr/share/containers',
  'usr/share/pki',
].flatMap((path) => (path.startsWith('etc/') ? [path, `usr/${path}`] : [path]));

const keptFiles = ['etc/os-release', 'usr/etc/os-release', 'usr/lib/os-release'];

/** @param path relative, without empty, `.` and `..` components */
export function isKept(path: string): boolean {
  return keptFiles.includes(path) || keptDirectories.some((directory) => path.startsWith(`${directory}/`));
}
