import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import { unsupportedOptions } from '../../src/pull/unsupported-options.js';
import { plannedImage } from '../support/planned-image.js';

const given = ['syslog', 'module', 'cdi-spec-dir', 'db-backend'].map((name) => ({
  name,
  value: '',
  place: nowhere,
}));

/** The options of one image that a podman of this version is said not to know. */
function unknownTo(version: string, state: 'missing' | 'present', pullFlags: readonly string[] = []) {
  const key = { value: '/k.pem', place: nowhere };
  const planned = plannedImage('quay.io/a/a:1', { state, options: { decryptionKey: key } });
  const { resolved } = planned;
  const image = { ...planned, resolved: { ...resolved, image: { ...resolved.image, globalOptions: given } } };
  const features = { version, pullFlags: new Set(pullFlags) };
  return unsupportedOptions({ images: [image], diagnostics: [] }, features).map(
    ({ message }) => /know (\S+);/.exec(message)?.[1],
  );
}

test.each([
  { version: '4.3.1', unknown: ['--module', '--cdi-spec-dir', '--db-backend'] },
  { version: '4.7.0', unknown: ['--cdi-spec-dir'] },
  { version: '5.8.6', unknown: [] },
  { version: '6.0.0', unknown: ['--db-backend'] },
])('podman $version does not know $unknown', ({ version, unknown }) => {
  expect(unknownTo(version, 'missing', ['--decryption-key'])).toEqual(unknown);
});

test('an option of the pull is looked up in the help of podman', () => {
  expect(unknownTo('5.8.6', 'missing')).toEqual(['--decryption-key']);
});

test('nothing is said of an image that is there', () => {
  expect(unknownTo('4.3.1', 'present')).toEqual([]);
});
