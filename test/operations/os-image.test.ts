import { expect, test } from 'vitest';
import { osImageReference } from '../../src/operations/os-image.js';

test.each([
  ['quay.io/example/os:2', 'quay.io/example/os:2'],
  ['docker://quay.io/example/os:2', 'quay.io/example/os:2'],
  ['registry:quay.io/example/os:2', 'quay.io/example/os:2'],
  ['ostree-unverified-registry:quay.io/example/os:2', 'quay.io/example/os:2'],
  ['ostree-unverified-image:docker://quay.io/example/os:2', 'quay.io/example/os:2'],
  ['ostree-image-signed:docker://quay.io/example/os:2', 'quay.io/example/os:2'],
  ['ostree-image-signed:registry:quay.io/example/os:2', 'quay.io/example/os:2'],
  ['ostree-remote-image:fedora:docker://quay.io/example/os:2', 'quay.io/example/os:2'],
  ['ostree-remote-registry:fedora:quay.io/example/os:2', 'quay.io/example/os:2'],
  ['localhost:5000/os', 'localhost:5000/os'],
])('%s is an image of an OS', (text, reference) => {
  expect(osImageReference(text).text).toBe(reference);
});

test.each([
  ['oci-archive:/srv/os.tar', 'it is a path'],
  ['containers-storage:localhost/os:2', 'not pulled through this transport'],
  ['not a name', 'it contains white space'],
  ['quay.io/example/%i:2', 'each part of a repository'],
  ['', 'it is empty'],
])('%j is none that a registry has', (text, problem) => {
  expect(() => osImageReference(text)).toThrow(problem);
});
