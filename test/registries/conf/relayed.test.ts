import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { relayedRegistries, relayedRegistriesConf } from '../../../src/registries/conf/relayed.js';
import { relayPlaces } from '../../support/relay-places.js';

const conf = {
  searchRegistries: ['search.example', 'r.example:5000'],
  shortNameMode: 'enforcing',
  aliases: new Map([
    ['app', 'alias.example/ns/app'],
    ['gone', ''],
  ]),
};

test('podman asks the relay for whatever a name may lead to', () => {
  expect(relayedRegistries(['r.example:5000'], conf)).toEqual([
    'r.example:5000',
    'docker.io',
    'search.example',
    'alias.example',
  ]);
});

test('short names mean what they meant, and each registry is at the relay, and nowhere else', () => {
  const relay = relayPlaces();
  const table = (prefix: string) => ({ prefix, location: relay.locationOf(prefix), insecure: true });
  expect(parse(relayedRegistriesConf(conf, ['r.example:5000', 'docker.io'], relay))).toEqual({
    'unqualified-search-registries': ['search.example', 'r.example:5000'],
    'short-name-mode': 'enforcing',
    'credential-helpers': ['containers-auth.json'],
    aliases: { app: 'alias.example/ns/app', gone: '' },
    registry: [table('r.example:5000'), table('docker.io')],
  });
});
