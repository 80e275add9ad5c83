import { dir, symlink } from '../../../test/support/tree.js';
import { container, etc, image, pull, type Row, refused, run, section, usr } from './row.js';

const arch = (name: string) => section('Image', `Arch=${name}`);
const withArch = (name: string) => ({ 'a.image': pull('a', ['--arch', name]) });
const unchanged = { 'a.image': pull('a') };

/** What changes a unit from outside, and in which order. */
export const dropInRows: readonly Row[] = [
  {
    name: 'of the unit’s own name',
    tree: usr({ 'a.image': image('a'), 'a.image.d/1.conf': arch('1') }),
    makes: withArch('1'),
  },
  {
    name: 'in another searched directory than the unit',
    tree: { ...usr({ 'a.image': image('a') }), ...etc({ 'x/a.image.d/1.conf': arch('1') }) },
    makes: withArch('1'),
  },
  {
    name: 'below the directory of the unit',
    tree: usr({ 'a.image': image('a'), 'x/y/a.image.d/1.conf': arch('1') }),
    makes: withArch('1'),
  },
  {
    name: 'above the directory of the unit',
    tree: usr({ 'x/a.image': image('a'), 'a.image.d/1.conf': arch('1') }),
    makes: withArch('1'),
  },
  {
    name: 'not in a directory that is not searched',
    tree: { ...usr({ 'a.image': image('a') }), ...etc({ 'users/a.image.d/1.conf': arch('1') }) },
    makes: unchanged,
  },
  {
    name: 'in a directory without any unit',
    tree: { ...usr({ 'x/a.image': image('a') }), ...etc({ 'a.image.d/1.conf': arch('1') }) },
    makes: withArch('1'),
  },
  {
    name: 'in a directory whose units are lost',
    tree: { ...usr({ 'a.image': image('a') }), ...etc({ 'a.image.d/1.conf': arch('1'), 'b.kube': '!' }) },
    makes: { ...withArch('1'), 'b.kube': refused },
  },
  {
    name: 'of all units of the type',
    tree: usr({ 'a.image': image('a'), 'image.d/1.conf': arch('1'), 'container.d/1.conf': arch('2') }),
    makes: withArch('1'),
  },
  {
    name: 'of every prefix that ends in a dash',
    tree: usr({
      'a-b-c.image': image('a'),
      'a-.image.d/1.conf': section('Image', 'Arch=1'),
      'a-b-.image.d/2.conf': section('Image', 'OS=2'),
      'a-b.image.d/3.conf': section('Image', 'Variant=3'),
    }),
    makes: { 'a-b-c.image': pull('a', ['--arch', '1', '--os', '2']) },
  },
  {
    name: 'of a prefix that is a dash',
    tree: usr({ '-a.image': image('a'), '-.image.d/1.conf': arch('1') }),
    makes: { '-a.image': pull('a', ['--arch', '1']) },
  },
  {
    name: 'of a prefix with two dashes',
    tree: usr({
      'a--b.image': image('a'),
      'a--.image.d/1.conf': section('Image', 'Arch=1'),
      'a-.image.d/2.conf': section('Image', 'OS=2'),
    }),
    makes: { 'a--b.image': pull('a', ['--arch', '1', '--os', '2']) },
  },
  {
    name: 'of a unit whose name ends in a dash: itself and its prefix are one',
    tree: usr({ 'a-.image': image('a'), 'a-.image.d/1.conf': arch('1') }),
    makes: { 'a-.image': pull('a', ['--arch', '1']) },
  },
  {
    name: 'of an instance’s template, and its own first',
    tree: usr({
      't@i.image': image('a'),
      't@.image.d/1.conf': section('Image', 'Arch=template', 'OS=template'),
      't@i.image.d/1.conf': section('Image', 'Arch=instance'),
    }),
    makes: { 't@i.image': pull('a', ['--arch', 'instance']) },
  },
  {
    name: 'not of the name of a template without its @',
    tree: usr({ 't@i.image': image('a'), 't.image.d/1.conf': arch('1') }),
    makes: { 't@i.image': pull('a') },
  },
  {
    name: 'of a template itself',
    tree: usr({ 't@.image': image('a'), 't@.image.d/1.conf': arch('1') }),
    makes: { 't@.image': pull('a', ['--arch', '1']) },
  },
  {
    name: 'of the prefixes of a template, with and without @',
    tree: usr({
      'a-t@i.image': image('a'),
      'a-.image.d/1.conf': section('Image', 'Arch=1'),
      'a-@.image.d/2.conf': section('Image', 'OS=2'),
    }),
    makes: { 'a-t@i.image': pull('a', ['--arch', '1', '--os', '2']) },
  },
  {
    name: 'not of the prefixes of an instance’s name',
    tree: usr({ 't@i-j.image': image('a'), 't@i-.image.d/1.conf': arch('1') }),
    makes: { 't@i-j.image': pull('a') },
  },
  {
    name: 'of a template whose name ends at the first @',
    tree: usr({ 't@i@j.image': image('a'), 't@.image.d/1.conf': arch('1') }),
    makes: { 't@i@j.image': pull('a', ['--arch', '1']) },
  },
  {
    name: 'of equal names: the more specific directory first, wherever it is',
    tree: {
      ...etc({ 'a.image': image('a'), 'image.d/1.conf': arch('etc') }),
      ...usr({ 'a.image.d/1.conf': arch('usr') }),
    },
    makes: withArch('usr'),
  },
  {
    name: 'of equal names in equal directories: /etc first',
    tree: {
      ...usr({ 'a.image': image('a'), 'a.image.d/1.conf': arch('usr') }),
      ...etc({ 'a.image.d/1.conf': arch('etc') }),
    },
    makes: withArch('etc'),
  },
  {
    name: 'merged in the order of their names, whatever their directories',
    tree: usr({ 'a.image': image('a'), 'a.image.d/10.conf': arch('10'), 'image.d/20.conf': arch('20') }),
    makes: withArch('20'),
  },
  {
    name: 'merged in byte order: 9 after 10, small letters last',
    tree: usr({
      'a.image': image('a'),
      'a.image.d/10.conf': section('Image', 'Arch=10', 'OS=10'),
      'a.image.d/9.conf': section('Image', 'Arch=9'),
      'a.image.d/a.conf': section('Image', 'OS=a'),
      'a.image.d/Z.conf': section('Image', 'OS=Z'),
    }),
    makes: { 'a.image': pull('a', ['--arch', '9', '--os', 'a']) },
  },
  {
    name: 'only *.conf, and hidden ones',
    tree: usr({
      'a.image': image('a'),
      'a.image.d/.conf': section('Image', 'Arch=1'),
      'a.image.d/.h.conf': section('Image', 'OS=2'),
      'a.image.d/a.CONF': section('Image', 'Variant=3'),
      'a.image.d/a.conf~': '!',
      'a.image.d/README': '!',
    }),
    makes: { 'a.image': pull('a', ['--arch', '1', '--os', '2']) },
  },
  {
    name: 'hidden by a link to /dev/null of its name',
    tree: {
      ...usr({ 'a.image': image('a'), 'a.image.d/1.conf': arch('1') }),
      ...etc({ 'a.image.d/1.conf': symlink('/dev/null') }),
    },
    makes: unchanged,
  },
  {
    name: 'hidden by an empty file of its name',
    tree: {
      ...usr({ 'a.image': image('a'), 'image.d/1.conf': arch('1') }),
      ...etc({ 'a.image.d/1.conf': '' }),
    },
    makes: unchanged,
  },
  {
    name: 'hidden by a file of its name that cannot be parsed',
    tree: {
      ...usr({ 'a.image': image('a'), 'a.image.d/1.conf': arch('1') }),
      ...etc({ 'a.image.d/1.conf': '!' }),
    },
    makes: unchanged,
  },
  {
    name: 'hidden by a link of its name that leads nowhere',
    tree: {
      ...usr({ 'a.image': image('a'), 'a.image.d/1.conf': arch('1') }),
      ...etc({ 'a.image.d/1.conf': symlink('/nowhere') }),
    },
    makes: unchanged,
  },
  {
    name: 'hidden by a directory of its name',
    tree: {
      ...usr({ 'a.image': image('a'), 'a.image.d/1.conf': arch('1') }),
      ...etc({ 'a.image.d/1.conf/': dir() }),
    },
    makes: unchanged,
  },
  {
    name: 'that cannot be parsed, beside others that can',
    tree: usr({ 'a.image': image('a'), 'a.image.d/1.conf': '!', 'a.image.d/2.conf': arch('2') }),
    makes: withArch('2'),
  },
  {
    name: 'with a file in place of their directory',
    tree: { ...usr({ 'a.image': image('a'), 'image.d/1.conf': arch('1') }), ...etc({ 'a.image.d': 'x' }) },
    makes: withArch('1'),
  },
  {
    name: 'in a directory that is a link',
    tree: { ...usr({ 'a.image': image('a'), 'a.image.d': symlink('/opt/d') }), 'opt/d/1.conf': arch('1') },
    makes: withArch('1'),
  },
  {
    name: 'that are links',
    tree: { ...usr({ 'a.image': image('a'), 'a.image.d/1.conf': symlink('/opt/x') }), 'opt/x': arch('1') },
    makes: withArch('1'),
  },
  {
    name: 'without a unit make nothing',
    tree: usr({ 'a.image.d/1.conf': image('a'), 'b.image': image('b') }),
    makes: { 'b.image': pull('b') },
  },
  {
    name: 'with sections of another type',
    tree: usr({ 'a.image': image('a'), 'a.image.d/1.conf': container('c', 'Arch=1') }),
    makes: unchanged,
  },
  {
    name: 'that name another image',
    tree: usr({ 'a.container': container('a'), 'a.container.d/1.conf': container('b') }),
    makes: { 'a.container': run('b') },
  },
  {
    name: 'that empty the image',
    tree: usr({ 'a.container': container('a'), 'a.container.d/1.conf': section('Container', 'Image=') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'that empty a list, and begin a new one',
    tree: usr({
      'a.image': image('a', 'PodmanArgs=--quiet', 'GlobalArgs=--syslog'),
      'a.image.d/1.conf': section('Image', 'PodmanArgs=', 'PodmanArgs=--all-tags', 'GlobalArgs='),
    }),
    makes: { 'a.image': pull('a', ['--all-tags']) },
  },
  {
    name: 'that go on with a list',
    tree: usr({
      'a.image': image('a', 'GlobalArgs=--syslog'),
      'a.image.d/1.conf': section('Image', 'GlobalArgs=--noout'),
    }),
    makes: { 'a.image': pull('a', [], ['--syslog', '--noout']) },
  },
  {
    name: 'do not continue the last line of the unit',
    tree: usr({ 'a.image': `${image('a')}Arch=1\\\n\n`, 'a.image.d/1.conf': 'OS=2\n[Image]\n' }),
    makes: unchanged,
  },
  {
    name: 'with a key that makes the unit refused',
    tree: usr({ 'a.container': container('a'), 'a.container.d/1.conf': section('Container', 'Bad=1') }),
    makes: { 'a.container': refused },
  },
  {
    name: 'that make a good unit of a refused one',
    tree: usr({
      'a.container': container('a', 'Pod=none.pod'),
      'a.container.d/1.conf': section('Container', 'Pod='),
    }),
    makes: { 'a.container': run('a') },
  },
  {
    name: 'that turn a container into one with a root file system',
    tree: usr({
      'a.container': container('a'),
      'a.container.d/1.conf': section('Container', 'Image=', 'Rootfs=/srv'),
    }),
    makes: { 'a.container': 'podman run --rootfs' },
  },
];
