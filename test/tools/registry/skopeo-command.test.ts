import { expect, test } from 'vitest';
import { registriesArguments, skopeoCommand } from '../../../src/tools/registry/skopeo-command.js';

const noFiles = { authfile: undefined, certDir: undefined };
const place = { entry: null, file: null, line: null, column: null };

test.each([
  { question: 'manifest', expected: ['inspect', '--raw', '--', 'docker://r.example/app:1'] },
  { question: 'config', expected: ['inspect', '--raw', '--config', '--', 'docker://r.example/app:1'] },
  { question: 'tags', expected: ['list-tags', '--', 'docker://r.example/app:1'] },
] as const)('asks for the $question of a name', ({ question, expected }) => {
  expect(skopeoCommand(question, 'r.example/app:1', { tlsVerify: undefined }, noFiles)).toEqual(expected);
});

test.each([
  { name: 'an auth file', files: { ...noFiles, authfile: '/a' }, flag: '--authfile=/a' },
  { name: 'an empty auth file', files: { ...noFiles, authfile: '' }, flag: '--authfile=' },
  { name: 'certificates', files: { ...noFiles, certDir: '/c' }, flag: '--cert-dir=/c' },
  { name: 'no check of TLS', files: noFiles, tlsVerify: false, flag: '--tls-verify=false' },
  { name: 'a check of TLS', files: noFiles, tlsVerify: true, flag: '--tls-verify=true' },
])('passes on $name', ({ files, tlsVerify, flag }) => {
  const options = { tlsVerify: tlsVerify === undefined ? undefined : { value: tlsVerify, place } };
  expect(skopeoCommand('tags', 'r.example/app', options, files)).toEqual([
    'list-tags',
    flag,
    '--',
    'docker://r.example/app',
  ]);
});

test.each([
  { env: {}, expected: [] },
  { env: { CONTAINERS_REGISTRIES_CONF: '/a' }, expected: ['--registries-conf', '/a'] },
  { env: { REGISTRIES_CONFIG_PATH: '/b' }, expected: ['--registries-conf', '/b'] },
  {
    env: { CONTAINERS_REGISTRIES_CONF: '/a', REGISTRIES_CONFIG_PATH: '/b' },
    expected: ['--registries-conf', '/a'],
  },
  { env: { CONTAINERS_REGISTRIES_CONF: '', REGISTRIES_CONFIG_PATH: '/b' }, expected: [] },
])('names the registries.conf that podman reads with $env', ({ env, expected }) => {
  expect(registriesArguments(env)).toEqual(expected);
});
