import { container, image, pull, type Row, refused, run, section, usr } from './row.js';

type Case = readonly [name: string, lines: readonly string[]];

const refusals: readonly Case[] = [
  ['an unknown key', ['AuthFile=/a']],
  ['a key of .image units', ['TLSVerify=no']],
  ['an unknown key of [Quadlet]', ['[Quadlet]', 'Bad=']],
  ['Type=simple', ['[Service]', 'Type=simple']],
  ['an empty Type=', ['[Service]', 'Type=']],
  ['KillMode=process', ['[Service]', 'KillMode=process']],
  ['an empty KillMode=', ['[Service]', 'KillMode=']],
  ['Group= without User=', ['Group=1']],
  ['Group= with an empty User=', ['User=', 'Group=1']],
  ['a port that is none', ['ExposeHostPort=http']],
  ['a port in quotes', ['ExposeHostPort="80"']],
  ['a port of another protocol', ['ExposeHostPort=80/sctp']],
  ['RemapUid= without RemapUsers=', ['RemapUid=1']],
  ['RemapGid= without RemapUsers=', ['RemapGid=1']],
  ['RemapUsers=other', ['RemapUsers=other']],
  ['RemapUsers= in quotes', ['RemapUsers="auto"']],
  ['two ids with RemapUsers=keep-id', ['RemapUsers=keep-id', 'RemapUid=1', 'RemapUid=2']],
  ['two groups with RemapUsers=keep-id', ['RemapUsers=keep-id', 'RemapGid=1 2']],
  ['RemapUsers= beside UserNS=', ['UserNS=auto', 'RemapUsers=auto']],
  ['an empty RemapUid= beside UIDMap=', ['UIDMap=0:1:2', 'RemapUid=']],
  ['RemapGid= beside SubUIDMap=', ['SubUIDMap=x', 'RemapGid=1']],
  ['ReloadCmd= and ReloadSignal=', ['ReloadCmd=a', 'ReloadSignal=HUP']],
  ['a volume unit that is absent', ['Volume=b.volume:/x']],
  ['an artifact unit that is absent, as a volume', ['Volume=b.artifact:/x']],
  ['a network unit that is absent', ['Network=b.network']],
  ['a network unit that is absent, with options', ['Network=b.network:ip=1.1.1.1']],
  ['a container that is absent, as a network', ['Network=b.container']],
  ['a pod that is absent', ['Pod=b.pod']],
  ['a pod that is no unit', ['Pod=b']],
  ['a mount without source', ['Mount=type=bind,dst=/x']],
  ['a mount with an empty source', ['Mount=type=image,source=,dst=/x']],
  ['a mount whose source has no value', ['Mount=type=volume,src,dst=/x']],
  ['a mount that is no CSV', ["Mount='type=bind,a\"b'"]],
  ['a mount of a volume unit that is absent', ['Mount=type=volume,source=b.volume,dst=/x']],
  ['a mount of an image unit that is absent', ['Mount=type=image,source=b.image,dst=/x']],
  ['a mount of an artifact unit that is absent', ['Mount=type=artifact,source=b.artifact,dst=/x']],
  ['a bind mount of a volume unit that is absent', ['Mount=type=bind,source=b.volume,dst=/x']],
  ['After= a quadlet that is absent', ['[Unit]', 'After=x.service b.volume']],
  ['Upholds= a quadlet that is absent', ['[Unit]', 'Upholds="b.kube"']],
];

/** What podman 6 accepts. */
const refusedBefore6: readonly Case[] = [
  ['a mount without type and source', ['Mount=dst=/x']],
  ['a mount of a volume without source', ['Mount=type=volume,dst=/x']],
  ['a mount of a volume with an empty source', ['Mount=type=volume,source=,dst=/x']],
  ['ImageVolume=', ['ImageVolume=ignore']],
];

const accepted: readonly Case[] = [
  ['Type= in quotes', ['[Service]', 'Type="oneshot"']],
  ['KillMode=control-group', ['[Service]', 'KillMode=control-group']],
  ['User= and Group=', ['User=1', 'Group=1']],
  ['an empty Group=', ['Group=']],
  ['ports and ranges', ['ExposeHostPort=80', 'ExposeHostPort=80-90/udp']],
  ['what only ends like a port', ['ExposeHostPort=x1']],
  ['RemapUsers=manual', ['RemapUsers=manual', 'RemapUid=1 2']],
  ['RemapUsers=keep-id with one id', ['RemapUsers=keep-id', 'RemapUid=1']],
  ['an empty RemapUid= alone', ['RemapUid=']],
  ['an empty ReloadCmd= beside ReloadSignal=', ['ReloadCmd=', 'ReloadSignal=HUP']],
  ['a ReloadCmd= that cannot be split beside ReloadSignal=', ['ReloadCmd=\\q', 'ReloadSignal=HUP']],
  ['an .image as a volume, which is a name', ['Volume=b.image:/x']],
  ['a relative path that ends like a volume unit', ['Volume=./b.volume:/x']],
  ['a volume without source', ['Volume=b.volume']],
  ['a network that is no unit', ['Network=host']],
  ['a tmpfs without source', ['Mount=type=tmpfs,dst=/x']],
  ['a mount of an unknown type', ['Mount=type=other']],
  ['a mount with quotes of its own', ['Mount=\'type=bind,"source=/a,b",dst=/x\'']],
  ['a mount of a path that ends like a unit', ['Mount=type=image,source=/b.image,dst=/x']],
  ['a mount that cannot be split', ['Mount=\\q']],
  ['an empty Pod=', ['Pod=']],
  ['After= units of systemd', ['[Unit]', 'After=x.service y.target']],
  ['Documentation= a quadlet that is absent', ['[Unit]', 'Documentation=b.volume']],
  ['After= a quadlet that is absent, in quotes that are not closed', ['[Unit]', 'After="b.volume']],
  ['every key of pulls', ['Pull=missing', 'Retry=3', 'RetryDelay=1s']],
];

/** What quadlet refuses in a container, and what looks alike and is accepted. */
export const containerRefusalRows: readonly Row[] = [
  ...refusals.map(([name, lines]) => ({
    name: `refused: ${name}`,
    tree: usr({ 'a.container': container('a', ...lines) }),
    makes: { 'a.container': refused },
  })),
  ...refusedBefore6.map(([name, lines]) => ({
    name: `refused before 6: ${name}`,
    tree: usr({ 'a.container': container('a', ...lines) }),
    makes: { 'a.container': refused },
    makesIn6: { 'a.container': run('a') },
  })),
  ...accepted.map(([name, lines]) => ({
    name: `accepted: ${name}`,
    tree: usr({ 'a.container': container('a', ...lines) }),
    makes: { 'a.container': run('a') },
  })),
  {
    name: 'accepted: units that exist, be they refused themselves',
    tree: usr({
      'a.container': container(
        'a',
        ...['Pod=p.pod', 'Network=n.network', 'Volume=v.volume:/v', '[Unit]', 'After=k.kube i.image'],
      ),
      'p.pod': section('Pod', 'Bad=1'),
      'n.network': section('Network'),
      'v.volume': section('Volume', 'Bad=1'),
      'i.image': section('Image', 'Bad=1'),
      'k.kube': '',
    }),
    makes: {
      'a.container': run('a'),
      'p.pod': refused,
      'v.volume': refused,
      'i.image': refused,
      'k.kube': refused,
    },
  },
  {
    name: 'refused: a network that is refused itself',
    tree: usr({
      'a.container': container('a', 'Network=n.network'),
      'n.network': section('Network', 'Bad=1'),
    }),
    makes: { 'a.container': refused },
  },
  {
    name: 'refused: a network with more gateways than subnets',
    tree: usr({
      'a.container': container('a', 'Network=n.network'),
      'n.network': section('Network', 'Subnet=10.0.0.0/8', 'Gateway=10.0.0.1', 'Gateway=10.0.0.2'),
    }),
    makes: { 'a.container': refused },
  },
  {
    name: 'refused: a network after a quadlet that is absent',
    tree: usr({
      'a.container': container('a', 'Network=n.network'),
      'n.network': section('Unit', 'After=none.image'),
    }),
    makes: { 'a.container': refused },
  },
  {
    name: 'accepted: the network of another container',
    tree: usr({ 'a.container': container('a', 'Network=b.container'), 'b.container': container('b') }),
    makes: { 'a.container': run('a'), 'b.container': run('b') },
  },
  {
    name: 'refused: the network of another container, with options',
    tree: usr({ 'a.container': container('a', 'Network=b.container:x'), 'b.container': container('b') }),
    makes: { 'a.container': refused, 'b.container': run('b') },
  },
  {
    name: 'refused: the network of a container that is an instance',
    tree: usr({ 'a.container': container('a', 'Network=t@i.container'), 't@i.container': container('b') }),
    makes: { 'a.container': refused, 't@i.container': run('b') },
  },
  {
    name: 'accepted: the network of an instance that has a name',
    tree: usr({
      'a.container': container('a', 'Network=t@i.container'),
      't@i.container': container('b', 'ContainerName=c'),
    }),
    makes: { 'a.container': run('a'), 't@i.container': run('b') },
  },
  {
    name: 'refused: the network of a container whose service has a specifier',
    tree: usr({
      'a.container': container('a', 'Network=b.container'),
      'b.container': container('b', 'ServiceName=%i'),
    }),
    makes: { 'a.container': refused, 'b.container': run('b') },
  },
  {
    name: 'accepted: the network of a container that is refused itself',
    tree: usr({
      'a.container': container('a', 'Network=b.container'),
      'b.container': container('b', 'Bad=1'),
    }),
    makes: { 'a.container': run('a'), 'b.container': refused },
  },
  {
    name: 'refused: After= an instance of a template that exists',
    tree: usr({ 'a.container': container('a', '[Unit]', 'After=t@i.image'), 't@.image': image('t') }),
    makes: { 'a.container': refused, 't@.image': pull('t') },
  },
];
