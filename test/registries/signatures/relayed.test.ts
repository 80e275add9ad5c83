import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scopesOf } from '../../../src/model/reference/scopes.js';
import type { Registry } from '../../../src/registries/conf/registry.js';
import { relayedSignatures } from '../../../src/registries/signatures/relayed.js';
import { relayPlaces } from '../../support/relay-places.js';

interface Written {
  readonly docker: Readonly<
    Record<string, { readonly lookaside?: string; readonly 'use-sigstore-attachments'?: boolean }>
  >;
}

/** What a host says, by scope; '' stands for `default-docker`. */
function host(said: Readonly<Record<string, boolean>>) {
  const { '': general, ...scopes } = said;
  return {
    attachments: new Map(Object.entries(scopes)),
    usesAttachments: (name: string) => lookUp(scopes, name) ?? general ?? false,
  };
}

function lookUp(scopes: Readonly<Record<string, boolean | undefined>>, name: string): boolean | undefined {
  return scopesOf(name)
    .map((scope) => scopes[scope])
    .find((value) => value !== undefined);
}

function written(
  said: Readonly<Record<string, boolean>>,
  registries: readonly string[],
  tables: readonly Registry[] = [],
) {
  const relay = relayPlaces();
  const text = relayedSignatures(host(said), registries, tables, relay);
  return { relay, docker: (JSON.parse(text) as Written).docker };
}

test('every registry has its lookaside at the relay, and its own switches', () => {
  const said = { 'quay.io': true, 'quay.io/ns/app:1': false, 'other.example': true, '*.example': true };
  const { relay, docker } = written(said, ['quay.io', 'r.example:5000', 'docker.io']);
  const [quay, r, hub] = ['quay.io', 'r.example:5000', 'docker.io'].map((registry) =>
    relay.locationOf(registry),
  );
  expect(docker).toEqual({
    [`${quay}`]: { lookaside: relay.lookasideOf('quay.io'), 'use-sigstore-attachments': true },
    [`${quay}/ns/app:1`]: { 'use-sigstore-attachments': false },
    [`${r}`]: { lookaside: relay.lookasideOf('r.example:5000'), 'use-sigstore-attachments': true },
    [`${hub}`]: { lookaside: relay.lookasideOf('docker.io'), 'use-sigstore-attachments': false },
  });
});

test('attachments are looked for under the relay’s name exactly where they are under the real one', () => {
  const registries = ['quay.io', 'a.example.com:5000', 'localhost'];
  const path = fc.constantFrom('', '/ns', '/ns/app', '/ns/app:1', '/other');
  const scope = fc.oneof(
    fc.tuple(fc.constantFrom(...registries, 'localhost:5000'), path).map((parts) => parts.join('')),
    fc.constantFrom('', '*.io', '*.com', '*.example.com'),
  );
  fc.assert(
    fc.property(
      fc.dictionary(scope, fc.boolean()),
      fc.constantFrom(...registries),
      fc.constantFrom('ns/app', 'ns/sub/app', 'app', 'other'),
      (said, registry, repository) => {
        const { relay, docker } = written(said, registries);
        const name = `${relay.locationOf(registry)}/${repository}:1`;
        const switches = Object.entries(docker).map(([key, section]) => [
          key,
          section['use-sigstore-attachments'],
        ]);
        expect(lookUp(Object.fromEntries(switches), name)).toBe(
          host(said).usesAttachments(`${registry}/${repository}:1`),
        );
        // The lookaside is that of the registry, whatever is said of namespaces.
        const found = scopesOf(name).flatMap((each) => docker[each]?.lookaside ?? []);
        expect(found).toEqual([relay.lookasideOf(registry)]);
      },
    ),
  );
});

test('where a mirror is asked for attachments, so is the relay', () => {
  const mirror = {
    location: 'mirror.example:5000',
    insecure: undefined,
    serves: 'all',
    place: { file: '/x' },
  } as never;
  const table = {
    prefix: 'quay.io/ns',
    location: 'quay.io/ns',
    insecure: undefined,
    blocked: undefined,
    mirrors: [mirror],
  };
  const { relay, docker } = written({ 'mirror.example:5000': true }, ['quay.io'], [table]);
  expect(docker[`${relay.locationOf('quay.io')}/ns`]).toEqual({ 'use-sigstore-attachments': true });
  expect(docker[relay.locationOf('quay.io')]?.['use-sigstore-attachments']).toBe(false);
});
