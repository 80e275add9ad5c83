import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, expect, test, vi } from 'vitest';
import { limitLayers } from '../../../src/tools/podman/layer-concurrency.js';
import { makeTree } from '../../support/tree.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

interface Configuration {
  readonly CONTAINERS_CONF?: string;
  readonly CONTAINERS_CONF_OVERRIDE?: string;
}

/** What podman is given while the user's own variables name files with these texts. */
function limit(count: number, version: string, own: Configuration = {}) {
  const tree = makeTree({ 'work/keep': '' });
  for (const variable of ['CONTAINERS_CONF', 'CONTAINERS_CONF_OVERRIDE'] as const) {
    const text = own[variable];
    vi.stubEnv(variable, text === undefined ? undefined : join(makeTree({ conf: text }), 'conf'));
  }
  const directory = join(tree, 'work');
  const variables = limitLayers(count, { version, pullFlags: new Set() }, directory);
  const path = join(directory, 'containers.conf');
  return { variables, path, text: readFileSync(path, 'utf8') };
}

const ownFile = `
[containers]
env = ["A=b", "C=d"]
[engine]
image_parallel_copies = 9
retry = 7
[engine.runtimes]
crun = ["/opt/crun"]
[[farm]]
name = "x"
`;
const ownWithLimit = {
  containers: { env: ['A=b', 'C=d'] },
  engine: { image_parallel_copies: 2, retry: 7, runtimes: { crun: ['/opt/crun'] } },
  farm: [{ name: 'x' }],
};
const limitAlone = { engine: { image_parallel_copies: 2 } };

test.each([
  { name: 'the limit', own: {}, content: limitAlone },
  {
    name: 'the limit, and nothing that CONTAINERS_CONF says anyway',
    own: { CONTAINERS_CONF: ownFile },
    content: limitAlone,
  },
  {
    name: 'the limit over what the user adds',
    own: { CONTAINERS_CONF_OVERRIDE: ownFile },
    content: ownWithLimit,
  },
  {
    name: 'what the user adds and not what stands below it',
    own: { CONTAINERS_CONF: '[engine]\nretry = 1\n', CONTAINERS_CONF_OVERRIDE: ownFile },
    content: ownWithLimit,
  },
])('adds $name, for podman 4.4 and newer', ({ own, content }) => {
  const { variables, path, text } = limit(2, '4.4.0', own);
  expect(variables).toEqual({ CONTAINERS_CONF_OVERRIDE: path });
  expect(parse(text)).toEqual(content);
});

test.each([
  { name: 'what CONTAINERS_CONF names', own: { CONTAINERS_CONF: ownFile } },
  {
    name: 'what CONTAINERS_CONF names, whatever the other variable says, which it does not know',
    own: { CONTAINERS_CONF: ownFile, CONTAINERS_CONF_OVERRIDE: '[engine]\nretry = 1\n' },
  },
])('takes the place of $name, for podman 4.3', ({ own }) => {
  const { variables, path, text } = limit(2, '4.3.1', own);
  expect(variables).toEqual({ CONTAINERS_CONF: path });
  expect(parse(text)).toEqual(ownWithLimit);
});

test('limits layers for podman 4.3 whatever the files of the system say', () => {
  const { variables, path, text } = limit(3, '4.3.1');
  expect(variables).toEqual({ CONTAINERS_CONF: path });
  expect(parse(text)).toMatchObject({ engine: { image_parallel_copies: 3 } });
});

test('reads the files of the system for podman 4.3 when CONTAINERS_CONF is empty', () => {
  const { text } = limit(2, '4.3.1');
  vi.stubEnv('CONTAINERS_CONF', '');
  const directory = makeTree({});
  limitLayers(2, { version: '4.3.1', pullFlags: new Set() }, directory);
  expect(readFileSync(join(directory, 'containers.conf'), 'utf8')).toBe(text);
});

test.each([
  { name: 'a user’s own files', uid: 1000, delay: '5s' },
  { name: 'no files of root’s own', uid: 0, delay: undefined },
])('reads $name for podman 4.3', ({ uid, delay }) => {
  const home = makeTree({
    'containers/containers.conf': '[engine]\nretry_delay = "4s"\nimage_parallel_copies = 9\n',
    'containers/containers.conf.d/10-x.conf': '[engine]\nretry_delay = "5s"\n',
    'containers/containers.conf.d/20-x.txt': '[engine]\nretry_delay = "6s"\n',
  });
  vi.stubEnv('XDG_CONFIG_HOME', home);
  vi.spyOn(process, 'geteuid').mockReturnValue(uid);
  const { text } = limit(2, '4.3.1');
  expect(parse(text)).toMatchObject({ engine: { image_parallel_copies: 2 } });
  expect(/retry_delay = "(.*)"/.exec(text)?.[1]).toBe(delay);
});

test.each(['[engine', '[engine]\nretry = \n'])('adds the limit alone to %j, which is no TOML', (own) => {
  expect(parse(limit(2, '5.8.0', { CONTAINERS_CONF_OVERRIDE: own }).text)).toEqual(limitAlone);
});

test('adds the limit alone where the file of the user is not there', () => {
  const directory = makeTree({});
  vi.stubEnv('CONTAINERS_CONF_OVERRIDE', join(directory, 'absent'));
  limitLayers(2, { version: '5.8.0', pullFlags: new Set() }, directory);
  expect(parse(readFileSync(join(directory, 'containers.conf'), 'utf8'))).toEqual(limitAlone);
});

test('keeps a list that adds to the one below', () => {
  // containers.conf(5), “Appending to String Arrays”.
  const own = '[containers]\nenv = ["A=b", {append=true}]\n';
  expect(parse(limit(1, '5.8.0', { CONTAINERS_CONF_OVERRIDE: own }).text)).toEqual({
    containers: { env: ['A=b', { append: true }] },
    engine: { image_parallel_copies: 1 },
  });
});

test('replaces what is no table by the table that holds the limit', () => {
  const { text } = limit(2, '5.8.0', { CONTAINERS_CONF_OVERRIDE: 'engine = "x"\n' });
  expect(parse(text)).toEqual(limitAlone);
});

test('lets only this user read what may hold secrets of the environment', () => {
  expect(statSync(limit(2, '5.8.0').path).mode & 0o777).toBe(0o600);
});
