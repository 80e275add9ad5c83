import { describe, expect, test } from 'vitest';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { dir, symlink, type TreeSpec } from '../../support/tree.js';

const entries = 'usr/lib/bootc/bound-images.d';
const units = 'usr/share/containers/systemd';
const etc = 'etc/containers/systemd';

/** A root that binds the named units of /usr/share/containers/systemd, which are links as they should be. */
function bind(bound: readonly string[], tree: TreeSpec) {
  const links = Object.fromEntries(bound.map((name) => [`${entries}/${name}`, symlink(`/${units}/${name}`)]));
  const { images, diagnostics } = scan(makeRoots({ ...tree, ...links }).newRoot);
  return {
    images: images.map((image) =>
      [image.reference.text, ...image.globalArguments, ...image.arguments].join(' '),
    ),
    findings: diagnostics.map(({ rule, file, line, column }) =>
      [rule, file?.replace(`/${units}/`, ''), line, column].filter((part) => part !== null).join(' '),
    ),
    diagnostics,
  };
}

interface Row {
  readonly name: string;
  readonly bound?: readonly string[];
  readonly tree: TreeSpec;
  readonly images: readonly string[];
  readonly findings?: readonly string[];
}

function check({ bound, tree, images, findings = [] }: Row) {
  const scanned = bind(bound ?? Object.keys(tree).map((path) => path.slice(path.lastIndexOf('/') + 1)), tree);
  expect({ images: scanned.images, findings: scanned.findings }).toEqual({ images, findings });
}

describe('an .image unit', () => {
  test.each<Row>([
    {
      name: 'binds its image',
      tree: { [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1' },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'says every option as quadlet writes it',
      tree: {
        [`${units}/a.image`]: `[Image]
Image=quay.io/a/a:1
AllTags=no
Arch=arm64
AuthFile=/etc/a.json
CertDir=/etc/certs
Creds=user:secret
ContainersConfModule=/etc/m.conf
DecryptionKey=/etc/key:secret
GlobalArgs=--log-level=debug --syslog
OS=linux
PodmanArgs=--creds=user:secret -q --variant v7
Policy=missing
Retry=3
RetryDelay=1s
TLSVerify=true
Variant=v8
`,
      },
      images: [
        [
          'quay.io/a/a:1 --module=/etc/m.conf --log-level=debug --syslog --arch arm64 --authfile /etc/a.json',
          '--cert-dir /etc/certs --creds *** --decryption-key /etc/key:*** --os linux --policy missing --retry 3',
          '--retry-delay 1s --variant v8 --all-tags=false --tls-verify --creds=*** -q --variant v7',
        ].join(' '),
      ],
    },
    {
      name: 'takes the last of repeated keys, and nothing where the last is empty',
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/old:1\nImage=quay.io/a/new:1\nArch=arm64\nArch=\n',
      },
      images: ['quay.io/a/new:1'],
      findings: ['image-given-twice a.image 2 7'],
    },
    {
      name: 'joins continuation lines past comments, and points at the line of the mistake',
      tree: { [`${units}/a.image`]: '[Image]\nImage=quay.io/\\\n# comment\n  a/a:%i\n' },
      images: [],
      findings: ['specifier a.image 4 7'],
    },
    {
      name: 'has no end-of-line comments',
      tree: { [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1 # stable\n' },
      images: [],
      findings: ['reference-invalid a.image 2 20'],
    },
    {
      name: 'without Image= is an error at its section',
      tree: { [`${units}/a.image`]: '# x\n[Image]\nArch=arm64' },
      images: [],
      findings: ['image-missing a.image 2 1'],
    },
    {
      name: 'that is empty is an error',
      tree: { [`${units}/a.image`]: '' },
      images: [],
      findings: ['image-missing a.image'],
    },
    {
      name: 'with a key that quadlet does not know is an error at the key',
      tree: { [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1\nAuthfile=/x' },
      images: ['quay.io/a/a:1'],
      findings: ['unit-unknown-key a.image 3 1'],
    },
    {
      name: 'ignores sections of others',
      tree: {
        [`${units}/a.image`]:
          '[Unit]\nDescription=%i\n[Image]\nImage=quay.io/a/a:1\n[Install]\nWantedBy=%i.target\n[X-Mine]\na=b',
      },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'with arguments that podman would take for images is an error at the word',
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1\nPodmanArgs=--quiet quay.io/a/b:1 --nonsense=x',
      },
      images: ['quay.io/a/a:1'],
      findings: ['podman-arguments a.image 3 20', 'podman-arguments a.image 3 34'],
    },
    {
      name: 'with specifiers and variables in its options is an error at each',
      tree: {
        [`${units}/a.image`]:
          '[Image]\nImage=quay.io/a/a:1\nAuthFile=%h/a.json\nPodmanArgs=--cert-dir ${CERTS}',
      },
      images: ['quay.io/a/a:1 --authfile %h/a.json --cert-dir ${CERTS}'],
      findings: ['specifier a.image 3 10', 'environment-expansion a.image 4 23'],
    },
    {
      name: 'with global arguments that lead to another store is an error',
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1\nGlobalArgs=--storage-opt=a=b --root /elsewhere',
      },
      images: ['quay.io/a/a:1 --storage-opt=a=b --root /elsewhere'],
      findings: ['podman-arguments a.image 3 30'],
    },
    {
      name: 'with --platform beside Arch= is an error, as podman refuses both',
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1\nArch=arm64\nPodmanArgs=--platform=linux',
      },
      images: ['quay.io/a/a:1 --arch arm64'],
      findings: ['podman-arguments a.image 4 12'],
    },
    {
      name: 'with a control character in an option is an error',
      tree: { [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1\nArch=a\u0001' },
      images: ['quay.io/a/a:1 --arch a\u0001'],
      findings: ['value-encoding a.image 3 6'],
    },
    {
      name: 'with a backslash at its end loses that line, with a warning',
      tree: { [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1\nArch=arm64\\\n\n' },
      images: ['quay.io/a/a:1'],
      findings: ['unit-lost-continuation a.image 3 1'],
    },
    {
      name: 'that cannot be parsed is reported line by line',
      tree: { [`${units}/a.image`]: 'Image=x\n[Image]\nnonsense\nImage=quay.io/a/a:1' },
      images: [],
      findings: ['unit-syntax a.image 1 1', 'unit-syntax a.image 3 1'],
    },
  ])('$name', check);
});

describe('a .container unit', () => {
  test.each<Row>([
    {
      name: 'binds its image',
      tree: { [`${units}/a.container`]: '[Container]\nImage=quay.io/a/a:1\nExec=%i' },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'takes from its podman arguments what is about the pull',
      tree: {
        [`${units}/a.container`]:
          '[Container]\nImage=quay.io/a/a:1\nPodmanArgs=--memory 1g --authfile /a.json --tls-verify=false',
      },
      images: ['quay.io/a/a:1 --authfile /a.json --tls-verify=false'],
    },
    {
      name: 'with Image=name.image binds the image of that unit, pulled as that unit says',
      bound: ['a.container'],
      tree: {
        [`${units}/a.container`]: '[Container]\nImage=b.image',
        [`${units}/sub/b.image`]: '[Image]\nImage=quay.io/a/b:1\nArch=arm64',
      },
      images: ['quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'with Image=name.image that is nowhere is an error',
      tree: { [`${units}/a.container`]: '[Container]\nImage=b.image' },
      images: [],
      findings: ['image-unit-missing a.container 2 7'],
    },
    {
      name: 'with Image=name.image that has no image is an error, and so is that unit',
      bound: ['a.container'],
      tree: { [`${units}/a.container`]: '[Container]\nImage=b.image', [`${units}/b.image`]: '[Image]' },
      images: [],
      findings: ['image-unit-invalid a.container 2 7', 'image-missing b.image 1 1'],
    },
    {
      name: 'with Image=name.build is an error, as nothing can be pulled',
      bound: ['a.container'],
      tree: { [`${units}/a.container`]: '[Container]\nImage=b.build', [`${units}/b.build`]: '' },
      images: [],
      findings: ['image-from-build a.container 2 7'],
    },
    {
      name: 'with Image=name.build that is nowhere is an error',
      tree: { [`${units}/a.container`]: '[Container]\nImage=b.build' },
      images: [],
      findings: ['image-unit-missing a.container 2 7'],
    },
    {
      name: 'with Image=name.image whose ImageTag= is another image is an error: that one is not pulled',
      bound: ['a.container'],
      tree: {
        [`${units}/a.container`]: '[Container]\nImage=b.image',
        [`${units}/b.image`]: '[Image]\nImage=quay.io/a/b:1\nImageTag=quay.io/a/other:1',
      },
      images: ['quay.io/a/b:1'],
      findings: ['image-tag-differs b.image 3 10'],
    },
    {
      name: 'with Image=name.image whose ImageTag= names what an archive holds binds the archive',
      bound: ['a.container'],
      tree: {
        [`${units}/a.container`]: '[Container]\nImage=b.image',
        [`${units}/b.image`]: '[Image]\nImage=oci-archive:/opt/b.tar\nImageTag=quay.io/a/other:1',
      },
      images: ['oci-archive:/opt/b.tar'],
    },
    {
      name: 'with Rootfs= binds nothing, with a warning',
      tree: { [`${units}/a.container`]: '[Container]\nRootfs=/srv/x' },
      images: [],
      findings: ['rootfs-binds-nothing a.container 2 8'],
    },
    {
      name: 'with both Image= and Rootfs= is an error',
      tree: { [`${units}/a.container`]: '[Container]\nImage=quay.io/a/a:1\nRootfs=/srv/x' },
      images: [],
      findings: ['image-and-rootfs a.container 3 8'],
    },
    {
      name: 'with AuthFile=, a key of .image units only, is an error',
      tree: { [`${units}/a.container`]: '[Container]\nImage=quay.io/a/a:1\nAuthFile=/a.json' },
      images: ['quay.io/a/a:1'],
      findings: ['unit-unknown-key a.container 3 1'],
    },
  ])('$name', check);
});

describe('the unit that boots', () => {
  test.each<Row>([
    {
      name: 'is the one of /etc, where it has the same name, with a warning',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/usr:1',
        [`${etc}/a.image`]: '[Image]\nImage=quay.io/a/etc:1',
      },
      images: ['quay.io/a/etc:1'],
      findings: [`unit-overridden /${entries}/a.image`],
    },
    {
      name: 'has its drop-ins, merged in the order of their file names',
      bound: ['a-b.image'],
      tree: {
        [`${units}/a-b.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${units}/a-b.image.d/10-x.conf`]: '[Image]\nImage=quay.io/a/1:1\nArch=arm64',
        [`${units}/a-.image.d/30-x.conf`]: '[Image]\nImage=quay.io/a/3:1',
        [`${etc}/image.d/20-x.conf`]: '[Image]\nImage=quay.io/a/2:1',
      },
      images: ['quay.io/a/3:1 --arch arm64'],
      findings: ['image-changed-by-drop-in a-.image.d/30-x.conf 2 7'],
    },
    {
      name: 'is not changed by a drop-in that is masked or broken, the latter with a warning',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${units}/a.image.d/10-x.conf`]: '[Image]\nImage=quay.io/a/1:1',
        [`${units}/a.image.d/20-y.conf`]: 'nonsense',
        [`${etc}/a.image.d/10-x.conf`]: symlink('/dev/null'),
      },
      images: ['quay.io/a/0:1'],
      findings: ['unit-drop-in-skipped a.image.d/20-y.conf 1 1'],
    },
    {
      name: 'does not exist where its name in /etc is a directory, which quadlet cannot read',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: symlink('real.image'),
        [`${units}/real.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${units}/c.image/`]: dir(),
      },
      images: [],
      findings: ['unit-directory-poisoned a.image'],
    },
    {
      name: 'does not exist where another file of its directory cannot be read',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${units}/b.container`]: symlink('nowhere'),
      },
      images: [],
      findings: ['unit-directory-poisoned a.image'],
    },
    {
      name: 'says what else is wrong with it where its directory is lost, as the others would be read',
      bound: ['a.container'],
      tree: {
        [`${units}/a.container`]: '[Container]\nImage=b.image\nNetwork=d.network\nNetwork=e.network\nGroup=1',
        [`${units}/b.image`]: '[Image]\nImage=quay.io/a/b:1',
        [`${units}/c.image`]: '[',
        [`${units}/d.network`]: 'nonsense',
      },
      images: [],
      findings: [
        'unit-directory-poisoned a.container',
        'unit-refused a.container 5 7',
        'unit-missing a.container 4 9',
      ],
    },
    {
      name: 'says nothing of a mask whose directory is lost',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${etc}/a.image`]: '',
        [`${etc}/b.container`]: 'nonsense',
      },
      images: [],
      findings: [`unit-directory-poisoned /${etc}/a.image`],
    },
    {
      name: 'does not exist where the copy in /etc hides it and is lost with its directory',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${etc}/a.image`]: '[Image]\nImage=quay.io/a/1:1',
        [`${etc}/b.container`]: 'nonsense',
      },
      images: [],
      findings: [`unit-directory-poisoned /${etc}/a.image`],
    },
    {
      name: 'is none where the link leads to a file that is no unit, which still binds the image, with a warning',
      bound: [],
      tree: {
        [`${entries}/a.image`]: symlink(`/${units}/a.txt`),
        [`${units}/a.txt`]: '[Image]\nImage=quay.io/a/a:1',
      },
      images: ['quay.io/a/a:1'],
      findings: [`unit-outside-search-path /${entries}/a.image`],
    },
    {
      name: 'is found where the whole directory of entries is a link to the units',
      bound: [],
      tree: {
        [entries]: symlink(`/${units}`),
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1',
        [`${etc}/a.image.d/x.conf`]: '[Image]\nArch=arm64',
      },
      images: ['quay.io/a/a:1 --arch arm64'],
    },
    {
      name: 'has no image where it is masked in /etc',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${etc}/a.image`]: symlink('/dev/null'),
      },
      images: [],
    },
    {
      name: 'is none where the link leads out of the search path, which still binds the image, with a warning',
      bound: [],
      tree: {
        [`${entries}/a.image`]: symlink('/opt/a.image'),
        'opt/a.image': '[Image]\nImage=quay.io/a/a:1',
      },
      images: ['quay.io/a/a:1'],
      findings: [`unit-outside-search-path /${entries}/a.image`],
    },
    {
      name: 'is none where a directory for users holds it, be that directory elsewhere',
      bound: [],
      tree: {
        [`${entries}/a.image`]: symlink(`/${etc}/us/a.image`),
        [`${etc}/users`]: symlink('us'),
        [`${etc}/us/a.image`]: '[Image]\nImage=quay.io/a/a:1',
      },
      images: ['quay.io/a/a:1'],
      findings: [`unit-outside-search-path /${entries}/a.image`],
    },
    {
      name: 'may stand in a users directory of /usr, which is searched like any other',
      bound: [],
      tree: {
        [`${entries}/a.image`]: symlink(`/${units}/users/a.image`),
        [`${units}/users/a.image`]: '[Image]\nImage=quay.io/a/a:1',
      },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'is the one of /etc where the link leads to a masked one',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: symlink('/dev/null'),
        [`${etc}/a.image`]: '[Image]\nImage=quay.io/a/etc:1',
      },
      images: ['quay.io/a/etc:1'],
      findings: [`unit-overridden /${entries}/a.image`],
    },
    {
      name: 'is brought back by a drop-in, where it is masked',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: symlink('/dev/null'),
        [`${units}/a.image.d/x.conf`]: '[Image]\nImage=quay.io/a/x:1',
      },
      images: ['quay.io/a/x:1'],
    },
    {
      name: 'is refused for what a drop-in names, where it is masked',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: symlink('/dev/null'),
        [`${units}/image.d/x.conf`]: '[Image]\nImage=Upper/Case',
      },
      images: [],
      findings: ['reference-invalid image.d/x.conf 2 7'],
    },
    {
      name: 'is none where it is masked and a drop-in names nothing to run',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: symlink('/dev/null'),
        [`${units}/image.d/x.conf`]: '[Image]\nArch=arm64',
      },
      images: [],
    },
    {
      name: 'is none where the first of its name is lost with its directory',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: '[Image]\nImage=quay.io/a/0:1',
        [`${etc}/a.image`]: '[Image]\nImage=quay.io/a/etc:1',
        [`${etc}/b.container`]: 'nonsense',
      },
      images: [],
      findings: [`unit-directory-poisoned /${etc}/a.image`],
    },
    {
      name: 'is known by its name in the search path, whatever it links to',
      bound: ['a.image'],
      tree: {
        [`${units}/a.image`]: symlink('/opt/other.image'),
        'opt/other.image': '[Image]\nImage=quay.io/a/a:1',
        [`${units}/a.image.d/x.conf`]: '[Image]\nArch=arm64',
      },
      images: ['quay.io/a/a:1 --arch arm64'],
    },
  ])('$name', check);
});

test('shows no secret in a finding', () => {
  const secret = 'hunter2';
  const { diagnostics, images } = bind(['a.image', 'b.image'], {
    [`${units}/b.image`]: `[Image]\nImage=https://user:${secret}@quay.io/a/b:1`,
    [`${units}/a.image`]: `[Image]\nImage=quay.io/a/a:1\nCreds=user:${secret}%i\nPodmanArgs=--creds user:${secret}%i --password=${secret} "--creds x:${secret}" x:${secret}\nDecryptionKey=/k:${secret}%i`,
  });
  expect(diagnostics.length).toBeGreaterThan(3);
  expect(JSON.stringify([diagnostics, images])).not.toContain(secret);
});

test('names every file because of which a directory is lost, up to ten', () => {
  const culprits = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${units}/b${index}.image`, 'nonsense']));
  const sentence = (count: number) => {
    const { diagnostics } = bind(['a.image'], {
      [`${units}/a.image`]: '[Image]\nImage=quay.io/a/a:1',
      ...culprits(count),
    });
    return diagnostics.map(({ message, hint }) => [message.replace(/^.*cannot read /, ''), hint]);
  };
  expect(sentence(1)).toEqual([['b0.image there', 'repair or remove b0.image']]);
  expect(sentence(3)).toEqual([
    ['b0.image, b1.image and b2.image there', 'repair or remove b0.image, b1.image and b2.image'],
  ]);
  expect(sentence(12)[0]?.[1]).toMatch(/b7\.image and 2 more$/);
});

test.each([
  ['/tmp/build/root/a.image', '/tmp'],
  ['../../../../etc/hostname', '/etc'],
  ['nowhere', `/${entries}/nowhere`],
])('says what a dangling link says and where it ends in the root: %s', (target, end) => {
  const { diagnostics } = bind([], { [`${entries}/a.image`]: symlink(target) });
  expect(diagnostics.map(({ message }) => message)).toEqual([
    `the entry cannot be read, so its image is not bound: it is a link to “${target}”, which is followed inside the root, and ${end} does not exist there`,
  ]);
});

test('shows the name of an entry without control characters where its unit is at fault', () => {
  const { diagnostics } = bind([], { [`${entries}/x\x1b[31m.image`]: 'nonsense' });
  expect(diagnostics.map(({ rule, entry }) => [rule, entry])).toContainEqual([
    'unit-syntax',
    String.raw`x\x1b[31m.image`,
  ]);
});
