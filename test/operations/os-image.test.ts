import { expect, test } from 'vitest';
import { osImageName } from '../../src/operations/os-image.js';

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
  ['docker://localhost/os', 'localhost/os'],
  ['ostree-unverified-registry:localhost/os', 'localhost/os'],
])('%s is an image of an OS', (text, reference) => {
  expect(osImageName(text)).toMatchObject({ place: 'registry', reference: { text: reference } });
});

test.each([
  ['localhost/os:2', 'localhost/os:2'],
  ['containers-storage:localhost/os:2', 'localhost/os:2'],
  ['containers-storage:quay.io/example/os:2', 'quay.io/example/os:2'],
  ['containers-storage:0123456789ab', '0123456789ab'],
  ['ostree-unverified-image:containers-storage:localhost/os:2', 'localhost/os:2'],
  ['ostree-remote-image:fedora:containers-storage:os', 'os'],
])('%s is an image of an OS in local storage', (text, name) => {
  expect(osImageName(text)).toEqual({ place: 'storage', name });
});

test.each([
  ['oci-archive:/srv/os.tar', 'it is a path'],
  ['containers-storage:', 'an image has no such name'],
  ['containers-storage:a b', 'an image has no such name'],
  ['containers-storage:[overlay@/srv/store]localhost/os:2', 'it names another storage'],
  ['not a name', 'it contains white space'],
  ['quay.io/example/%i:2', 'each part of a repository'],
  ['', 'it is empty'],
])('%j is none', (text, problem) => {
  expect(() => osImageName(text)).toThrow(problem);
});
