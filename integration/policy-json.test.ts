import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicy } from '../src/check/signature-policy/policy.js';
import { requirementsFor } from '../src/check/signature-policy/scopes.js';
import { exec } from './support/exec.js';
import { newImageSource } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let skopeo: string;
let directory: string;

beforeAll(async () => {
  skopeo = (await podmanOf('5.8')).skopeo;
  directory = await tempDir(cleanup);
  await mkdir(join(directory, 'empty'));
});

async function copy(policy: string, source: string): Promise<string> {
  const path = join(directory, 'policy.json');
  await writeFile(path, policy);
  const target = await tempDir(cleanup);
  const args = ['--policy', path, 'copy', '--src-tls-verify=false', source, `dir:${target}`];
  return (await exec(skopeo, args)).stderr;
}

/** Why skopeo refuses a policy; undefined for one that it takes. The image to be copied does not exist. */
async function refusal(policy: string): Promise<string | undefined> {
  return /invalid policy in .*/.exec(await copy(policy, `dir:${join(directory, 'empty')}`))?.[0];
}

function isValid(policy: string): boolean {
  return parsePolicy(policy).problems.length === 0;
}

const accept = [{ type: 'insecureAcceptAnything' }];
const signedBy = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/k' };
const sigstore = { type: 'sigstoreSigned', keyPath: '/k' };
const fulcio = { caPath: '/ca', oidcIssuer: 'https://example.com', subjectEmail: 'a@example.com' };

function withRequirement(requirement: unknown): string {
  return JSON.stringify({ default: [requirement] });
}

function withIdentity(signedIdentity: unknown): string {
  return withRequirement({ ...sigstore, signedIdentity });
}

describe('a policy is refused exactly where skopeo refuses it', () => {
  test.each([
    '',
    ' ',
    '{}',
    '[]',
    'null',
    '\ufeff{"default":[{"type":"reject"}]}',
    '{"default":[{"type":"reject"}]} x',
    '{"default":[{"type":"reject"}],}',
    '{"default":[{"type":"reject",}]}',
    "{'default':[{'type':'reject'}]}",
    '{"default":[{"type":"reject"}] // all\n}',
    '{"default":[{"type":"reject"}]}',
    '{"default":[{"type":"rej\\u0065ct"}]}',
    '{"default":[{"type":"rej\\u006"}]}',
    '{"default":[{"type":"reject"}],"default":[{"type":"reject"}]}',
    '{"Default":[{"type":"reject"}]}',
    '{"default":[{"Type":"reject"}]}',
    '{"default":[{"type":"reject","type":"reject"}]}',
    '{"default":[{"type":"reject"}]}\0',
    '{"default":[{"type":"reject"}]}\n\t ',
    '{"default":[{"type":"reject"}]}\u00a0',
    '{"default":[{"type":"re\0ject"}]}',
    '{"default":[{"type":"re\\u0000ject"}]}',
    '{"default":[{"type":01}]}',
    '{"default":[{"type":"reject","Type":"reject"}]}',
    '{"default":[{"type":"reject"}],"DEFAULT":[{"type":"reject"}]}',
    '{"default":[]}',
    '{"default":null}',
    '{"default":{"type":"reject"}}',
    '{"default":[["reject"]]}',
    '{"default":[null]}',
    '{"default":["reject"]}',
    '{"default":[{}]}',
    '{"default":[{"type":null}]}',
    '{"default":[{"type":1}]}',
    '{"default":[{"type":"reject","comment":"x"}]}',
    '{"default":[{"type":"reject"}],"transports":null}',
    '{"default":[{"type":"reject"}],"transports":[]}',
    '{"default":[{"type":"reject"}],"transports":{"docker":null}}',
    ...[
      { docker: {} },
      { docker: { '': accept } },
      { docker: { 'Not A Registry/': accept } },
      { docker: { 'quay.io': [] } },
      { nothing: { x: accept } },
      { dir: { '/srv': accept } },
      { dir: { '/': accept } },
      { dir: { '/srv/': accept } },
      { dir: { srv: accept } },
      { oci: { '/srv/../x': accept } },
      { oci: { '/srv:tag': accept } },
      { 'oci-archive': { '/srv//x': accept } },
      { 'docker-archive': { '/srv': accept } },
      { 'docker-archive': { '': accept } },
    ].map((transports) => JSON.stringify({ default: accept, transports })),
    ...[
      signedBy,
      { ...signedBy, keyType: 'gpg' },
      { ...signedBy, keyType: null },
      { ...signedBy, keyPath: '' },
      { ...signedBy, keyPath: null },
      { ...signedBy, keyPath: 1 },
      { ...signedBy, keyPath: undefined },
      { ...signedBy, keyPath: undefined, keyPaths: ['/a', '/b'] },
      { ...signedBy, keyPath: undefined, keyPaths: [] },
      { ...signedBy, keyPath: undefined, keyPaths: [null] },
      { ...signedBy, keyPath: undefined, keyPaths: null },
      { ...signedBy, keyPath: undefined, keyPaths: '/a' },
      { ...signedBy, keyPath: undefined, keyData: 'a2V5' },
      { ...signedBy, keyPath: undefined, keyData: '' },
      { ...signedBy, keyPath: undefined, keyData: 'a2V' },
      { ...signedBy, keyPath: undefined, keyData: 'a2\r\nV5' },
      { ...signedBy, keyPath: undefined, keyData: 'a2V5 ' },
      { ...signedBy, keyPath: '', keyData: 'a2V5' },
      { ...signedBy, signedIdentity: { type: 'matchExact' } },
      { type: 'signedBaseLayer' },
      { type: 'signedBaseLayer', baseLayerIdentity: { type: 'matchRepository' } },
      sigstore,
      { ...sigstore, keyPath: '' },
      { ...sigstore, keyPath: '', keyData: 'a2V5' },
      { ...sigstore, keyPath: undefined, keyPaths: ['/a'] },
      { ...sigstore, keyPath: undefined, keyPaths: [] },
      { ...sigstore, keyPath: undefined, keyPaths: null },
      { ...sigstore, keyPath: undefined, keyDatas: ['a2V5', 'x'] },
      { ...sigstore, keyPath: undefined, fulcio },
      { ...sigstore, keyPath: undefined, fulcio, rekorPublicKeyPath: '/r' },
      { ...sigstore, keyPath: undefined, fulcio, rekorPublicKeyPath: '' },
      { ...sigstore, keyPath: undefined, fulcio: { ...fulcio, caPath: '' }, rekorPublicKeyPath: '/r' },
      { ...sigstore, keyPath: undefined, fulcio: { ...fulcio, oidcIssuer: '' }, rekorPublicKeyPath: '/r' },
      { ...sigstore, keyPath: undefined, fulcio: { ...fulcio, ca: '' }, rekorPublicKeyPath: '/r' },
      { ...sigstore, fulcio, rekorPublicKeyPath: '/r' },
      { ...sigstore, rekorPublicKeyPath: '/r', rekorPublicKeyData: 'a2V5' },
      { ...sigstore, rekorPublicKeyPaths: [] },
      { ...sigstore, keyPath: undefined, pki: { caRootsPath: '/r', subjectEmail: 'a@example.com' } },
      { ...sigstore, keyPath: undefined, pki: { caRootsPath: '/r' } },
      { ...sigstore, keyPath: undefined, pki: { caRootsPath: '/r', caRootsData: '', subjectHostname: 'x' } },
      { ...sigstore, keyPath: undefined, pki: null },
      { ...sigstore, keyType: 'GPGKeys' },
    ].map(withRequirement),
    ...[
      null,
      'matchExact',
      {},
      { type: 'matchAll' },
      { type: 'matchRepository', prefix: 'x' },
      { type: 'exactReference' },
      { type: 'exactReference', dockerReference: 'quay.io/x:1' },
      { type: 'exactReference', dockerReference: 'quay.io/x' },
      { type: 'exactReference', dockerReference: 'quay.io/X:1' },
      { type: 'exactRepository', dockerRepository: 'busybox' },
      { type: 'exactRepository', dockerRepository: 'docker://busybox' },
      { type: 'exactRepository', dockerRepository: null },
      { type: 'remapIdentity', prefix: 'quay.io', signedPrefix: 'example.com:5000/a/b' },
      { type: 'remapIdentity', prefix: 'quay.io/x:1', signedPrefix: 'example.com' },
      { type: 'remapIdentity', prefix: 'a_b/c', signedPrefix: 'example.com' },
      { type: 'remapIdentity', prefix: 'a--b/c__d', signedPrefix: 'example.com' },
      { type: 'remapIdentity', prefix: 'quay.io' },
    ].map(withIdentity),
  ])('%s', async (policy) => {
    expect(isValid(policy) ? undefined : 'refused').toBe((await refusal(policy)) && 'refused');
  });

  test('whatever is put together from the words of the format', async () => {
    const scalar = fc.constantFrom<unknown>(
      '',
      null,
      1,
      true,
      '/k',
      'a2V5',
      [],
      ['/k'],
      {},
      'quay.io/x:1',
      'quay.io',
    );
    const object = (keys: readonly string[], value: fc.Arbitrary<unknown>) =>
      fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 4 });
    const identity = fc
      .tuple(
        fc.constantFrom(
          'matchExact',
          'matchRepository',
          'exactReference',
          'exactRepository',
          'remapIdentity',
          'x',
        ),
        object(['dockerReference', 'dockerRepository', 'prefix', 'signedPrefix'], scalar),
      )
      .map(([type, rest]) => ({ type, ...rest }));
    const keys = [
      'keyType',
      'keyPath',
      'keyPaths',
      'keyData',
      'keyDatas',
      'rekorPublicKeyPath',
      'fulcio',
      'pki',
    ];
    const requirement = fc
      .tuple(
        fc.constantFrom(
          'reject',
          'signedBy',
          'signedBy',
          'sigstoreSigned',
          'sigstoreSigned',
          'signedBaseLayer',
        ),
        object(keys, fc.oneof(scalar, fc.constant('GPGKeys'), fc.constant(fulcio))),
        object(['signedIdentity', 'baseLayerIdentity'], identity),
      )
      .map(([type, rest, identities]) => ({ type, ...rest, ...identities }));
    await fc.assert(
      fc.asyncProperty(requirement, async (value) => {
        // Go takes an array of numbers for bytes, which nobody writes.
        const policy = withRequirement(value).replaceAll('"keyData":[]', '"keyData":""');
        expect(isValid(policy)).toBe((await refusal(policy)) === undefined);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the requirement that holds for an image is the one that skopeo takes', () => {
  test('whatever scopes there are', async () => {
    const source = await newImageSource(cleanup);
    const { tagged, pinned } = await source.push('team/shop/app:1');
    const { host } = source.registry;
    const scopes = [
      '',
      host,
      '127.0.0.1',
      '*.0.0.1',
      '*.1',
      `${host}/team`,
      `${host}/team/shop`,
      `${host}/team/sh`,
    ];
    const exact = [`${host}/team/shop/app`, tagged, pinned, `${host}/team/shop/app:2`];
    const requirement = fc.constantFrom(accept, [{ type: 'reject' }]);
    const table = fc.dictionary(fc.constantFrom(...scopes, ...exact), requirement, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(table, requirement, fc.boolean(), async (docker, general, isPinned) => {
        const text = JSON.stringify({ default: general, transports: { docker } });
        const name = isPinned ? pinned : tagged;
        const { policy } = parsePolicy(text);
        const ours = policy && requirementsFor(policy, 'docker', name).map(({ type }) => type);
        const isRejected = (await copy(text, `docker://${name}`)).includes('is rejected by policy');
        expect(ours).toEqual([isRejected ? 'reject' : 'insecureAcceptAnything']);
      }),
      { numRuns: 60 },
    );
  });
});
