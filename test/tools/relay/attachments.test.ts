import { expect, test } from 'vitest';
import { attachedTo } from '../../../src/tools/relay/attachments.js';
import { bodyOf, bytesOf, contentOf, digestOf, failed, found, openRig } from './relay-rig.js';

const manifest = Buffer.from('{"layers":[]}');
const tag = `${digestOf(manifest).replace(':', '-')}.sig`;
const payload = Buffer.from('{"critical":{}}');
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const attached = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(bytesOf(3)), size: 3 },
    layers: [
      { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', digest: digestOf(payload), size: 15 },
    ],
  }),
);

async function openSigned() {
  const rig = await openRig();
  rig.relay.serve({
    reference: 'latest',
    content: contentOf(manifest),
    layers: new Map(),
    partial: new Set(),
  });
  const manifests: string[] = [];
  const asked = (answer: typeof rig.manifest) => {
    rig.manifest = (source, reference) => {
      manifests.push(`${source.registry} ${reference}`);
      return answer(source, reference);
    };
  };
  asked(() => ({
    kind: 'found',
    text: attached.toString(),
    bytes: attached,
    digest: digestOf(attached),
    mediaType,
  }));
  return { rig, manifests, asked };
}

test('an attachment passes through, once', async () => {
  const { rig, manifests } = await openSigned();
  for (let time = 0; time < 2; time += 1) {
    const { status, headers, body } = await rig.get(`app/manifests/${tag}`);
    expect([status, headers['content-type'], await body()]).toEqual([200, mediaType, attached]);
  }
  expect(manifests).toEqual([`registry.example.com ${tag}`]);
  rig.store.set(digestOf(payload), payload);
  for (let time = 0; time < 2; time += 1) {
    const { status, body } = await rig.getBlob(digestOf(payload));
    expect([status, await body()]).toEqual([200, payload]);
  }
  expect(rig.asked).toHaveLength(1);
  expect(rig.events).toEqual([]);
});

test('only tags of images that are served are asked for', async () => {
  const { rig, manifests } = await openSigned();
  for (const other of [
    `sha256-${'0'.repeat(64)}.sig`,
    tag.replace('.sig', '.att'),
    '2.0',
    digestOf(payload),
  ]) {
    expect((await rig.get(`app/manifests/${other}`)).status).toBe(404);
  }
  expect((await rig.get(`other/manifests/${tag}`)).status).toBe(404);
  expect((await rig.getBlob(digestOf(payload))).status).toBe(404);
  expect(manifests).toEqual([]);
});

test('the sources are asked in their order; what none has, there is not', async () => {
  const { rig, manifests, asked } = await openSigned();
  asked(() => failed(404, 'permanent'));
  const { status, body } = await rig.get(`app/manifests/${tag}`);
  expect(status).toBe(404);
  expect(JSON.parse(String(await body()))).toMatchObject({ errors: [{ code: 'MANIFEST_UNKNOWN' }] });
  expect(manifests).toEqual([`registry.example.com ${tag}`, `mirror.example.com ${tag}`]);
  await rig.get(`app/manifests/${tag}`);
  expect(manifests).toHaveLength(2);
});

test('what may pass cuts the connection, and is asked for anew', async () => {
  const { rig, manifests, asked } = await openSigned();
  asked(() => failed(503));
  await expect(rig.get(`app/manifests/${tag}`)).rejects.toThrow();
  expect(manifests).toHaveLength(2);
  asked(() => failed(404, 'permanent'));
  expect((await rig.get(`app/manifests/${tag}`)).status).toBe(404);
});

test.each([
  ['wrong', (digest: string) => [digest, bytesOf(15)] as const],
  ['too large', (digest: string) => [digest, bytesOf(5 * 1024 * 1024)] as const],
])('a blob of an attachment that is %s is none', async (_, entry) => {
  const { rig } = await openSigned();
  await rig.get(`app/manifests/${tag}`);
  rig.store.set(...entry(digestOf(payload)));
  expect((await rig.getBlob(digestOf(payload))).status).toBe(404);
});

test('a blob of an attachment that is cut is asked for anew', async () => {
  const { rig } = await openSigned();
  await rig.get(`app/manifests/${tag}`);
  const body = bodyOf(payload.subarray(0, 5));
  body.on('end', () => body.destroy());
  rig.answers.push(() => found(payload, 0, body.destroy()));
  await expect(rig.getBlob(digestOf(payload))).rejects.toThrow();
  rig.store.set(digestOf(payload), payload);
  expect((await rig.getBlob(digestOf(payload))).status).toBe(200);
});

test.each([
  [`sha256-${'a'.repeat(64)}.sig`, `sha256:${'a'.repeat(64)}`],
  [`sha512-${'a'.repeat(128)}.sig`, `sha512:${'a'.repeat(128)}`],
  [`sha256-${'a'.repeat(63)}.sig`, undefined],
  [`sha256-${'a'.repeat(64)}`, undefined],
  ['latest', undefined],
])('%s is attached to %s', (name, digest) => {
  expect(attachedTo(name)).toBe(digest);
});
