import { container, etc, image, pull, type Row, refused, rootfs, run, section, usr } from './row.js';

const refersTo = (name: string, ...lines: readonly string[]) =>
  section('Container', `Image=${name}`, ...lines);

/** What `Image=` and `Rootfs=` of a container mean. */
export const containerImageRows: readonly Row[] = [
  { name: 'an image', tree: usr({ 'a.container': container('a') }), makes: { 'a.container': run('a') } },
  {
    name: 'an image in quotes',
    tree: usr({ 'a.container': refersTo('"quay.io/x/a:1"') }),
    makes: { 'a.container': run('a') },
  },
  {
    name: 'an image before a command',
    tree: usr({ 'a.container': container('a', 'Exec=EXEC --x quay.io/x/b:1') }),
    makes: { 'a.container': run('a') },
  },
  {
    name: 'the last of several',
    tree: usr({ 'a.container': container('b', 'Image=quay.io/x/a:1') }),
    makes: { 'a.container': run('a') },
  },
  {
    name: 'an .image unit, pulled as it says',
    tree: usr({
      'a.container': refersTo('b.image'),
      'b.image': image('b', 'Arch=arm64', 'GlobalArgs=--syslog'),
    }),
    makes: {
      'a.container': pull('b', ['--arch', 'arm64'], ['--syslog']),
      'b.image': pull('b', ['--arch', 'arm64'], ['--syslog']),
    },
  },
  {
    name: 'an .image unit in quotes',
    tree: usr({ 'a.container': refersTo('"b.image"'), 'b.image': image('b') }),
    makes: { 'a.container': pull('b'), 'b.image': pull('b') },
  },
  {
    name: 'an .image unit in another directory',
    tree: { ...etc({ 'x/a.container': refersTo('b.image') }), ...usr({ 'y/b.image': image('b') }) },
    makes: { 'a.container': pull('b'), 'b.image': pull('b') },
  },
  {
    name: 'an .image unit with its drop-ins',
    tree: usr({ 'a.container': refersTo('b.image'), 'b.image': image('b'), 'image.d/1.conf': image('c') }),
    makes: { 'a.container': pull('c'), 'b.image': pull('c') },
  },
  {
    name: 'an .image unit whose ImageTag= is another image than it pulls, which we refuse',
    tree: usr({ 'a.container': refersTo('b.image'), 'b.image': image('b', 'ImageTag=localhost/b:1') }),
    makes: { 'a.container': pull('b'), 'b.image': pull('b') },
    weRefuse: 'image-tag-differs',
  },
  {
    name: 'an .image unit by its file name, not by its ServiceName=',
    tree: usr({ 'a.container': refersTo('c.image'), 'b.image': image('b', 'ServiceName=c-image') }),
    makes: { 'a.container': refused, 'b.image': pull('b') },
  },
  {
    name: 'an .image template',
    tree: usr({ 'a.container': refersTo('t@.image'), 't@.image': image('b') }),
    makes: { 'a.container': pull('b'), 't@.image': pull('b') },
  },
  {
    name: 'no instance of an .image template',
    tree: usr({ 'a.container': refersTo('t@i.image'), 't@.image': image('b') }),
    makes: { 'a.container': refused, 't@.image': pull('b') },
  },
  {
    name: 'an instance that has a file',
    tree: usr({ 'a.container': refersTo('t@i.image'), 't@i.image': image('b') }),
    makes: { 'a.container': pull('b'), 't@i.image': pull('b') },
  },
  {
    name: 'no .image unit by its path',
    tree: usr({ 'a.container': refersTo('/usr/share/containers/systemd/b.image'), 'b.image': image('b') }),
    makes: { 'a.container': refused, 'b.image': pull('b') },
  },
  {
    name: 'no .image unit that is absent',
    tree: usr({ 'a.container': refersTo('b.image') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'no .build unit that is absent',
    tree: usr({ 'a.container': refersTo('b.build') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'a registry’s image whose name ends in .image is a unit that is absent',
    tree: usr({ 'a.container': refersTo('quay.io/x/disk.image') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'a registry’s image whose name ends in .image, with a tag',
    tree: usr({ 'a.container': refersTo('quay.io/x/disk.image:1') }),
    makes: { 'a.container': 'podman run quay.io/x/disk.image:1' },
  },
  {
    name: 'a .build unit, which we refuse: nothing can be pulled',
    tree: usr({
      'a.container': refersTo('b.build'),
      'b.build': section('Build', 'ImageTag=localhost/b:1', 'File=/Containerfile'),
    }),
    makes: { 'a.container': 'podman run localhost/b:1' },
    weRefuse: 'image-from-build',
  },
  {
    name: 'an .image unit that is refused, which we refuse: the root file system would be empty',
    tree: usr({ 'a.container': refersTo('b.image'), 'b.image': image('b', 'Bad=1') }),
    makes: { 'a.container': refused, 'b.image': refused },
    weRefuse: 'image-unit-invalid',
  },
  {
    name: 'a root file system',
    tree: usr({ 'a.container': section('Container', 'Rootfs=/srv/x', 'Exec=EXEC') }),
    makes: { 'a.container': rootfs },
  },
  {
    name: 'a root file system and an image exclude each other',
    tree: usr({ 'a.container': container('a', 'Rootfs=/srv/x') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'an empty root file system is none',
    tree: usr({ 'a.container': container('a', 'Rootfs=') }),
    makes: { 'a.container': run('a') },
  },
  {
    name: 'neither image nor root file system',
    tree: usr({ 'a.container': section('Container', 'Exec=EXEC') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'modules and global arguments come first',
    tree: usr({ 'a.container': container('a', 'GlobalArgs=--syslog', 'ContainersConfModule=/m') }),
    makes: { 'a.container': run('a', ['--module=/m', '--syslog']) },
  },
  {
    name: 'a specifier, which we refuse',
    tree: usr({ 'a.container': refersTo('quay.io/x/%i') }),
    makes: { 'a.container': 'podman run quay.io/x/%i' },
    weRefuse: 'specifier',
  },
  {
    name: 'a short name',
    tree: usr({ 'a.container': refersTo('fedora') }),
    makes: { 'a.container': 'podman run fedora' },
  },
];
