import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalName,
  describeReferenceProblem,
  parseReference,
  type ReferenceProblemCode,
  type RegistryReference,
  repositoryName,
} from '../../../src/model/reference/reference.js';

const sha256 = `sha256:${'3f'.repeat(32)}`;
const sha512 = `sha512:${'3f'.repeat(64)}`;

function parsed(text: string): RegistryReference {
  const result = parseReference(text);
  if (!result.ok) throw new Error(`${text}: ${result.problem.code}`);
  if (result.reference.transport !== 'docker') throw new Error(`${text}: ${result.reference.transport}`);
  return result.reference;
}

describe('a reference to a registry', () => {
  test.each<[string, string | null, string, string | null, string | null]>([
    ['quay.io/team/app', 'quay.io', 'team/app', null, null],
    ['quay.io/team/app:1.2', 'quay.io', 'team/app', '1.2', null],
    [`quay.io/team/app@${sha256}`, 'quay.io', 'team/app', null, sha256],
    [`quay.io/app:v1.0.0-alpine@${sha256}`, 'quay.io', 'app', 'v1.0.0-alpine', sha256],
    [`quay.io/app@${sha512}`, 'quay.io', 'app', null, sha512],
    ['quay.io/a/b.c/d-e/f__g/h---i:_', 'quay.io', 'a/b.c/d-e/f__g/h---i', '_', null],
    ['quay.io/app:UPPER', 'quay.io', 'app', 'UPPER', null],
    ['QUAY.io/app', 'QUAY.io', 'app', null, null],
    ['xn--n3h.com/app:xn--n3h.com', 'xn--n3h.com', 'app', 'xn--n3h.com', null],
    ['localhost/app', 'localhost', 'app', null, null],
    ['localhost:5000/app:5000', 'localhost:5000', 'app', '5000', null],
    ['builder:5000/app', 'builder:5000', 'app', null, null],
    ['192.168.1.1/app', '192.168.1.1', 'app', null, null],
    ['192.168.1.1:5000/a/b:7', '192.168.1.1:5000', 'a/b', '7', null],
    ['[::1]/app', '[::1]', 'app', null, null],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1', null],
    [`[2001:db8:1:2:3:4:5:6]/app@${sha256}`, '[2001:db8:1:2:3:4:5:6]', 'app', null, sha256],
    ['docker.io/nginx', 'docker.io', 'library/nginx', null, null],
    ['docker.io/grafana/grafana:11', 'docker.io', 'grafana/grafana', '11', null],
    ['index.docker.io/nginx:1', 'docker.io', 'library/nginx', '1', null],
    ['nginx', null, 'nginx', null, null],
    ['nginx:1.27', null, 'nginx', '1.27', null],
    [`nginx@${sha256}`, null, 'nginx', null, sha256],
    ['team/app', null, 'team/app', null, null],
    ['a/b/c', null, 'a/b/c', null, null],
    ['localhost', null, 'localhost', null, null],
    ['example.com', null, 'example.com', null, null],
    ['example.com:5000', null, 'example.com', '5000', null],
    ['my_team.org/app', null, 'my_team.org/app', null, null],
    ['docker:dind', null, 'docker', 'dind', null],
    ['registry:2', null, 'registry', '2', null],
    ['docker://quay.io/app:1', 'quay.io', 'app', '1', null],
    ['docker://nginx', 'docker.io', 'library/nginx', null, null],
    ['docker://team/app:1', 'docker.io', 'team/app', '1', null],
    [`docker.io/${'3f'.repeat(32)}`, 'docker.io', `library/${'3f'.repeat(32)}`, null, null],
  ])('splits %s', (text, registry, repository, tag, digest) => {
    const isShort = registry === null;
    const reference = { text, transport: 'docker', registry, repository, tag, digest, isShort };
    expect(parseReference(text)).toEqual({ ok: true, reference });
  });

  test.each<[string, string]>([
    ['quay.io/app', 'quay.io/app:latest'],
    ['quay.io/app:1', 'quay.io/app:1'],
    [`quay.io/app@${sha256}`, `quay.io/app@${sha256}`],
    [`quay.io/app:1@${sha256}`, `quay.io/app@${sha256}`],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx:1', 'docker.io/library/nginx:1'],
    ['docker://nginx:1', 'docker.io/library/nginx:1'],
    ['nginx', 'nginx:latest'],
    [`nginx:1@${sha256}`, `nginx@${sha256}`],
  ])('is stored by podman: %s as %s', (text, name) => {
    expect(canonicalName(parsed(text))).toBe(name);
  });

  test.each<[string, string]>([
    ['quay.io/team/app:1', 'quay.io/team/app'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['nginx:1', 'nginx'],
  ])('has a repository name: %s in %s', (text, name) => {
    expect(repositoryName(parsed(text))).toBe(name);
  });

  test('takes a name of 255 characters and a tag of 128', () => {
    const text = `quay.io/${'a'.repeat(247)}:${'t'.repeat(128)}`;
    expect(parsed(text)).toMatchObject({ repository: 'a'.repeat(247), tag: 't'.repeat(128) });
  });
});

describe('a reference to a path', () => {
  test.each<[string, string, string, string | null]>([
    ['docker-archive:/usr/lib/app.tar', 'docker-archive', '/usr/lib/app.tar', null],
    ['docker-archive:/app.tar:quay.io/team/app:1', 'docker-archive', '/app.tar', 'quay.io/team/app:1'],
    ['docker-archive:/app.tar:@0', 'docker-archive', '/app.tar', '@0'],
    ['oci-archive:/app.tar:1.0', 'oci-archive', '/app.tar', '1.0'],
    ['oci:/usr/share/app', 'oci', '/usr/share/app', null],
    ['oci:/usr/share/app:', 'oci', '/usr/share/app', null],
    ['oci:///usr/share/app', 'oci', '///usr/share/app', null],
    ['oci:/app:quay.io/team/app:1', 'oci', '/app', 'quay.io/team/app:1'],
    ['oci:latest', 'oci', 'latest', null],
    ['dir:/usr/share/a:b c', 'dir', '/usr/share/a:b c', null],
  ])('splits %s', (text, transport, path, rest) => {
    expect(parseReference(text)).toEqual({ ok: true, reference: { text, transport, path, rest } });
  });

  test('is its own canonical name', () => {
    const text = 'oci-archive:/app.tar:1.0';
    const result = parseReference(text);
    expect(result.ok && canonicalName(result.reference)).toBe(text);
  });
});

describe('a text that is no reference', () => {
  test.each<[string, ReferenceProblemCode, number, string | null]>([
    ['', 'empty', 0, null],
    ['-it', 'leading-dash', 0, null],
    ['--help', 'leading-dash', 0, null],
    ['quay.io/app:$TAG', 'shell-text', 12, null],
    ['dir:/usr/$NAME', 'shell-text', 9, null],
    ['quay.io/`id`', 'shell-text', 8, null],
    [' quay.io/app', 'blank', 0, 'quay.io/app'],
    ['quay.io/app:1\n', 'blank', 13, 'quay.io/app:1'],
    ['quay.io/app # db', 'blank', 11, null],
    ['quay.io/app\u00a0', 'blank', 11, 'quay.io/app'],
    ['quay.io/a\u0000', 'control-character', 9, null],
    ['quay.io/a\u200bb', 'control-character', 9, null],
    ['quay.io/a\ud800', 'control-character', 9, null],
    ['dir:/a\nb', 'control-character', 6, null],
    ['https://quay.io/app:1', 'url-scheme', 0, 'quay.io/app:1'],
    ['https://quay.io/App', 'url-scheme', 0, null],
    ['DOCKER://quay.io/app', 'url-scheme', 0, 'quay.io/app'],
    ['oci://quay.io/app:1', 'url-scheme', 0, 'quay.io/app:1'],
    ['https://', 'url-scheme', 0, null],
    ['containers-storage:quay.io/app', 'unsupported-transport', 0, null],
    ['docker-daemon:app:1', 'unsupported-transport', 0, null],
    ['ostree:app@/repo', 'unsupported-transport', 0, null],
    ['atomic:app', 'unsupported-transport', 0, null],
    ['sif:/app.sif', 'unsupported-transport', 0, null],
    ['tarball:/app.tar', 'unsupported-transport', 0, null],
    ['ostree-unverified-registry:quay.io/app', 'unsupported-transport', 0, 'quay.io/app'],
    ['ostree-image-signed:docker://quay.io/app', 'unsupported-transport', 0, null],
    ['oci:', 'path-missing', 4, null],
    ['dir:', 'path-missing', 4, null],
    ['oci-archive::1', 'path-missing', 12, null],
    ['docker-archive:/a.tar:', 'archive-image', 22, null],
    ['docker-archive:/a.tar:App', 'archive-image', 22, null],
    [`docker-archive:/a.tar:app@${sha256}`, 'archive-image', 22, null],
    ['oci:/app:a b', 'archive-image', 9, null],
    ['oci:/app:@x', 'archive-image', 9, null],
    ['3f'.repeat(32), 'image-id', 0, null],
    [sha256, 'image-id', 0, null],
    ['host:/app', 'registry', 4, null],
    ['host:port/app', 'registry', 4, null],
    ['my_host:5000/app', 'registry', 2, null],
    ['-host.io/app', 'leading-dash', 0, null],
    ['host..io/app', 'registry', 4, null],
    ['[fe80::1%eth0]:5000/app', 'registry', 0, null],
    ['fc00::1:5000/app', 'registry', 4, null],
    [':tag', 'repository-missing', 0, null],
    [`@${sha256}`, 'repository-missing', 0, null],
    ['quay.io/', 'repository-missing', 8, null],
    ['quay.io/:1', 'repository-missing', 8, null],
    ['docker://', 'repository-missing', 9, null],
    ['quay.io/Team/App:V1', 'upper-case', 8, 'quay.io/team/app:V1'],
    ['Nginx', 'upper-case', 0, 'nginx'],
    ['Team/app', 'upper-case', 0, 'team/app'],
    ['docker://Team/app', 'upper-case', 9, 'docker://team/app'],
    ['quay.io/Team//app', 'upper-case', 8, null],
    ['/app', 'repository', 0, null],
    ['quay.io//app', 'repository', 8, null],
    ['quay.io/app/', 'repository', 12, null],
    ['quay.io/_app', 'repository', 8, null],
    ['quay.io/app-', 'repository', 11, null],
    ['quay.io/a..b', 'repository', 9, null],
    ['quay.io/a_.b', 'repository', 9, null],
    ['quay.io/a___b', 'repository', 9, null],
    ['quay.io/größe', 'repository', 10, null],
    ['[::1]', 'repository', 0, null],
    ['"quay.io/app"', 'registry', 0, null],
    ['quay.io/app:', 'tag', 12, null],
    ['quay.io/app:.1', 'tag', 12, null],
    ['quay.io/app:-1', 'tag', 12, null],
    ['quay.io/app:1+2', 'tag', 13, null],
    ['quay.io/app:1:2', 'tag', 13, null],
    ['quay.io/app:1/2', 'tag', 13, null],
    [`quay.io/app:${'t'.repeat(129)}`, 'tag-too-long', 140, null],
    [`quay.io/${'a'.repeat(248)}`, 'name-too-long', 0, null],
    [`quay.io/${'a/'.repeat(150)}a`, 'name-too-long', 8, null],
    [`${'a.'.repeat(150)}io/app`, 'name-too-long', 0, null],
    ['quay.io/app@', 'digest-algorithm', 12, null],
    ['quay.io/app@latest', 'digest-algorithm', 12, null],
    [`quay.io/app@md5:${'3f'.repeat(16)}`, 'digest-algorithm', 12, null],
    [`quay.io/app@${sha256.slice(7)}`, 'digest-algorithm', 12, `quay.io/app@${sha256}`],
    [`quay.io/app@${sha256.toUpperCase()}`, 'digest-algorithm', 12, `quay.io/app@${sha256}`],
    [`quay.io/app@sha256:${'3F'.repeat(32)}`, 'digest-character', 20, `quay.io/app@${sha256}`],
    ['quay.io/app@sha256:xyz', 'digest-character', 19, null],
    [`quay.io/app@${sha256}:1`, 'tag-behind-digest', 83, `quay.io/app@${sha256}`],
    [`quay.io/app@${sha256.slice(0, -1)}`, 'digest-length', 82, null],
    [`quay.io/app@${sha256}0`, 'digest-length', 83, null],
    ['user:secret@quay.io/app', 'digest-algorithm', 12, null],
    [`docker://quay.io/app:1@${sha256}`, 'tag-and-digest', 20, `docker://quay.io/app@${sha256}`],
  ])('%j is refused: %s', (text, code, offset, replacement) => {
    expect(parseReference(text)).toEqual({ ok: false, problem: { code, offset, replacement } });
  });

  test('leaves room for docker.io/library/ in a short name', () => {
    expect(parsed('a'.repeat(237)).isShort).toBe(true);
    expect(parseReference('a'.repeat(238))).toMatchObject({ problem: { code: 'name-too-long' } });
  });

  test('is described with what to write instead', () => {
    const problem = { code: 'upper-case', offset: 0, replacement: 'nginx' } as const;
    expect(describeReferenceProblem(problem).instead).toBe('write “nginx”');
    expect(describeReferenceProblem({ ...problem, replacement: null })).toEqual({
      message: 'a repository is written in lower case',
      instead: null,
    });
  });
});

const characters = (set: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...set), minLength, maxLength });
const lower = 'abcz019';
const joined = (unit: fc.Arbitrary<string>, separators: readonly string[]) =>
  fc
    .tuple(unit, fc.array(fc.tuple(fc.constantFrom(...separators), unit), { maxLength: 3 }))
    .map(([first, rest]) => first + rest.flat().join(''));
const component = joined(characters(lower, 1, 6), ['.', '_', '__', '-', '---']);
const host = fc.oneof(
  fc.constantFrom('localhost', '[::1]', '10.0.0.1', 'a.b'),
  joined(characters('aZ09', 1, 5), ['-', '--']).map((label) => `${label}.io`),
);
const registry = fc
  .tuple(host, fc.option(fc.nat(65_535)))
  .map(([name, port]) => (port === null ? name : `${name}:${port}`));
const tag = fc
  .tuple(characters('aZ0_', 1, 1), characters('aZ0_.-', 0, 20))
  .map(([first, rest]) => first + rest);
const hex = (length: number) => characters('0123456789abcdef', length, length);
const digest = fc.oneof(
  hex(64).map((digits) => `sha256:${digits}`),
  hex(128).map((digits) => `sha512:${digits}`),
);
const parts = fc.record({
  registry,
  repository: fc.array(component, { minLength: 1, maxLength: 4 }).map((list) => list.join('/')),
  tag: fc.option(tag),
  digest: fc.option(digest),
});

function format({
  registry,
  repository,
  tag,
  digest,
}: typeof parts extends fc.Arbitrary<infer T> ? T : never) {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

describe('for generated references', () => {
  test('every one that the grammar makes is split into the parts that made it', () => {
    fc.assert(
      fc.property(parts, (made) => {
        expect(parsed(format(made))).toEqual({
          ...made,
          text: format(made),
          transport: 'docker',
          isShort: false,
        });
      }),
    );
  });

  test('the canonical name of a canonical name is itself', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const name = canonicalName(parsed(format(made)));
        expect(canonicalName(parsed(name))).toBe(name);
      }),
    );
  });

  test('a changed one is parsed or refused at a place inside it, and a replacement is valid', () => {
    const noise = fc.string({
      unit: fc.constantFrom(...'aZ0./:@-_[]$ \n%é', 'docker://', 'oci:'),
      maxLength: 3,
    });
    const mutated = fc
      .tuple(parts.map(format), fc.nat(), fc.nat(3), noise)
      .map(([text, place, removed, added]) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + added + text.slice(at + removed);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const result = parseReference(text);
        if (result.ok) return;
        const { offset, replacement } = result.problem;
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(text.length);
        if (replacement !== null) expect(parseReference(replacement).ok).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
