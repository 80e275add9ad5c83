import { describe, expect, test } from 'vitest';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';
import { afterText, digest, findingText, fixRoots, fixTree } from './fix-tree.js';

const units = 'usr/share/containers/systemd';
const pinned = `quay.io/shop/app:1@${digest}`;

function bound(...names: readonly string[]): TreeSpec {
  return Object.fromEntries(
    names.map((name) => [`usr/lib/bound-images.d/${name}`, symlink(`/${units}/${name}`)]),
  );
}

/** A bound unit or a drop-in, before and after. */
interface Row {
  readonly name: string;
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const unitRows: readonly Row[] = [
  {
    name: 'pins the image of a container, and leaves comments and layout alone',
    file: 'app.container',
    before: '# Image=quay.io/shop/app:1\n[Container]\n\tImage = quay.io/shop/app:1  \n; end\nExec=a  b\n',
    after: `# Image=quay.io/shop/app:1\n[Container]\n\tImage = ${pinned}  \n; end\nExec=a  b\n`,
  },
  {
    name: 'pins an image without a tag to the one that podman takes',
    file: 'app.image',
    before: '[Image]\nImage=quay.io/shop/app\nPolicy=missing\n',
    after: `[Image]\nImage=quay.io/shop/app:latest@${digest}\nPolicy=missing\n`,
  },
  {
    name: 'keeps quotes',
    file: 'app.image',
    before: '[Image]\nImage="quay.io/shop/app:1"\n',
    after: `[Image]\nImage="${pinned}"\n`,
  },
  {
    name: 'keeps CRLF and a missing last line end',
    file: 'app.image',
    before: '[Image]\r\nImage=quay.io/shop/app:1\r\nPolicy=missing',
    after: `[Image]\r\nImage=${pinned}\r\nPolicy=missing`,
  },
  {
    name: 'keeps bytes that are not UTF-8',
    file: 'app.image',
    before: '# caf\xe9 \xff\n[Image]\nImage=quay.io/shop/app:1\n[X-\xfe]\nA=\xe9\n',
    after: `# caf\xe9 \xff\n[Image]\nImage=${pinned}\n[X-\xfe]\nA=\xe9\n`,
  },
  {
    name: 'keeps text of other scripts before the value',
    file: 'app.image',
    before: Buffer.from('[Unit]\nDescription=größer\n[Image]\n\u3000Image=quay.io/shop/app:1\n').toString(
      'latin1',
    ),
    after: Buffer.from(`[Unit]\nDescription=größer\n[Image]\n\u3000Image=${pinned}\n`).toString('latin1'),
  },
  {
    name: 'changes the last of repeated keys, which is the one that counts',
    file: 'app.container',
    before: '[Container]\nImage=quay.io/shop/app:1\nImage=quay.io/shop/app:1\n',
    after: `[Container]\nImage=quay.io/shop/app:1\nImage=${pinned}\n`,
  },
  {
    name: 'changes a value that goes on in the next line only where it differs',
    file: 'app.container',
    before: '[Container]\nImage=quay.io/\\\n  shop/app\\\n  :1\nExec=a\n',
    after: `[Container]\nImage=quay.io/\\\n  shop/app\\\n  :1@${digest}\nExec=a\n`,
  },
  {
    name: 'keeps the lines of a value whose tag goes over several, with the comments between them',
    file: 'app.container',
    before: '[Container]\nImage=quay.io/shop/app:1\\\n# the tag\n  .2\\\n\n.3\nExec=a\n',
    after: `[Container]\nImage=quay.io/shop/app:1\\\n# the tag\n  .2\\\n\n.3@${digest}\nExec=a\n`,
  },
  {
    name: 'pins at the end of a value that goes over several lines',
    file: 'app.container',
    before: '[Container]\nImage=\\\nquay.io/\\\nshop/app\nExec=a\n',
    after: `[Container]\nImage=\\\nquay.io/\\\nshop/app:latest@${digest}\nExec=a\n`,
  },
  {
    name: 'pins at the end of a file that ends in a backslash',
    file: 'app.container',
    before: '[Container]\nImage=quay.io/shop/app:1\\',
    after: `[Container]\nImage=${pinned}\\`,
  },
  {
    name: 'pins the image of a volume',
    file: 'app.volume',
    before: '[Volume]\nDriver=image\nImage=quay.io/shop/app:1\n',
    after: `[Volume]\nDriver=image\nImage=${pinned}\n`,
  },
  {
    name: 'pins the image of a mount among its other options',
    file: 'app.container',
    before: `[Container]\nImage=${pinned}\nMount=type=image,source=quay.io/shop/data:1,destination=/data\n`,
    after: `[Container]\nImage=${pinned}\nMount=type=image,source=quay.io/shop/data:1@${digest},destination=/data\n`,
  },
  {
    name: 'pins ImageTag= with the Image= that it is equal to',
    file: 'app.image',
    before: '[Image]\nImage=quay.io/shop/app:1\nImageTag=quay.io/shop/app:1\n',
    after: `[Image]\nImage=${pinned}\nImageTag=${pinned}\n`,
  },
  {
    name: 'leaves another ImageTag= alone',
    file: 'app.image',
    before: '[Image]\nImage=quay.io/shop/app:1\nImageTag=quay.io/shop/other:1\n',
    after: `[Image]\nImage=${pinned}\nImageTag=quay.io/shop/other:1\n`,
  },
  {
    name: 'pins an image for another platform to the digest of its index',
    file: 'app.image',
    before: '[Image]\nArch=arm64\nImage=quay.io/shop/app:1\n',
    after: `[Image]\nArch=arm64\nImage=${pinned}\n`,
  },
  {
    name: 'writes the whole name before a tag and a digest',
    file: 'app.image',
    before: `[Image]\nImage=docker.io/nginx:1@${digest}\n`,
    after: `[Image]\nImage=docker.io/library/nginx:1@${digest}\n`,
  },
  {
    name: 'writes the whole name of an image on docker.io',
    file: 'app.image',
    before: `[Image]\nImage=docker.io/nginx@${digest}\n`,
    after: `[Image]\nImage=docker.io/library/nginx@${digest}\n`,
  },
  {
    name: 'writes docker.io for index.docker.io',
    file: 'app.image',
    before: `[Image]\nImage=index.\\\ndocker.io/shop/app@${digest}\n`,
    after: `[Image]\nImage=\\\ndocker.io/shop/app@${digest}\n`,
  },
  {
    name: 'drops docker://',
    file: 'app.image',
    before: `[Image]\nImage=docker://nginx@${digest}\n`,
    after: `[Image]\nImage=docker.io/library/nginx@${digest}\n`,
  },
];

const dropInRows: readonly Row[] = [
  {
    name: 'pins a basic string',
    file: 'app.toml',
    before: '# apps\nimages = [ "quay.io/shop/app:1", ] # one\n',
    after: `# apps\nimages = [ "${pinned}", ] # one\n`,
  },
  {
    name: 'pins a literal string',
    file: 'app.toml',
    before: "images = ['quay.io/shop/app:1']\n",
    after: `images = ['${pinned}']\n`,
  },
  {
    name: 'keeps escapes in what stays',
    file: 'app.toml',
    before: 'images = ["quay.io\\u002fshop\\U0000002fapp\\x3a1"]\n',
    after: `images = ["quay.io\\u002fshop\\U0000002fapp\\x3a1@${digest}"]\n`,
  },
  {
    name: 'keeps the lines of a multi-line basic string',
    file: 'app.toml',
    before: 'images = ["""\r\nquay.io/\\\r\n\r\n   shop/app:1\\\r\n   """]\r\n',
    after: `images = ["""\r\nquay.io/\\\r\n\r\n   shop/app:1@${digest}\\\r\n   """]\r\n`,
  },
  {
    name: 'pins a multi-line literal string',
    file: 'app.toml',
    before: "[[image]]\nreference = '''\nquay.io/shop/app:1'''\narch = \"arm64\"\n",
    after: `[[image]]\nreference = '''\n${pinned}'''\narch = "arm64"\n`,
  },
  {
    name: 'keeps a byte order mark',
    file: 'app.toml',
    before: '\xef\xbb\xbfimages = ["quay.io/shop/app:1"]',
    after: `\xef\xbb\xbfimages = ["${pinned}"]`,
  },
  {
    name: 'keeps text of other scripts on the same line',
    file: 'app.toml',
    before: Buffer.from('image = [{ authfile = "/größe😀", reference = "quay.io/shop/app" }]\n').toString(
      'latin1',
    ),
    after: Buffer.from(
      `image = [{ authfile = "/größe😀", reference = "quay.io/shop/app:latest@${digest}" }]\n`,
    ).toString('latin1'),
  },
  {
    name: 'pins each of several on one line',
    file: 'app.toml',
    before: 'images = ["quay.io/shop/app:1", "quay.io/shop/b", "docker.io/c:1"]\n',
    after: `images = ["${pinned}", "quay.io/shop/b:latest@${digest}", "docker.io/library/c:1@${digest}"]\n`,
  },
];

describe('a fix', () => {
  test.each(unitRows)('of a unit $name', ({ file, before, after }) => {
    const path = `${units}/${file}`;
    const authfile = { 'usr/größe😀': '{}' };
    const plan = fixTree({ ...bound(file), ...authfile, [path]: Buffer.from(before, 'latin1') });
    expect(afterText(plan)).toEqual({ [path]: after });
  });

  test.each(dropInRows)('of a drop-in $name', ({ file, before, after }) => {
    const path = `usr/lib/bound-images.d/${file}`;
    const plan = fixTree({ 'größe😀': '{}', [path]: Buffer.from(before, 'latin1') });
    expect(afterText(plan)).toEqual({ [path]: after });
  });

  test('changes the drop-in of a unit that sets the image', () => {
    const plan = fixTree({
      ...bound('app.container'),
      [`${units}/app.container`]: '[Container]\nImage=quay.io/shop/app:1\n',
      'etc/containers/systemd/app.container.d/10-image.conf': '[Container]\nImage=quay.io/shop/app:2\n',
    });
    expect(afterText(plan)).toEqual({
      'etc/containers/systemd/app.container.d/10-image.conf': `[Container]\nImage=quay.io/shop/app:2@${digest}\n`,
    });
  });

  test('pins an image in the unit, too, where a drop-in names it once more', () => {
    const text = (image: string) => `[Container]\nImage=${image}\n`;
    const files = (image: string) => ({
      [`${units}/app.container`]: text(image),
      [`${units}/app.container.d/10-first.conf`]: text(image),
      [`${units}/app.container.d/20-last.conf`]: text(image),
    });
    const plan = fixTree({ ...bound('app.container'), ...files('quay.io/shop/app:1') });
    expect(afterText(plan)).toEqual(files(pinned));
  });

  test('changes the file that an entry leads to, and no link', () => {
    const plan = fixTree({
      'usr/lib/bound-images.d/app.toml': symlink('../share/apps.toml'),
      'usr/share/apps.toml': 'images = ["quay.io/shop/app:1"]\n',
      'usr/lib/bound-images.d/same.toml': symlink('/usr/share/apps.toml'),
    });
    expect(afterText(plan)).toEqual({ 'usr/share/apps.toml': `images = ["${pinned}"]\n` });
    expect(plan.fixes).toHaveLength(1);
  });

  test('changes the .image unit that a bound container names', () => {
    const plan = fixTree({
      ...bound('app.container'),
      [`${units}/app.container`]: '[Container]\nImage=app.image\n',
      [`${units}/app.image`]: '[Image]\nImage=quay.io/shop/app:1\n',
    });
    expect(afterText(plan)).toEqual({ [`${units}/app.image`]: `[Image]\nImage=${pinned}\n` });
  });

  test('changes the images of a kube file where they stand', () => {
    const yaml = (image: string) =>
      `kind: Pod\nspec:\n  containers:\n    - {name: a, image: "${image}"} # größe\n    - name: b\n      image: ${image} # b\n`;
    const plan = fixTree({
      ...bound('app.kube'),
      [`${units}/app.kube`]: '[Kube]\nYaml=app.yaml\n',
      [`${units}/app.yaml`]: yaml('quay.io/shop/app:1'),
    });
    expect(afterText(plan)).toEqual({
      [`${units}/app.yaml`]: Buffer.from(yaml(pinned)).toString('latin1'),
    });
  });

  test('pins an image in the units, too, that find it in the store because a drop-in binds it', () => {
    const plan = fixTree({
      'usr/lib/bound-images.d/app.toml': 'images = ["quay.io/shop/app:1"]\n',
      [`${units}/app.container`]: '[Container]\nImage=quay.io/shop/app:1\n',
      [`${units}/other.container`]: '[Container]\nImage=docker.io/other\n',
    });
    expect(afterText(plan)).toEqual({
      'usr/lib/bound-images.d/app.toml': `images = ["${pinned}"]\n`,
      [`${units}/app.container`]: `[Container]\nImage=${pinned}\n`,
    });
    expect(plan.fixes).toEqual([
      {
        place: { entry: 'app.toml', file: '/usr/lib/bound-images.d/app.toml', line: 1, column: 11 },
        from: 'quay.io/shop/app:1',
        to: pinned,
      },
      {
        place: { entry: null, file: `/${units}/app.container`, line: 2, column: 7 },
        from: 'quay.io/shop/app:1',
        to: pinned,
      },
    ]);
  });

  test('writes names in full where the registry does not say the digest', () => {
    const plan = fixTree(
      { 'usr/lib/bound-images.d/app.toml': 'images = ["docker.io/nginx", "quay.io/shop/app:1"]\n' },
      { registry: 'silent' },
    );
    expect(afterText(plan)).toEqual({
      'usr/lib/bound-images.d/app.toml': 'images = ["docker.io/library/nginx", "quay.io/shop/app:1"]\n',
    });
  });

  test.each([
    ['an image with a digest', '[Image]\nImage=quay.io/shop/app@DIGEST\n'],
    ['a short name', '[Image]\nImage=app:1\n'],
    ['an image of this machine', '[Image]\nImage=localhost/app:1\n'],
    ['an archive', '[Image]\nImage=oci-archive:/usr/lib/app.tar\n'],
    ['an invalid reference', '[Image]\nImage=quay.io/shop/App:1\n'],
    ['a unit that quadlet refuses', '[Image]\nImage=quay.io/shop/app:1\nnonsense\n'],
  ])('leaves %s alone, and says nothing of it', (_, text) => {
    const { files, diagnostics } = fixTree({
      ...bound('app.image'),
      [`${units}/app.image`]: text.replace('DIGEST', digest),
      'usr/lib/app.tar': '',
    });
    expect({ files, diagnostics }).toEqual({ files: [], diagnostics: [] });
  });
});

describe('what is left', () => {
  const image = `/${units}/app.image`;

  test.each([
    {
      name: 'all tags',
      text: '[Image]\nImage=quay.io/shop/app\nAllTags=yes\n',
      finding: `reference-not-fixed ${image}:2:7 “quay.io/shop/app” stays as it is: AllTags= pulls what has a tag`,
    },
    {
      name: 'an image whose entry has an error',
      text: '[Image]\nImage=quay.io/shop/app:1\nAuthFile=/nowhere.json\n',
      finding: `reference-not-fixed ${image}:2:7 “quay.io/shop/app:1” stays as it is: what is wrong with its entry comes first`,
    },
  ])('is said: $name', ({ text, finding }) => {
    const { files, diagnostics } = fixTree({ ...bound('app.image'), [image.slice(1)]: text });
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([finding]);
  });

  test('is the image in all places, where it cannot be changed in one', () => {
    const { files, diagnostics } = fixTree({
      ...bound('app.image'),
      [image.slice(1)]: '[Image]\nImage=quay.io/shop/app:1\n',
      [`${units}/other.container`]:
        '[Container]\nImage=docker.io/other\nMount=type=image,source=quay.io\\x2fshop/app:1,destination=/a\n',
    });
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      `reference-not-fixed ${image}:2:7 “quay.io/shop/app:1” stays as it is: /${units}/other.container:3 writes it with escapes, quotes or line ends in it`,
    ]);
  });

  test.each([
    ['a unit', 'slip.container', '[Container]\nImage=quay.io/shop/app:1\nslip\n'],
    ['a link that leads nowhere', 'slip.volume', symlink('nowhere')],
  ])('is every tag, where %s cannot be read', (_, name, slip) => {
    const path = 'usr/lib/bound-images.d/app.toml';
    const { files, diagnostics } = fixTree({
      [path]: 'images = ["quay.io/shop/app:1"]\n',
      [`${units}/app.container`]: '[Container]\nImage=quay.io/shop/app:1\n',
      [`${units}/${name}`]: slip,
    });
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      `reference-not-fixed /${path}:1:11 “quay.io/shop/app:1” stays as it is: /${units}/${name} cannot be read, so it is unknown what else names the image`,
    ]);
  });

  test('is a file that the next boot takes from the running system', () => {
    const roots = makeRoots(
      {
        'usr/lib/bound-images.d/app.image': symlink('/etc/containers/systemd/app.image'),
        'etc/containers/systemd/app.image': '[Image]\nImage=quay.io/shop/app:1\n',
      },
      {
        'usr/etc/containers/systemd/app.image': '[Image]\nImage=quay.io/shop/app:1\n',
        'etc/containers/systemd/app.image': '[Image]\nImage=quay.io/shop/app:2\n',
      },
    );
    const { files, diagnostics } = fixRoots(roots, 'answers');
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      'reference-not-fixed /etc/containers/systemd/app.image:2:7 “quay.io/shop/app:2” stays as it is: /etc/containers/systemd/app.image is not in this root yet: the running system has it',
    ]);
  });

  test('is a line that also holds a secret', () => {
    const { files, diagnostics } = fixTree({
      ...bound('app.container'),
      [`${units}/app.container`]: `[Container]\nImage=${pinned}\nPodmanArgs=--creds=shop:hunter2 --mount=type=image,src=quay.io/shop/data:1,dst=/data\n`,
    });
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      `reference-not-fixed /${units}/app.container:3:56 “quay.io/shop/data:1” stays as it is: /${units}/app.container:3 may hold a password as well`,
    ]);
  });

  test('is a tag that its author keeps', () => {
    const keeps = ({ line }: { line: number | null }) => line === 2;
    const path = 'usr/lib/bound-images.d/app.toml';
    const both = fixTree({ [path]: 'images = [\n"docker.io/a",\n"docker.io/b"]\n' }, { keeps });
    expect(afterText(both)).toEqual({
      [path]: `images = [\n"docker.io/a",\n"docker.io/library/b:latest@${digest}"]\n`,
    });
    expect(both.diagnostics).toEqual([]);
  });

  test('are the tags of one drop-in that have the same digest', () => {
    const path = 'usr/lib/bound-images.d/app.toml';
    const { files, diagnostics } = fixTree({
      [path]: 'images = ["quay.io/shop/app:1", "quay.io/shop/app:2", "quay.io/shop/web:1"]\n',
    });
    expect(files.map(({ after }) => after.toString())).toEqual([
      `images = ["quay.io/shop/app:1", "quay.io/shop/app:2", "quay.io/shop/web:1@${digest}"]\n`,
    ]);
    expect(diagnostics.map(findingText)).toEqual([
      `reference-not-fixed /${path}:1:11 “quay.io/shop/app:1” stays as it is: “quay.io/shop/app:2” in /${path}:1 has the same digest`,
      `reference-not-fixed /${path}:1:33 “quay.io/shop/app:2” stays as it is: “quay.io/shop/app:1” in /${path}:1 has the same digest`,
    ]);
  });

  test('is a tag that has the digest of an image that is pulled otherwise', () => {
    const { files, diagnostics } = fixTree({
      'usr/lib/bound-images.d/a.toml': 'images = ["quay.io/shop/app:1"]\n',
      'usr/lib/bound-images.d/b.toml': `[[image]]\nreference = "${pinned}"\ntls-verify = false\n`,
    });
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      `reference-not-fixed /usr/lib/bound-images.d/a.toml:1:11 “quay.io/shop/app:1” stays as it is: “${pinned}” in /usr/lib/bound-images.d/b.toml:2 has the same digest`,
    ]);
  });

  test('is not one of two units whose tags have the same digest', () => {
    const { files, diagnostics } = fixTree({
      ...bound('a.image', 'b.image'),
      [`${units}/a.image`]: '[Image]\nImage=quay.io/shop/app:1\n',
      [`${units}/b.image`]: '[Image]\nImage=quay.io/shop/app:2\n',
    });
    expect(files.map(({ name }) => name)).toEqual([`${units}/a.image`, `${units}/b.image`]);
    expect(diagnostics).toEqual([]);
  });

  test('is a file whose name would begin another diff', () => {
    const { files, diagnostics } = fixTree({
      'usr/lib/bound-images.d/app\n--- a\n+++ other.toml': 'images = ["quay.io/shop/app:1"]\n',
    });
    expect(files).toEqual([]);
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['reference-not-fixed']);
  });

  test('is an image that is to keep its tag in another place', () => {
    const { files, diagnostics } = fixTree(
      {
        'usr/lib/bound-images.d/a.toml': 'images = ["quay.io/shop/app:1"]\n',
        'usr/lib/bound-images.d/b.toml': 'images = ["quay.io/shop/app:1"]\n',
      },
      { keeps: ({ entry }) => entry === 'b.toml' },
    );
    expect(files).toEqual([]);
    expect(diagnostics.map(findingText)).toEqual([
      'reference-not-fixed /usr/lib/bound-images.d/a.toml:1:11 “quay.io/shop/app:1” stays as it is: /usr/lib/bound-images.d/b.toml:1 is to keep its tag, and the store has one name for both',
    ]);
  });
});
