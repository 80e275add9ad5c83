import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relayWords } from '../../src/registries/relay-words.js';
import { relayHost, relayPlaces, relaySecret } from '../support/relay-places.js';

// Of the twelve, the first is r1 and the last r12.
const registries = [
  'quay.io',
  ...Array.from({ length: 10 }, (_, index) => `r${index}.example:5000`),
  'docker.io',
];

const relay = relayPlaces();
const words = relayWords(relay, registries);
const at = (registry: string) => relay.locationOf(registry);
const pathAt = (registry: string) => at(registry).slice(relayHost.length + 1);

test.each<{ name: string; said: string; shown: string }>([
  {
    name: 'a name',
    said: `reading manifest 1 in ${at('quay.io')}/ns/app: manifest unknown`,
    shown: 'reading manifest 1 in quay.io/ns/app: manifest unknown',
  },
  {
    name: 'a name whose place begins as another',
    said: `Trying to access "${at('docker.io')}/library/app:1"`,
    shown: 'Trying to access "docker.io/library/app:1"',
  },
  {
    name: 'the URL of a blob',
    said: `Get "http://${relayHost}/v2/${pathAt('quay.io')}/ns/app/blobs/sha256:aa": EOF`,
    shown: 'Get "https://quay.io/v2/ns/app/blobs/sha256:aa": EOF',
  },
  {
    name: 'the path of one',
    said: `GET /v2/${pathAt('quay.io')}/ns/app/blobs/sha256:aa`,
    shown: 'GET /v2/ns/app/blobs/sha256:aa',
  },
  {
    name: 'the URL of a signature',
    said: `reading signature from ${relay.lookasideOf('quay.io')}/${pathAt('quay.io')}/ns/app@sha256=aa/signature-1: 403`,
    shown: 'reading signature from the lookaside of quay.io/ns/app@sha256=aa/signature-1: 403',
  },
  {
    name: 'a registry that does not answer',
    said: `initializing source docker://quay.io/ns/app:1: pinging container registry ${relayHost}: Get "https://${relayHost}/v2/": dial tcp ${relayHost}: connect: connection refused`,
    shown:
      'initializing source docker://quay.io/ns/app:1: pinging container registry quay.io: Get "https://quay.io/v2/": dial tcp the relay: connect: connection refused',
  },
  {
    name: 'one that nobody names',
    said: `pinging container registry ${relayHost}: EOF`,
    shown: 'pinging container registry the relay: EOF',
  },
  {
    name: 'a connection',
    said: `read tcp 127.0.0.1:40000->${relayHost}: read: connection reset by peer`,
    shown: 'read tcp 127.0.0.1:40000->the relay: read: connection reset by peer',
  },
  { name: 'what has nothing of it', said: 'quay.io/ns/app:1\n', shown: 'quay.io/ns/app:1\n' },
  { name: 'a signs of its own', said: `$& ${at('quay.io')}/$1`, shown: '$& quay.io/$1' },
])('of $name, the registry is seen and the relay is not', ({ said, shown }) => {
  expect(words(`before\n${said}\nbehind`)).toBe(`before\n${shown}\nbehind`);
});

test('each line speaks of its own registry', () => {
  const said = (registry: string) => `docker://${registry}/app:1: pinging container registry ${relayHost}`;
  expect(words(`${said('quay.io')}\n${said('docker.io')}`)).toBe(
    'docker://quay.io/app:1: pinging container registry quay.io\ndocker://docker.io/app:1: pinging container registry docker.io',
  );
});

test('whatever is said, the secret and the address are not seen', () => {
  const pieces = fc.constantFrom(
    relaySecret,
    relayHost,
    ...registries
      .slice(0, 3)
      .flatMap((registry) => [at(registry), pathAt(registry), relay.lookasideOf(registry)]),
    '/',
    'v2/',
    'http://',
    ' ',
    '"',
    '\n',
    'app',
    'docker://quay.io/',
    '3',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (said) => {
      const shown = words(said.join(''));
      expect(shown).not.toContain(relaySecret);
      expect(shown).not.toContain(relayHost);
    }),
  );
});
