import { symlink } from '../../../test/support/tree.js';
import { container, etc, image, pull, type Row, run, usr } from './row.js';

const a = { 'a.image': pull('a') };

/** Which files are units, and which of two with one name. */
export const searchRows: readonly Row[] = [
  {
    name: '/etc comes before /usr',
    tree: { ...usr({ 'a.image': image('usr') }), ...etc({ 'a.image': image('a') }) },
    makes: a,
  },
  {
    name: 'a subdirectory of /etc comes before the top of /usr',
    tree: { ...usr({ 'a.image': image('usr') }), ...etc({ 'x/a.image': image('a') }) },
    makes: a,
  },
  { name: 'subdirectories are searched at any depth', tree: usr({ 'x/y/z/a.image': image('a') }), makes: a },
  {
    name: 'a directory comes before its subdirectories',
    tree: usr({ '0/a.image': image('0'), 'a.image': image('a') }),
    makes: a,
  },
  {
    name: 'a subdirectory with all below it comes before the next one',
    tree: usr({ 'x-1/a.image': image('x-1'), 'x/y/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'subdirectories come in the byte order of their names: upper case first',
    tree: usr({ 'a/a.image': image('lower'), 'B/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'subdirectories come in the byte order of their names: 10 before 9',
    tree: usr({ '9/a.image': image('9'), '10/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'subdirectories come in the byte order of their names: é last',
    tree: usr({ 'é/a.image': image('é'), 'z/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'hidden subdirectories are searched',
    tree: usr({ '.x/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'names with blanks are names',
    tree: usr({ 'x y/a b.image': image('a') }),
    makes: { 'a b.image': pull('a') },
  },
  {
    name: 'units for users in /etc are none of root',
    tree: { ...etc({ 'users/a.image': image('user') }), ...usr({ 'a.image': image('a') }) },
    makes: a,
  },
  {
    name: 'whatever begins like the directory for users in /etc is left out, too',
    tree: {
      ...etc({ 'users-old/a.image': image('old'), 'users2/x/a.image': image('2') }),
      ...usr({ 'a.image': image('a') }),
    },
    makes: a,
  },
  {
    name: 'a directory called users is read where it is not at the top of /etc/containers/systemd',
    tree: { ...etc({ 'x/users/a.image': image('a') }), ...usr({ 'users/b.image': image('b') }) },
    makes: { ...a, 'b.image': pull('b') },
  },
  {
    name: 'a link at the directory for users moves what is left out',
    tree: etc({ users: symlink('us'), 'us/a.image': image('us'), 'z/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'a dangling link at the directory for users moves nothing',
    tree: etc({ users: symlink('us'), 'users-1/a.image': image('users-1'), 'z/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'a link of /usr to the directory for users is followed',
    tree: {
      ...etc({ 'users/a.image': image('a') }),
      ...usr({ l: symlink('/etc/containers/systemd/users') }),
    },
    makes: a,
    makesIn6: {},
  },
  {
    name: 'directories whose names end in .d are not searched',
    tree: usr({ '0.d/a.image': image('d'), '0.d/x/a.image': image('dx'), 'z/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'a link called x.d to another directory is followed',
    tree: { ...usr({ 'x.d': symlink('/opt/u') }), 'opt/u/a.image': image('a') },
    makes: a,
  },
  {
    name: 'a link to a directory whose name ends in .d is not',
    tree: { ...usr({ x: symlink('/opt/u.d'), 'z/a.image': image('a') }), 'opt/u.d/a.image': image('d') },
    makes: a,
  },
  {
    name: 'the searched directory may be a link',
    tree: { 'etc/containers/systemd': symlink('../../opt/u'), 'opt/u/x/a.image': image('a') },
    makes: a,
  },
  {
    name: 'a parent of the searched directory may be a link',
    tree: { 'etc/containers': symlink('/opt/c'), 'opt/c/systemd/a.image': image('a') },
    makes: a,
  },
  {
    name: 'the directory for users is left out behind a link, too',
    tree: {
      'etc/containers': symlink('/opt/c'),
      'opt/c/systemd/users/a.image': image('user'),
      'opt/c/systemd/z/a.image': image('a'),
    },
    makes: a,
  },
  {
    name: 'a directory that is reached twice is searched where it is reached first',
    tree: {
      ...etc({ l: symlink('/usr/share/containers/systemd/x'), 'm/a.image': image('m') }),
      ...usr({ 'x/a.image': image('a') }),
    },
    makes: a,
  },
  {
    name: 'links of directories to themselves and their parents end nowhere',
    tree: usr({ l: symlink('.'), 'x/l': symlink('..'), 'x/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'links of directories in a circle are passed over',
    tree: usr({ l: symlink('m'), m: symlink('l'), 'x/a.image': image('a') }),
    makes: a,
  },
  {
    name: 'a link that leads nowhere and has no quadlet’s name harms nothing',
    tree: usr({ l: symlink('/nowhere'), 'a.image': image('a') }),
    makes: a,
  },
  {
    name: 'absolute links stay inside the root',
    tree: { ...usr({ 'a.image': symlink('/opt/real') }), 'opt/real': image('a') },
    makes: a,
  },
  {
    name: '.. above the root stays inside the root',
    tree: { ...usr({ x: symlink('../../../../../../../opt/u') }), 'opt/u/a.image': image('a') },
    makes: a,
  },
  {
    name: 'a link to a file has its own name, and the drop-ins of that name',
    tree: {
      ...usr({
        'a.image': symlink('/opt/b.image'),
        'a.image.d/1.conf': '[Image]\nOS=linux',
        'b.image.d/1.conf': '[Image]\nOS=wrong',
      }),
      'opt/b.image': image('a'),
    },
    makes: { 'a.image': pull('a', ['--os', 'linux']) },
  },
  {
    name: 'a chain of links leads to the file at its end',
    tree: {
      ...usr({ 'a.image': symlink('/opt/1') }),
      'opt/1': symlink('2'),
      'opt/2': symlink('../srv/3'),
      'srv/3': image('a'),
    },
    makes: a,
  },
  {
    name: 'two names of one file are two units',
    tree: usr({ 'a.image': symlink('b.image'), 'b.image': image('a') }),
    makes: { ...a, 'b.image': pull('a') },
  },
  {
    name: 'a link may give a unit of one type the name of another, whose section it lacks',
    tree: usr({ 'a.image': image('a'), 'a.container': symlink('a.image') }),
    makes: { ...a, 'a.container': 'refused' },
  },
  {
    name: 'the type is what follows the last dot',
    tree: usr({ 'a.container.image': image('a'), 'a.image.container': container('b') }),
    makes: { 'a.container.image': pull('a'), 'a.image.container': run('b') },
  },
  {
    name: 'a name may be a type and nothing else',
    tree: usr({ '.image': image('a'), '.container': container('b') }),
    makes: { '.image': pull('a'), '.container': run('b') },
  },
  {
    name: 'what only looks like a type is not even read',
    tree: usr({
      'a.Image': '!',
      'a.image~': '!',
      'a.image.bak': '!',
      image: '!',
      'a.images': '!',
      'a.image': image('a'),
    }),
    makes: a,
  },
  {
    name: 'units of all types may stand in one directory',
    tree: usr({
      'a.image': image('a'),
      'a.container': container('b'),
      'a.volume': '[Volume]',
      'a.network': '',
    }),
    makes: { ...a, 'a.container': run('b'), 'a.volume': 'podman volume create' },
  },
];
