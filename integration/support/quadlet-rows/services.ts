import { replaced } from '../quadlet-outcome.js';
import { container, image, pull, type Row, refused, run, section, usr } from './row.js';

/** Units whose services have one name: quadlet writes the one over the other. */
export const serviceRows: readonly Row[] = [
  {
    name: 'an image is replaced by a container, whose type comes later',
    tree: usr({ 'a.image': image('a', 'ServiceName=s'), 's.container': container('b') }),
    makes: { 'a.image': `${pull('a')}${replaced}`, 's.container': run('b') },
  },
  {
    name: 'a container is replaced by a pod, by name',
    tree: usr({ 'a-pod.container': container('a'), 'a.pod': '[Pod]' }),
    makes: { 'a-pod.container': `${run('a')}${replaced}`, 'a.pod': 'podman pod create' },
  },
  {
    name: 'a container is replaced by a kube unit that is found later',
    tree: usr({
      'a.container': container('a'),
      'a.kube': section('Kube', 'Yaml=k.yaml'),
      'k.yaml': 'kind: Pod\nspec:\n  containers:\n    - image: quay.io/x/a:1\n',
    }),
    makes: {
      'a.container': `${run('a')}${replaced}`,
      'a.kube': 'podman kube play /usr/share/containers/systemd/k.yaml',
    },
  },
  {
    name: 'a template is replaced by a template',
    tree: usr({
      't@.image': image('a'),
      't.container': section('Container', 'Image=quay.io/x/b:1', 'ServiceName=t-image@'),
    }),
    makes: { 't@.image': `${pull('a')}${replaced}`, 't.container': run('b') },
  },
  {
    name: 'an empty ServiceName= is one',
    tree: usr({ 'a.image': image('a', 'ServiceName='), 'b.container': container('b', 'ServiceName=""') }),
    makes: { 'a.image': `${pull('a')}${replaced}`, 'b.container': run('b') },
  },
  {
    name: 'a template has not the service of its instance',
    tree: usr({ 't@.container': container('a'), 't@i.container': container('b') }),
    makes: { 't@.container': run('a'), 't@i.container': run('b') },
  },
  {
    name: 'a unit that is refused replaces none',
    tree: usr({ 'a.image': image('a', 'ServiceName=s'), 's.container': container('b', 'Bad=1') }),
    makes: { 'a.image': pull('a'), 's.container': refused },
  },
  {
    name: 'the type that comes earlier replaces none',
    tree: usr({ 'a.image': image('a', 'ServiceName=s'), 's.pod': '[Pod]', 's-pod.volume': '[Volume]' }),
    makes: { 'a.image': pull('a'), 's.pod': 'podman pod create', 's-pod.volume': 'podman volume create' },
  },
];
