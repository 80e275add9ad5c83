import { join } from 'node:path';
import { expect, test } from 'vitest';
import { located, parseStoreInfo } from '../../../src/tools/podman/store-info.js';
import { dir, makeTree } from '../../support/tree.js';

/** As `podman info` prints it, less the fields that nobody reads. */
function info(graphOptions: unknown, graphDriverName = 'overlay'): string {
  return JSON.stringify({
    host: { arch: 'amd64' },
    version: { APIVersion: '5.8.6', Version: '5.8.6' },
    store: { graphDriverName, graphOptions, graphRoot: '/store', runRoot: '/run/store' },
  });
}

test.each([
  { said: { Version: '5.8.6' }, version: '5.8.6' },
  { said: { Version: '6.0.0-rc1' }, version: '6.0.0' },
  { said: { Version: 'dev' }, version: undefined },
  { said: {}, version: undefined },
])('names the version of podman: $version', ({ said, version }) => {
  const text = JSON.stringify({ ...JSON.parse(info(null)), version: said });
  expect(parseStoreInfo(text, null).version).toBe(version);
});

test.each([
  { name: 'of the store itself', options: {}, directories: ['/store/overlay-layers'] },
  { name: 'of a store without options', options: null, directories: ['/store/overlay-layers'] },
  {
    name: 'of no store for other options',
    options: { 'overlay.mountopt': 'nodev,metacopy=on', 'overlay.mount_program': { Executable: '/x' } },
    directories: ['/store/overlay-layers'],
  },
  {
    // podman 4.3 prints one key for each, so that the last of several takes the place of the others.
    name: 'of the additional store that podman 4.3 names',
    options: { 'overlay.imagestore': '/extra' },
    directories: ['/store/overlay-layers', '/extra/overlay-layers'],
  },
])('names the layers $name', ({ options, directories }) => {
  expect(parseStoreInfo(info(options), null)).toMatchObject({
    root: '/store',
    graphRoot: '/store',
    layerDirectories: directories,
  });
});

test.each([
  { version: '4.3', options: { 'vfs.imagestore': '/one,/two' } },
  {
    version: '5.4',
    options: { 'overlay.additionalImageStores': ['/one', '/two'], 'overlay.imagestore': '/two' },
  },
  { version: '5.8', options: { additionalImageStores: ['/one', '/two'], imagestore: '/two' } },
])('names the layers of each additional store that podman $version names', ({ options }) => {
  expect(parseStoreInfo(info(options), null).layerDirectories).toEqual([
    '/store/overlay-layers',
    '/one/overlay-layers',
    '/two/overlay-layers',
  ]);
});

test('looks for layers in an imagestore that podman has made, too, and has images go there', () => {
  const imageStore = makeTree({ 'overlay-images/': dir() });
  expect(parseStoreInfo(info({}), imageStore)).toMatchObject({
    root: imageStore,
    graphRoot: '/store',
    layerDirectories: [join(imageStore, 'overlay-layers'), '/store/overlay-layers'],
  });
});

test.each([
  { name: 'has not made', imageStore: '/nonexistent' },
  { name: 'has made for another driver', imageStore: makeTree({ 'vfs-images/': dir() }) },
])('leaves out an imagestore that podman $name', ({ imageStore }) => {
  expect(parseStoreInfo(info({}), imageStore)).toMatchObject({
    root: '/store',
    graphRoot: '/store',
    layerDirectories: ['/store/overlay-layers'],
  });
});

test('names directories after the driver', () => {
  expect(parseStoreInfo(info({}, 'vfs'), null).layerDirectories).toEqual(['/store/vfs-layers']);
});

test.each([
  '',
  'null',
  '{}',
  '{"store": {}}',
  '{"store": {"graphRoot": "/store"}}',
  '{"store": {"graphRoot": 1, "graphDriverName": "overlay"}}',
])('refuses %j, which names no store', (json) => {
  expect(() => parseStoreInfo(json, null)).toThrow();
});

test('a store that podman alone sees at its root is told by where it lies', () => {
  const options = { additionalImageStores: ['/elsewhere'] };
  const elsewhere = { directory: '/lies/there', home: '/state', prepare: () => [] };
  expect(located(parseStoreInfo(info(options), null), { root: '/store', elsewhere })).toMatchObject({
    root: '/lies/there',
    graphRoot: '/lies/there',
    roots: ['/lies/there', '/elsewhere'],
    layerDirectories: ['/lies/there/overlay-layers', '/elsewhere/overlay-layers'],
  });
});
