import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configuredImageStore } from '../../../src/tools/podman/storage-conf.js';
import { makeTree } from '../../support/tree.js';

const imageStore = (path: string) => `[storage]\ndriver = "overlay"\nimagestore = "${path}"\n`;

/** The imagestore of a user with these files below the directory of the user's own configuration. */
function configured(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
) {
  const home = makeTree(files);
  const paths = Object.entries(variables).map(([name, path]) => [name, path && join(home, path)]);
  return configuredImageStore({ XDG_CONFIG_HOME: home, ...Object.fromEntries(paths) }, 1000);
}

const main = 'containers/storage.conf';
const replaced = 'CONTAINERS_STORAGE_CONF';
const override = 'CONTAINERS_STORAGE_CONF_OVERRIDE';

test.each([
  { name: 'the main file', files: { [main]: imageStore('/a') }, expected: '/a' },
  {
    name: 'the last drop-in that names one',
    files: {
      [main]: imageStore('/a'),
      [`${main}.d/20.conf`]: imageStore('/c'),
      [`${main}.d/10.conf`]: imageStore('/b'),
      [`${main}.d/30.conf`]: '[storage]\n',
      [`${main}.d/40.txt`]: imageStore('/d'),
    },
    expected: '/c',
  },
  {
    name: 'the file that stands in place of all others',
    files: { [main]: imageStore('/a'), [`${main}.d/10.conf`]: imageStore('/b'), own: imageStore('/own') },
    variables: { [replaced]: 'own' },
    expected: '/own',
  },
  {
    name: 'the file that is read after all others',
    files: { [main]: imageStore('/a'), own: imageStore('/own'), last: imageStore('/last') },
    variables: { [replaced]: 'own', [override]: 'last' },
    expected: '/last',
  },
  {
    name: 'the main file where the variables are empty',
    files: { [main]: imageStore('/a') },
    variables: { [replaced]: '', [override]: '' },
    expected: '/a',
  },
])('takes the imagestore of $name', ({ files, variables, expected }) => {
  expect(configured(files, variables)).toBe(expected);
});

test.each([
  { name: 'name none', text: '[storage]\ndriver = "vfs"\n' },
  { name: 'name the empty one', text: imageStore('') },
  { name: 'name something else', text: '[storage]\nimagestore = 7\n' },
  { name: 'have no table of that name', text: 'storage = "x"\n' },
  { name: 'are no TOML', text: '[storage' },
])('knows no imagestore where the files $name', ({ text }) => {
  expect(configured({ [main]: text })).toBeNull();
});
