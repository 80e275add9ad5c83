import { describe, expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import { layersOfModules } from '../../src/model/resolved-image.js';
import { moduleReader } from '../../src/resolve/modules.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';

const modules = 'containers/containers.conf.modules';

/** What is read of modules; for each that cannot be, its finding. */
function read(names: readonly string[], newRoot: TreeSpec, currentRoot: TreeSpec = {}) {
  const options = names.map((value) => ({ name: 'module', value, place: nowhere }));
  const { value, diagnostics } = moduleReader(makeRoots(newRoot, currentRoot))([
    { name: 'syslog', value: 'true', place: nowhere },
    ...options,
  ]);
  return {
    paths: value.map(({ path }) => path),
    layers: layersOfModules(value),
    leftOut: value.flatMap(({ leftOut }) => leftOut),
    findings: diagnostics.map(({ rule }) => rule),
    messages: diagnostics.map(({ message }) => message),
  };
}

function copies(count: number): string {
  return `[engine]\nimage_parallel_copies = ${count}\n`;
}

test.each<[name: string, names: readonly string[], newRoot: TreeSpec, currentRoot: TreeSpec, layers: number]>(
  [
    ['in the new root', ['/etc/m'], { 'etc/m': copies(1) }, { 'etc/m': copies(2) }, 1],
    ['else in the current root', ['/etc/m'], {}, { 'etc/m': copies(2) }, 2],
    [
      'by its name in /etc',
      ['m'],
      { [`etc/${modules}/m`]: copies(1), [`usr/share/${modules}/m`]: copies(2) },
      {},
      1,
    ],
    ['by its name in /usr/share', ['m'], { [`usr/share/${modules}/m`]: copies(1) }, {}, 1],
    [
      'in the new root by its name, before the current one',
      ['m'],
      { [`usr/share/${modules}/m`]: copies(1) },
      { [`etc/${modules}/m`]: copies(2) },
      1,
    ],
    ['behind a link that stays in the root', ['/l'], { l: symlink('/m'), m: copies(1) }, {}, 1],
    ['that says so last', ['/a', '/b', '/c'], { a: copies(1), b: copies(2), c: '[containers]\n' }, {}, 2],
    ['in other letters', ['/m'], { m: '[Engine]\nImage_Parallel_Copies = 3\n' }, {}, 3],
  ],
)('heeds a module %s', (_, names, newRoot, currentRoot, layers) => {
  expect(read(names, newRoot, currentRoot)).toMatchObject({ layers, leftOut: [], findings: [] });
});

test('leaves out all other settings, and says which', () => {
  const text = `top = 1
[engine]
image_parallel_copies = 0
env = ["LD_PRELOAD=/evil.so"]
[engine.runtimes]
runc = ["/evil"]
[[farms]]
x = 1
[containers]
`;
  const { layers, leftOut, findings } = read(['/m'], { m: text });
  expect({ layers, leftOut, findings }).toEqual({
    layers: undefined,
    leftOut: ['top', 'engine.env', 'engine.runtimes', 'farms'],
    findings: [],
  });
});

describe('refuses a module', () => {
  test.each<[name: string, tree: TreeSpec, rule: string, problem: string]>([
    ['that is nowhere', {}, 'path-missing', 'does not exist'],
    ['that is a directory', { 'm/x': '' }, 'path-unusable', '/m is not a regular file'],
    ['that is no TOML', { m: '[engine]\nenv = [' }, 'path-unusable', 'not valid TOML in line 2'],
    ['that is not UTF-8', { m: Buffer.from([0x23, 0xff]) }, 'path-unusable', 'it is not UTF-8'],
    ['that is too large', { m: '#'.repeat(70_000) }, 'path-unusable', 'larger than'],
    ['of another host', { m: '[engine]\nremote = true\n' }, 'path-unusable', 'engine.remote leads to'],
    ...['"3"', '1.5', '-1', '99999999999999999999', 'true', '[1]'].map(
      (value): [string, TreeSpec, string, string] => [
        `with ${value} layers`,
        { m: `[engine]\nimage_parallel_copies = ${value}\n` },
        'path-unusable',
        'engine.image_parallel_copies is not a number of layers',
      ],
    ),
  ])('%s', (_, tree, rule, problem) => {
    const { paths, findings, messages } = read(['/m'], tree);
    expect({ paths, findings }).toEqual({ paths: [], findings: [rule] });
    expect(messages[0]).toContain(problem);
  });
});
