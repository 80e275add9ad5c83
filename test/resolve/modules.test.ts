import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/diagnostic.js';
import { resolveModules } from '../../src/resolve/modules.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';

const modules = 'containers/containers.conf.modules';

/** The options after the resolution, and the rules of the findings; paths begin with the name of their root. */
function resolved(
  words: readonly string[],
  newRoot: TreeSpec,
  currentRoot: TreeSpec = {},
): readonly string[] {
  const roots = makeRoots(newRoot, currentRoot);
  const { value, diagnostics } = resolveModules(
    words.map((word) => ({ value: word, place: nowhere })),
    roots,
  );
  const shown = value.map((option) =>
    option.value.replace(roots.newRoot.hostPath, 'new').replace(roots.current.hostPath, 'current'),
  );
  return [...shown, ...diagnostics.map(({ rule }) => rule)];
}

test.each<
  [
    name: string,
    words: readonly string[],
    newRoot: TreeSpec,
    currentRoot: TreeSpec,
    expected: readonly string[],
  ]
>([
  ['in the new root', ['--module=/etc/m'], { 'etc/m': '' }, { 'etc/m': '' }, ['--module=new/etc/m']],
  ['else in the current root', ['--module=/etc/m'], {}, { 'etc/m': '' }, ['--module=current/etc/m']],
  [
    'by its name in /etc',
    ['--module=m'],
    { [`etc/${modules}/m`]: '', [`usr/share/${modules}/m`]: '' },
    {},
    [`--module=new/etc/${modules}/m`],
  ],
  [
    'by its name in /usr/share',
    ['--module=m'],
    { [`usr/share/${modules}/m`]: '' },
    {},
    [`--module=new/usr/share/${modules}/m`],
  ],
  [
    'in the new root by its name, before the current one',
    ['--module=m'],
    { [`usr/share/${modules}/m`]: '' },
    { [`etc/${modules}/m`]: '' },
    [`--module=new/usr/share/${modules}/m`],
  ],
  [
    'of a global argument in two words',
    ['--syslog', '--module', '/m'],
    { m: '' },
    {},
    ['--syslog', '--module=new/m'],
  ],
  [
    'behind a link that stays in the root',
    ['--module=/l'],
    { l: symlink('/m'), m: '' },
    {},
    ['--module=new/m'],
  ],
  ['that is nowhere, as an error', ['--module=/m', '--syslog'], {}, {}, ['--syslog', 'path-missing']],
  ['that is a directory, as an error', ['--module=/m'], { 'm/x': '' }, {}, ['path-unusable']],
])('finds a module %s', (_, words, newRoot, currentRoot, expected) => {
  expect(resolved(words, newRoot, currentRoot)).toEqual(expected);
});
