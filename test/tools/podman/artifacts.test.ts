import { expect, test } from 'vitest';
import {
  artifactName,
  isWholeArtifact,
  knowsNoArtifacts,
  parseArtifact,
} from '../../../src/tools/podman/artifacts.js';
import { resolvedImage } from '../../support/planned-image.js';
import { makeTree } from '../../support/tree.js';

const digest = `sha256:${'a'.repeat(64)}`;
const referenceOf = (text: string) => resolvedImage(text, { kind: 'artifact' }).image.reference;

test.each([
  { text: 'quay.io/x/y', name: 'quay.io/x/y:latest' },
  { text: 'localhost:5000/x', name: 'localhost:5000/x:latest' },
  { text: 'quay.io/x/y:2', name: 'quay.io/x/y:2' },
  { text: `quay.io/x/y@${digest}`, name: `quay.io/x/y@${digest}` },
  { text: `quay.io/x/y:2@${digest}`, name: `quay.io/x/y:2@${digest}` },
])('podman is asked for the artifact $text as $name', ({ text, name }) => {
  expect(artifactName(referenceOf(text))).toBe(name);
});

/** As podman 5.4 and 5.8 print it; `digest` in the manifest is that of a layer. */
const inspected = JSON.stringify({
  Manifest: { schemaVersion: 2, layers: [{ digest: `sha256:${'b'.repeat(64)}`, size: 3 }] },
  Name: 'quay.io/x/y:2',
  Digest: digest,
});

test.each([
  { name: 'that podman prints', json: inspected, found: digest },
  { name: 'which is none where podman prints none', json: '{"Name": "quay.io/x/y:2"}', found: undefined },
  { name: 'which is none where it is not text', json: '{"Digest": {}}', found: undefined },
])('reads the digest $name', ({ json, found }) => {
  expect(parseArtifact(json)?.digest).toBe(found);
});

const layer = `artifacts/blobs/sha256/${'b'.repeat(64)}`;
test.each([
  { name: 'is whole when its blobs are there', tree: { [layer]: 'xyz' }, whole: true },
  { name: 'is not when one is shorter', tree: { [layer]: 'xy' }, whole: false },
  { name: 'is not when one is gone', tree: { 'artifacts/blobs/sha256/c': '' }, whole: false },
  { name: 'may be whole where they are elsewhere', tree: {}, whole: true },
])('an artifact $name', ({ tree, whole }) => {
  const artifact = parseArtifact(inspected);
  expect(artifact && isWholeArtifact({ graphRoot: makeTree(tree) }, artifact)).toBe(whole);
});

test('an artifact is not whole where the digest of a blob is a path', () => {
  const artifact = { digest, blobs: [{ digest: 'sha256:../x', size: 0 }] };
  const graphRoot = makeTree({ 'artifacts/blobs/x': '', 'artifacts/blobs/sha256/y': '' });
  expect(isWholeArtifact({ graphRoot }, artifact)).toBe(false);
});

test('says which podman is too old for which artifact', () => {
  expect(knowsNoArtifacts(referenceOf('quay.io/x/y:2'), '/usr/bin/podman', '4.3.1')).toMatchObject({
    code: 'tool-too-old',
    message:
      'the root binds the artifact “quay.io/x/y:2”: podman 5.4.0 or newer is needed, and /usr/bin/podman is 4.3.1',
    hint: 'install a newer podman, or remove the entry that binds it',
  });
});
