import { expect, test } from 'vitest';
import { canonicalName } from '../../../src/model/reference/reference.js';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { scanUnits } from '../../support/scan-units.js';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  { name: 'a repository is fine', image: 'quay.io/a/a', lines: [], findings: [] },
  {
    name: 'a tag is a warning',
    image: 'quay.io/a/a:1',
    lines: [],
    findings: ['all-tags-with-tag a.image 3 9'],
  },
  {
    name: 'a digest is an error',
    image: `quay.io/a/a@${digest}`,
    lines: [],
    findings: ['all-tags-refused a.image 3 9'],
  },
  {
    name: 'a tag and a digest is an error',
    image: `quay.io/a/a:1@${digest}`,
    lines: ['AllTags=', 'AllTags=\\', '  on'],
    findings: ['all-tags-refused a.image 6 3'],
  },
  {
    name: 'an archive is an error',
    image: 'docker-archive:/a.tar',
    lines: [],
    findings: ['all-tags-refused a.image 3 9'],
  },
  {
    name: 'options that the list of tags goes without is a warning at each',
    image: 'quay.io/a/a',
    lines: ['AuthFile=/a.json', 'Creds=u:p', 'CertDir=/c', 'PodmanArgs=--quiet \\', '  --tls-verify=no'],
    findings: [
      'podman-arguments a.image 8 3',
      'all-tags-unheard a.image 4 10',
      'all-tags-unheard a.image 5 7',
      'all-tags-unheard a.image 6 9',
    ],
  },
  {
    name: 'TLSVerify=no is a warning, and TLSVerify=yes is fine',
    image: 'quay.io/a/a',
    lines: ['TLSVerify=yes', 'TLSVerify=no'],
    findings: ['all-tags-unheard a.image 5 11'],
  },
  {
    name: 'nothing, as it is turned off,',
    image: `quay.io/a/a@${digest}`,
    lines: ['Creds=u:p', 'AllTags=no'],
    findings: [],
  },
])('AllTags= beside $name', ({ image, lines, findings }) => {
  const unit = ['[Image]', `Image=${image}`, 'AllTags=yes', ...lines].join('\n');
  expect(scanUnits(['a.image'], { 'a.image': unit }).findings).toEqual(findings);
});

test.each([
  { image: 'a', name: 'docker.io/library/a:latest' },
  { image: 'a/b', name: 'docker.io/a/b:latest' },
  { image: 'quay.io/a/b', name: 'quay.io/a/b:latest' },
])('AllTags= of $image means the repository of $name', ({ image, name }) => {
  const roots = makeRoots({
    'usr/lib/bound-images.d/a.image': `[Image]\nImage=${image}\nPodmanArgs=-a\n`,
    'etc/containers/registries.conf': '[aliases]\n"a" = "quay.io/x/y"\n',
  });
  const [bound] = scan(roots.newRoot).images;
  expect(bound?.reference.text).toBe(image);
  expect(bound && canonicalName(bound.reference)).toBe(name);
});
