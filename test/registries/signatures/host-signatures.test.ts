import { expect, test } from 'vitest';
import { readHostSignatures } from '../../../src/registries/signatures/host-signatures.js';
import { dir, makeTree, symlink, type TreeSpec } from '../../support/tree.js';

function read(files: TreeSpec, version = '5.8.0', uid = 0) {
  return readHostSignatures({ version, env: { HOME: '/root' }, uid, top: makeTree(files) });
}

const system = 'etc/containers/registries.d';
const at = (url: string, scope = 'quay.io') => `docker:\n  ${scope}:\n    lookaside: ${url}\n`;

test('what is most specific counts, for lookasides and attachments by themselves', () => {
  const { lookasideOf, usesAttachments, problem, attachments } = read({
    [`${system}/a.yaml`]: `default-docker:
  lookaside: https://general.example
docker:
  quay.io:
    lookaside: https://quay.example
    use-sigstore-attachments: yes
  quay.io/ns:
    sigstore: file:///old
  quay.io/ns/app:1:
    use-sigstore-attachments: false
  "*.example.com":
    lookaside: https://wild.example
    use-sigstore-attachments: true
`,
    [`${system}/README`]: '[',
  });
  expect(problem).toBeUndefined();
  expect(
    ['quay.io/x:1', 'quay.io/ns/app:1', 'r.example.com:5000/x:1', 'other.example/x:1'].map(lookasideOf),
  ).toEqual(['https://quay.example', 'file:///old', 'https://wild.example', 'https://general.example']);
  expect(
    [
      'quay.io/x:1',
      'quay.io/ns/app:1',
      'quay.io/ns/app:2',
      'r.example.com:5000/x:1',
      'other.example/x:1',
    ].map(usesAttachments),
  ).toEqual([true, false, true, true, false]);
  expect([...attachments]).toEqual([
    ['quay.io', true],
    ['quay.io/ns/app:1', false],
    ['*.example.com', true],
  ]);
});

test.each([
  { uid: 0, place: 'file:///var/lib/containers/sigstore' },
  { uid: 1000, place: 'file:///root/.local/share/containers/sigstore' },
])('where nothing is said, signatures are in podman’s own place, of user $uid', ({ uid, place }) => {
  const { lookasideOf, usesAttachments } = read({}, '5.8.0', uid);
  expect([lookasideOf('quay.io/x:1'), usesAttachments('quay.io/x:1')]).toEqual([place, false]);
});

const own = 'root/.config/containers/registries.d';

test.each<{ name: string; files: TreeSpec; version?: string; uid?: number; found: string }>([
  {
    name: 'a user’s directory replaces the system’s',
    files: { [`${own}/x.yaml`]: at('https://own'), [`${system}/a.yaml`]: at('https://system') },
    found: 'https://own',
  },
  {
    name: 'an empty one does so, too',
    files: { [`${own}/`]: dir(), [`${system}/a.yaml`]: at('https://system') },
    found: 'file:///var/lib/containers/sigstore',
  },
  {
    name: 'from podman 6 on, they are read together',
    version: '6.1.0',
    files: { [`${own}/x.yaml`]: at('https://own', 'other.io'), [`${system}/a.yaml`]: at('https://system') },
    found: 'https://system',
  },
  {
    name: 'and of files of one name the user’s counts',
    version: '6.1.0',
    files: { [`${own}/a.yaml`]: at('https://own'), [`${system}/a.yaml`]: at('https://system') },
    found: 'https://own',
  },
  {
    name: 'and the vendor’s are read',
    version: '6.1.0',
    files: { 'usr/share/containers/registries.rootful.d/a.yaml': at('https://vendor') },
    found: 'https://vendor',
  },
  {
    name: 'but not by podman before 6',
    files: { 'usr/share/containers/registries.d/a.yaml': at('https://vendor') },
    found: 'file:///var/lib/containers/sigstore',
  },
  {
    name: 'a link to nowhere says nothing',
    files: { [`${system}/a.yaml`]: symlink('/nonexistent') },
    found: 'file:///var/lib/containers/sigstore',
  },
  {
    name: 'the newer word counts',
    files: { [`${system}/a.yaml`]: `${at('https://new')}    sigstore: https://old\n` },
    found: 'https://new',
  },
  {
    name: 'what an alias stands for counts',
    files: { [`${system}/a.yaml`]: 'docker:\n  a: &a {lookaside: "https://a"}\n  quay.io: *a\n' },
    found: 'https://a',
  },
])('$name', ({ files, version, uid, found }) => {
  const { lookasideOf, problem } = read(files, version, uid);
  expect([lookasideOf('quay.io/x:1'), problem]).toEqual([found, undefined]);
});

test.each<{ name: string; files: TreeSpec }>([
  { name: 'no YAML', files: { [`${system}/a.yaml`]: 'docker: [\n' } },
  { name: 'one scope in two files', files: { [`${system}/a.yaml`]: at('x'), [`${system}/b.yaml`]: at('y') } },
  {
    name: 'two defaults',
    files: { [`${system}/a.yaml`]: 'default-docker: {}', [`${system}/b.yaml`]: 'default-docker: {}' },
  },
  { name: 'a list', files: { [`${system}/a.yaml`]: '- quay.io\n' } },
  { name: 'a section that is a text', files: { [`${system}/a.yaml`]: 'docker: {quay.io: x}\n' } },
  {
    name: 'a lookaside that is a list',
    files: { [`${system}/a.yaml`]: 'docker: {quay.io: {lookaside: [x]}}\n' },
  },
  {
    name: 'a switch that is none',
    files: { [`${system}/a.yaml`]: 'docker: {quay.io: {use-sigstore-attachments: 1}}\n' },
  },
  { name: 'what comes from elsewhere', files: { [`${system}/a.yaml`]: 'docker: {a: &a {}, b: {<<: *a}}\n' } },
  { name: 'a file in the place of the directory', files: { [system]: '' } },
])('what podman may refuse is a problem: $name', ({ files }) => {
  expect(read(files).problem).toContain('/etc/containers/registries.d');
});
