import { dir, symlink } from '../../../test/support/tree.js';
import { container, etc, image, pull, type Row, refused, rootfs, run, section, usr } from './row.js';

const none = { 'a.image': refused };

/** Masks, and directories that lose their units. */
export const lostRows: readonly Row[] = [
  {
    name: 'a link to /dev/null in /etc masks a unit of /usr',
    tree: { ...etc({ 'a.image': symlink('/dev/null') }), ...usr({ 'a.image': image('a') }) },
    makes: none,
  },
  {
    name: 'an empty file in /etc masks a unit of /usr',
    tree: { ...etc({ 'a.container': '' }), ...usr({ 'a.container': container('a') }) },
    makes: { 'a.container': refused },
  },
  {
    name: 'a mask counts in a subdirectory, too',
    tree: { ...etc({ 'x/a.image': symlink('/dev/null') }), ...usr({ 'y/a.image': image('a') }) },
    makes: none,
  },
  {
    name: 'a mask that comes later masks nothing',
    tree: { ...etc({ 'a.image': image('a') }), ...usr({ 'a.image': symlink('/dev/null') }) },
    makes: { 'a.image': pull('a') },
  },
  {
    name: 'a file of comments masks like an empty one',
    tree: { ...etc({ 'a.image': '# nothing\n' }), ...usr({ 'a.image': image('a') }) },
    makes: none,
  },
  {
    name: 'a file of other sections masks like an empty one',
    tree: { ...etc({ 'a.image': '[Unit]\nDescription=x\n' }), ...usr({ 'a.image': image('a') }) },
    makes: none,
  },
  {
    name: 'a link to a mask is a mask',
    tree: usr({ 'a.image': symlink('b.image'), 'b.image': symlink('/dev/null') }),
    makes: { ...none, 'b.image': refused },
  },
  {
    name: 'a drop-in brings a masked unit back',
    tree: {
      ...etc({ 'a.image': symlink('/dev/null'), 'a.image.d/1.conf': image('b') }),
      ...usr({ 'a.image': image('a') }),
    },
    makes: { 'a.image': pull('b') },
  },
  {
    name: 'a container that refers to a masked unit gets an empty root file system',
    tree: usr({ 'a.image': symlink('/dev/null'), 'a.container': section('Container', 'Image=a.image') }),
    makes: { ...none, 'a.container': refused },
    weRefuse: 'image-unit-invalid',
  },
  {
    name: 'a file that cannot be parsed takes the units of its directory with it',
    tree: usr({ 'a.image': image('a'), 'b.container': 'nonsense' }),
    makes: { ...none, 'b.container': refused },
  },
  {
    name: 'a file of any type does so',
    tree: usr({ 'a.image': image('a'), 'b.artifact': '[' }),
    makes: { ...none, 'b.artifact': refused },
  },
  {
    name: 'not those of a subdirectory',
    tree: usr({ 'x/a.image': image('a'), 'b.network': 'nonsense' }),
    makes: { 'a.image': pull('a') },
  },
  {
    name: 'not those of the parent',
    tree: usr({ 'a.image': image('a'), 'x/b.network': 'nonsense' }),
    makes: { 'a.image': pull('a') },
  },
  {
    name: 'a link that leads nowhere does, even the lock of an editor',
    tree: usr({ 'a.image': image('a'), '.#b.image': symlink('me@host.1:2') }),
    makes: { ...none, '.#b.image': refused },
  },
  {
    name: 'a link in a circle does',
    tree: usr({ 'a.image': image('a'), 'b.kube': symlink('b.kube') }),
    makes: { ...none, 'b.kube': refused },
  },
  {
    name: 'a directory with the name of a unit does',
    tree: usr({ 'a.image': image('a'), 'b.pod/': dir() }),
    makes: none,
  },
  {
    name: 'a directory with the name of a unit is searched all the same',
    tree: usr({ 'x/b.pod/a.image': image('a') }),
    makes: { 'a.image': pull('a') },
  },
  {
    name: 'a lost unit hides the one of its name that comes later',
    tree: { ...etc({ 'a.image': image('etc'), 'b.image': '!' }), ...usr({ 'a.image': image('a') }) },
    makes: { ...none, 'b.image': refused },
  },
  {
    name: 'a file that cannot be parsed hides nothing',
    tree: { ...etc({ 'a.image': '!' }), ...usr({ 'a.image': image('a') }) },
    makes: { 'a.image': pull('a') },
  },
  {
    name: 'a link that leads nowhere hides nothing',
    tree: { ...etc({ 'a.image': symlink('/nowhere') }), ...usr({ 'a.image': image('a') }) },
    makes: { 'a.image': pull('a') },
  },
  {
    name: 'a file that is hidden is not parsed, and takes nothing with it',
    tree: { ...etc({ 'a.image': image('a') }), ...usr({ 'a.image': '!', 'b.image': image('b') }) },
    makes: { 'a.image': pull('a'), 'b.image': pull('b') },
  },
  {
    name: 'a directory that is reached through a link can be lost',
    tree: { ...usr({ l: symlink('/opt/u') }), 'opt/u/a.image': image('a'), 'opt/u/b.image': '!' },
    makes: { ...none, 'b.image': refused },
  },
  {
    name: 'a unit that is refused takes nothing with it',
    tree: usr({ 'a.image': image('a'), 'b.image': section('Image', 'Bad=1') }),
    makes: { 'a.image': pull('a'), 'b.image': refused },
  },
  {
    name: 'a container may refer to a unit of a lost directory no more',
    tree: usr({
      'x/a.image': image('a'),
      'x/b.image': '!',
      'a.container': section('Container', 'Image=a.image'),
    }),
    makes: { ...none, 'b.image': refused, 'a.container': refused },
  },
  {
    name: 'a container takes the unit of a later directory where the first cannot be parsed',
    tree: {
      ...etc({ 'x/a.image': '!', 'a.container': section('Container', 'Image=a.image') }),
      ...usr({ 'a.image': image('a') }),
    },
    makes: { 'a.image': pull('a'), 'a.container': pull('a') },
  },
  {
    name: 'a container with a root file system needs no image',
    tree: usr({ 'a.container': section('Container', 'Rootfs=/srv/x') }),
    makes: { 'a.container': rootfs },
  },
  {
    name: 'a byte-order mark makes a file unreadable',
    tree: usr({ 'a.image': `\ufeff${image('a')}`, 'b.container': container('b') }),
    makes: { ...none, 'b.container': refused },
  },
  {
    name: 'an error in a section that nobody reads counts',
    tree: usr({ 'a.image': image('a', '[X-Mine]', 'nonsense'), 'z/b.container': container('b') }),
    makes: { ...none, 'b.container': run('b') },
  },
];
