import fc from 'fast-check';
import { dir, symlink, type TreeSpec } from '../../test/support/tree.js';
import { unitText } from './quadlet-random-unit.js';

const etc = 'etc/containers/systemd';
const usr = 'usr/share/containers/systemd';

const directory = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(etc, usr) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      `${etc}/x`,
      `${etc}/x/y`,
      `${etc}/x-1`,
      `${usr}/x`,
      `${usr}/w`,
      `${usr}/users`,
      'opt/u',
      'opt/u/v',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(`${etc}/users`, `${etc}/users-1`, `${etc}/z.d`, `${usr}/z.d`, 'opt/u.d'),
  },
);

const unitName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a.image', 'a-b.image', 'a.container', 'a-b-c.container') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('t@.image', 't@i.image', 'a-t@.container', 'a-t@a-i.container', 'b.image'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('n.network', 'v.volume', 'p.pod', 'k.kube', 'q.build', 'r.artifact'),
  },
);

/** Of any unit above, of several of them, or of none. */
const dropInDirectory = fc.constantFrom(
  ...['a.image', 'a-b.image', 'a-.image', 'image', 't@.image', 't@i.image', 't.image', '-.image'],
  ...['a.container', 'a-b-c.container', 'a-b-.container', 'a-.container', 'container', 'a-@.container'],
  ...['a-t@.container', 'a-t@a-i.container', 'a-t@a-.container', 'b-.container', 'n.network', 'network'],
);

const dropInName = fc.constantFrom(
  '10.conf',
  '20.conf',
  '9.conf',
  '.conf',
  '.h.conf',
  'a.conf~',
  'B.conf',
  'b.CONF',
);

type Named = readonly [path: string, node: TreeSpec[string]];

const unit: fc.Arbitrary<Named> = fc.tuple(directory, unitName).chain(([at, name]) =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: unitText(name.slice(name.lastIndexOf('.') + 1)).map(
        (text): Named => [`${at}/${name}`, text],
      ),
    },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom('/dev/null', '/opt/real.image', '/opt/real.container', '../real', 'a.image', '/nowhere')
        .map((target): Named => [`${at}/${name}`, symlink(target)]),
    },
    { weight: 1, arbitrary: fc.constant<Named>([`${at}/${name}`, '']) },
    { weight: 1, arbitrary: fc.constant<Named>([`${at}/${name}/`, dir()]) },
  ),
);

const dropIn: fc.Arbitrary<Named> = fc
  .tuple(directory, dropInDirectory, dropInName)
  .chain(([at, parent, name]) => {
    const path = `${at}/${parent}.d/${name}`;
    const type = parent.slice(parent.lastIndexOf('.') + 1);
    return fc.oneof(
      { weight: 12, arbitrary: unitText(type).map((text): Named => [path, text]) },
      {
        weight: 2,
        arbitrary: fc
          .constantFrom('/dev/null', '/opt/real.image', '/nowhere', '10.conf')
          .map((target): Named => [path, symlink(target)]),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Named>(
          [path, ''],
          [path, 'nonsense\n'],
          [`${path}/`, dir()],
          [`${at}/${parent}.d`, 'a file in place of the directory'],
        ),
      },
    );
  });

/** Directories that are links, to each other and out of the search path; and names that are no units. */
const oddity: fc.Arbitrary<Named> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(`${etc}/l`, `${etc}/x`, `${usr}/l`, `${usr}/x`, `${etc}/users`, etc, usr, `${usr}/l.d`),
      fc.constantFrom(
        ...['/opt/u', '/opt/u.d', '/opt', '../../../opt/u', `/${usr}`, `/${etc}`, `/${etc}/x`, '.', '..'],
        ...[`/${etc}/users`, `/${usr}/users`, '/nowhere', 'l', '/opt/u/../u/v'],
      ),
    )
    .map(([path, target]): Named => [path, symlink(target)]),
  fc
    .tuple(directory, fc.constantFrom('a.image.d', 'a.container.d', 'image.d', 'container.d'))
    .chain(([at, name]) =>
      fc
        .constantFrom('/opt/u.d', '/opt/u', '/nowhere', `/${usr}/a.image.d`)
        .map((target): Named => [`${at}/${name}`, symlink(target)]),
    ),
  fc
    .tuple(directory, fc.constantFrom('a.Image', 'a.image~', 'README', 'image', '.image', '.container'))
    .chain(([at, name]) =>
      fc
        .constantFrom<TreeSpec[string]>('nonsense', '[Image]\nImage=quay.io/o/o:1\n')
        .map((node): Named => [`${at}/${name}`, node]),
    ),
  fc
    .tuple(directory, fc.constantFrom('.#a.image', 'x.container', 'y.kube'))
    .map(([at, name]): Named => [`${at}/${name}`, symlink('/nowhere')]),
);

const targets: fc.Arbitrary<readonly Named[]> = fc
  .tuple(unitText('image'), unitText('container'))
  .map(([image, container]) => [
    ['opt/real.image', image],
    ['opt/real.container', container],
  ]);

const yaml = 'kind: Pod\nspec:\n  containers:\n    - image: quay.io/k/k:1\n';

/** What `.kube` units play, wherever they may be. */
const yamlFiles: readonly Named[] = [etc, `${etc}/x`, usr, `${usr}/x`, `${usr}/w`, 'opt/u', 'opt'].map(
  (directory) => [`${directory}/k.yaml`, yaml],
);

/** A root with units, their drop-ins, links and what else people leave in such directories. */
export const unitTree: fc.Arbitrary<TreeSpec> = fc
  .tuple(
    targets,
    fc.array(unit, { minLength: 2, maxLength: 9 }),
    fc.array(dropIn, { maxLength: 5 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(oddity, { maxLength: 3 }) },
    ),
  )
  .map((parts) => consistent([...parts.flat(), ...yamlFiles, ['k.yaml', yaml]]));

/** Without what cannot exist beside what came before: two nodes of one path, or one below a file. */
function consistent(nodes: readonly Named[]): TreeSpec {
  const taken = new Map<string, TreeSpec[string]>();
  for (const [path, node] of nodes) {
    const plain = path.replace(/\/$/, '');
    const clashes = [...taken.keys()].some((other) => {
      const known = other.replace(/\/$/, '');
      return known === plain || known.startsWith(`${plain}/`) || plain.startsWith(`${known}/`);
    });
    if (!clashes) taken.set(path, node);
  }
  return Object.fromEntries(taken);
}
