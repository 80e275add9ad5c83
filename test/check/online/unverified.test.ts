import { expect, test } from 'vitest';
import { unverifiedImages } from '../../../src/check/online/unverified.js';
import { resolvedImage } from '../../support/planned-image.js';
import { makeRoots } from '../../support/roots.js';

const images = ['quay.io/signed/app:1', 'quay.io/open/app:1', 'signed/app:1'].map(
  (text) => resolvedImage(text).image,
);

function unverified(policy: string | undefined): readonly string[] {
  const { newRoot } = makeRoots(policy === undefined ? {} : { 'etc/containers/policy.json': policy });
  return unverifiedImages(newRoot, images).map(
    ({ rule, message }) => `${rule} ${/“(.*?)”/.exec(message)?.[1]}`,
  );
}

const anything = { type: 'insecureAcceptAnything' };
const signedBy = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/key.gpg' };

test.each([
  { name: 'no policy', policy: undefined, expected: [] },
  { name: 'a policy that is not valid', policy: '{', expected: [] },
  { name: 'a policy that takes everything', policy: JSON.stringify({ default: [anything] }), expected: [] },
  {
    name: 'a scope with signatures',
    policy: JSON.stringify({
      default: [anything],
      transports: {
        docker: { 'quay.io/signed': [{ type: 'sigstoreSigned', keyPath: '/etc/pki/cosign.pub' }] },
      },
    }),
    expected: ['signature-not-verified quay.io/signed/app:1'],
  },
  {
    name: 'a scope without, where all else is signed',
    policy: JSON.stringify({ default: [signedBy], transports: { docker: { 'quay.io/open': [anything] } } }),
    expected: ['signature-not-verified quay.io/signed/app:1'],
  },
])('says which images nobody verified, with $name', ({ policy, expected }) => {
  expect(unverified(policy)).toEqual(expected);
});
