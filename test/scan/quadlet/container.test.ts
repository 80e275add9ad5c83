import { describe, expect, test } from 'vitest';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { symlink, type TreeSpec } from '../../support/tree.js';

const units = 'usr/share/containers/systemd';

/** What is found in `a.container`, as `rule line:column message`; `lines` stand below its `Image=`. */
function findings(lines: string, others: TreeSpec = {}): readonly string[] {
  const tree: TreeSpec = {
    'usr/lib/bootc/bound-images.d/a.container': symlink(`/${units}/a.container`),
    [`${units}/a.container`]: `[Container]\nImage=quay.io/a/a:1\n${lines}\n`,
    ...Object.fromEntries(Object.entries(others).map(([name, node]) => [`${units}/${name}`, node])),
  };
  return scan(makeRoots(tree).newRoot).diagnostics.map(
    ({ rule, file, line, column }) => `${rule} ${file?.slice(file.lastIndexOf('/') + 1)} ${line}:${column}`,
  );
}

interface Row {
  readonly name: string;
  readonly lines: string;
  readonly others?: TreeSpec;
  readonly found: readonly string[];
}

const refused = (place: string) => [`unit-refused a.container ${place}`];
const missing = (place: string) => [`unit-missing a.container ${place}`];

describe('refuses a container, at the value', () => {
  test.each<Row>([
    { name: 'of a type that podman cannot run', lines: '[Service]\nType=simple', found: refused('4:6') },
    { name: 'with an empty type', lines: '[Service]\nType=', found: refused('4:6') },
    { name: 'whose KillMode= spares conmon', lines: '[Service]\nKillMode=process', found: refused('4:10') },
    { name: 'with a group and no user', lines: 'Group=1', found: refused('3:7') },
    { name: 'with two ways to reload', lines: 'ReloadCmd=a\nReloadSignal=HUP', found: refused('4:14') },
    {
      name: 'with a port that is none',
      lines: 'ExposeHostPort=80\nExposeHostPort=x',
      found: refused('4:16'),
    },
    { name: 'with RemapUid= alone', lines: 'RemapUid=0 1', found: refused('3:10') },
    { name: 'with RemapGid= alone', lines: 'RemapGid=0', found: refused('3:10') },
    { name: 'with an unknown RemapUsers=', lines: 'RemapUsers=some', found: refused('3:12') },
    { name: 'with RemapUsers= in quotes', lines: 'RemapUsers="auto"', found: refused('3:12') },
    {
      name: 'with two ids for keep-id',
      lines: 'RemapUsers=keep-id\nRemapUid=1 2',
      found: refused('4:12'),
    },
    {
      name: 'with old and new mappings',
      lines: 'UserNS=auto\nRemapUsers=auto',
      found: refused('4:12'),
    },
    { name: 'with a mount without source', lines: 'Mount=type=bind,dst=/x', found: refused('3:7') },
    {
      name: 'with a mount with an empty source',
      lines: 'Mount=type=bind,src=,dst=/x',
      found: refused('3:21'),
    },
    { name: 'with a mount whose source has no “=”', lines: 'Mount=type=bind,source', found: refused('3:17') },
    { name: 'with a mount that is no CSV', lines: "Mount='type=bind,a\"b'", found: refused('3:8') },
    { name: 'in a pod that is no unit', lines: 'Pod=p', found: refused('3:5') },
    { name: 'in a pod that is missing', lines: 'Pod=p.pod', found: missing('3:5') },
    { name: 'in a network that is missing', lines: 'Network=n.network:ip=1.1.1.1', found: missing('3:9') },
    { name: 'with a volume that is missing', lines: 'Volume=a\\\n  .volume:/x', found: missing('3:8') },
    {
      name: 'with a mount of an image unit that is missing',
      lines: 'Mount=type=image,source=i.image,dst=/x',
      found: missing('3:25'),
    },
    {
      name: 'with the source of a mount behind a continuation',
      lines: 'Mount=type=volume,\\\n# c\n    source=v.volume',
      found: missing('5:12'),
    },
    {
      name: 'after a unit that is missing',
      lines: '[Unit]\nAfter=x.service b.image',
      found: missing('4:17'),
    },
    {
      name: 'after an instance whose template exists',
      lines: '[Unit]\nWants=t@i.image',
      others: { 't@.image': '[Image]\nImage=quay.io/a/t:1' },
      found: missing('4:7'),
    },
    {
      name: 'in the network of a container whose name has a specifier',
      lines: 'Network=b.container',
      others: { 'b.container': '[Container]\nImage=quay.io/a/b:1\nContainerName=%i' },
      found: refused('3:9'),
    },
    {
      name: 'in the network of another container, with options',
      lines: 'Network=b.container:x',
      others: { 'b.container': '[Container]\nImage=quay.io/a/b:1' },
      found: refused('3:20'),
    },
    {
      name: 'in a network that is refused itself',
      lines: 'Network=n.network',
      others: { 'n.network': '[Network]\nGateway=10.0.0.1' },
      found: [...refused('3:9'), 'unit-refused n.network 2:9'],
    },
    {
      name: 'because of a drop-in, there',
      lines: '',
      others: { 'a.container.d/10-type.conf': '# c\n[Service]\nType=\\\n  forking' },
      found: ['unit-refused 10-type.conf 4:3'],
    },
  ])('$name', ({ lines, others, found }) => {
    expect(findings(lines, others)).toEqual(found);
  });
});

describe('accepts a container', () => {
  test.each<Omit<Row, 'found'>>([
    { name: 'of the types that podman can run', lines: '[Service]\nType="oneshot"\nKillMode=mixed' },
    { name: 'with a group and a user', lines: 'User=1\nGroup=1' },
    { name: 'with a reload command that quadlet cannot read', lines: 'ReloadCmd=\\q\nReloadSignal=HUP' },
    { name: 'with ports and what ends like one', lines: 'ExposeHostPort=80-90/udp\nExposeHostPort=x1' },
    { name: 'with mounts of types whose source does not matter', lines: 'Mount=type=tmpfs,dst=/x' },
    { name: 'with a mount of a path', lines: 'Mount=type=image,source=./x.image,dst=/x' },
    { name: 'with volumes that are no units', lines: 'Volume=x.image:/a\nVolume=./x.volume:/b\nVolume=/c' },
    {
      name: 'with the units that it names',
      lines: 'Pod=p.pod\nNetwork=n.network:ip=1.1.1.1\nVolume=v.volume:/x',
    },
    { name: 'beside units of systemd', lines: '[Unit]\nAfter=x.service y.target\nDocumentation=none.image' },
  ])('$name', ({ lines }) => {
    const others = {
      'p.pod': '[Pod]',
      'n.network': '[Network]\nSubnet=10.0.0.0/8\nGateway=10.0.0.1',
      'v.volume': '[Volume]',
    };
    expect(findings(lines, others)).toEqual([]);
  });
});
