import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import type { BoundImage } from '../../../src/model/bound-image.js';
import type { ResolvedImage } from '../../../src/model/resolved-image.js';
import { layersOfModules } from '../../../src/model/resolved-image.js';
import { resolve } from '../../../src/resolve/resolve.js';
import { scan } from '../../../src/scan/scan.js';
import { isPlainText } from '../../../src/scan/words/decode.js';
import { globalOptions } from '../../../src/scan/words/global-options.js';
import { pullCommand } from '../../../src/tools/podman/pull-command.js';
import { pullEnvironment } from '../../../src/tools/podman/pull-environment.js';
import { isOlder } from '../../../src/tools/process/is-older.js';
import { memoryRoots } from '../../fuzz/memory-roots.js';
import { makeTree } from '../../support/tree.js';
import { symlink, type TreeSpec } from '../../support/tree-spec.js';

const units = 'usr/share/containers/systemd';

const pullOptions = [
  'all-tags arch authfile cert-dir creds decryption-key disable-content-trust os platform policy quiet retry',
  'retry-delay signature-policy tls-verify variant pull mount infra-image build context-dir rootfs conmon-pidfile',
].flatMap((names) => names.split(' '));

/** Most values would lead somewhere; `EVIL` is never ours. */
const value = fc.constantFrom(
  '/EVIL/program',
  'EVIL',
  'EVIL:EVIL',
  'EVIL=/EVIL',
  'additionalimagestore=/EVIL',
  'overlay.mount_program=/EVIL',
  'tcp://EVIL:1',
  '--root',
  '--root=/EVIL',
  '-c',
  '--',
  '-',
  'true',
  'false',
  '1',
  'linux',
  'linux/arm64/v8',
  'arm64',
  'u:p',
  '/m.conf',
  '/k.pem',
  '/k.pem:EVIL',
  '/certs',
  '/auth.json',
  'm.conf',
  '/etc/../m.conf',
  '../../../../EVIL',
  'EVIL\\nEVIL',
  'EVIL\\x01',
  '%%EVIL',
  '$$EVIL',
  '%t',
  '${EVIL}',
);

const optionNames = fc.constantFrom(...Object.keys(globalOptions), ...pullOptions, 'cni-config-dir', 'EVIL');
const letters = fc.constantFrom(...'acDhHqrvxEVIL='.split(''));

const option = fc.oneof(
  optionNames.map((name) => `--${name}`),
  fc.tuple(optionNames, value).map(([name, text]) => `--${name}=${text}`),
  fc.tuple(optionNames, value).map(([name, text]) => `--${name} ${text}`),
  fc.array(letters, { minLength: 1, maxLength: 4 }).map((group) => `-${group.join('')}`),
);

const positional = fc.constantFrom(
  'rmi --force EVIL --',
  'run --rm EVIL',
  'image save -o /EVIL EVIL --',
  'image',
  'pull',
  'EVIL',
  '--',
);

const quoted = fc
  .tuple(fc.oneof(option, value, positional), fc.constantFrom('"', "'", ''))
  .map(([word, quote]) => `${quote}${word}${quote}`);

const words = fc.array(fc.oneof({ weight: 3, arbitrary: option }, value, positional, quoted), {
  maxLength: 5,
});

const reference = fc.constantFrom(
  'quay.io/a/a:1',
  'quay.io/a/b',
  'a',
  'docker://quay.io/a/c:1',
  'dir:/d',
  'oci:/d:EVIL',
  'oci-archive:/o.tar',
  'tarball:/EVIL',
  'containers-storage:EVIL',
  'docker-daemon:EVIL:1',
  'ostree:EVIL',
  'sif:/EVIL',
  '-EVIL',
  '--root=/EVIL',
  '--',
  'EVIL EVIL',
  'quay.io/a/a:1 --root=/EVIL',
  '"--root=/EVIL"',
  'x.image',
);

const line = fc.oneof(
  { weight: 4, arbitrary: words.map((list) => `GlobalArgs=${list.join(' ')}`) },
  { weight: 2, arbitrary: words.map((list) => `PodmanArgs=${list.join(' ')}`) },
  { weight: 2, arbitrary: value.map((text) => `ContainersConfModule=${text}`) },
  { weight: 4, arbitrary: fc.constant('ContainersConfModule=/m.conf') },
  fc
    .tuple(
      fc.constantFrom(
        'Arch',
        'OS',
        'Variant',
        'AuthFile',
        'CertDir',
        'Creds',
        'DecryptionKey',
        'Policy',
        'Pull',
      ),
      value,
    )
    .map(([key, text]) => `${key}=${text}`),
  fc.tuple(fc.constantFrom('AllTags', 'TLSVerify'), value).map(([key, text]) => `${key}=${text}`),
);

const unit = fc.tuple(fc.array(line, { maxLength: 4 }), reference);

const goodModule = '[engine]\nimage_parallel_copies = 7\nenv = ["LD_PRELOAD=/EVIL"]\n';

/** A containers.conf, in TOML that is valid or not. */
const anyModule = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'image_parallel_copies',
        'Image_Parallel_Copies',
        'env',
        'static_dir',
        'conmon_path',
        'helper_binaries_dir',
        'remote',
        'runtimes',
        '"image_parallel_copies\\nEVIL"',
        '__proto__',
      ),
      fc.constantFrom(
        '1',
        '7',
        '-1',
        '1e3',
        '"EVIL"',
        '["LD_PRELOAD=/EVIL"]',
        '{ EVIL = ["/EVIL"] }',
        'true',
        '[',
      ),
    ),
    { maxLength: 3 },
  )
  .chain((settings) =>
    fc
      .constantFrom('[engine]\n', '[Engine]\n', '[containers]\n', '[engine.EVIL]\n', '[[engine]]\n', '')
      .map((head) => head + settings.map(([key, text]) => `${key} = ${text}\n`).join('')),
  );

const module = fc.oneof(fc.constant(goodModule), anyModule);

const kinds = {
  image: ['Image', 'Image='],
  container: ['Container', 'Image='],
  artifact: ['Artifact', 'Artifact='],
  kube: ['Kube', 'Yaml=a.yaml\n#'],
  pod: ['Pod', 'PodmanArgs=--infra-image='],
  volume: ['Volume', 'Driver=image\nImage='],
} as const;

const root = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
    own: unit,
    other: unit,
    moduleText: module,
  })
  .map(({ kind, own: [lines, image], other, moduleText }): TreeSpec => {
    const [section, key] = kinds[kind];
    return {
      [`usr/lib/bound-images.d/a.${kind}`]: symlink(`/${units}/a.${kind}`),
      [`${units}/a.${kind}`]: `[${section}]\n${lines.join('\n')}\n${key}${image}\n`,
      [`${units}/x.image`]: `[Image]\n${other[0].join('\n')}\nImage=${other[1]}\n`,
      [`${units}/a.yaml`]: `kind: Pod\nspec: {containers: [{name: a, image: ${JSON.stringify(image)}}]}\n`,
      'm.conf': moduleText,
      'k.pem': 'key',
      'certs/a.crt': 'certificate',
      'auth.json': '{}',
      'd/index.json': '{}',
      'o.tar': '',
    };
  });

const store = { root: '/ours/root', runroot: '/ours/run' };
const files = {
  authfile: '/ours/auth.json',
  certDir: '/ours/certs.d',
  decryptionKey: '/ours/key:file=/ours/pass',
};
const run = { blobs: '/ours/blobs', layersAtOnce: undefined };
const podmans = ['4.3.1', '5.8.6'].map((version) => ({
  version,
  pullFlags: new Set(isOlder(version, '4.4.0') ? [] : ['--retry', '--decryption-key']),
}));

/** The words that may stand between the command and the reference, each once at the most, in this order. */
function allowed({ options: { arch, os, variant } }: BoundImage): readonly string[] {
  return [
    '--quiet',
    '--retry=0',
    `--authfile=${files.authfile}`,
    `--cert-dir=${files.certDir}`,
    `--decryption-key=${files.decryptionKey}`,
    `--arch=${arch?.value}`,
    `--os=${os?.value}`,
    `--variant=${variant?.value}`,
    '--tls-verify',
    '--tls-verify=false',
    '--all-tags',
    '--all-tags=false',
  ];
}

let directory: string;
beforeAll(() => {
  directory = makeTree({});
  for (const name of ['CONTAINERS_CONF', 'CONTAINERS_CONF_OVERRIDE', 'GOGC']) vi.stubEnv(name, undefined);
});

/** What podman would be given for this image beyond what is allowed. */
function beyondAllowed(resolved: ResolvedImage): readonly unknown[] {
  const { image } = resolved;
  const source = image.reference.text;
  return podmans.flatMap((features) => {
    const args = pullCommand(store, resolved, files, features);
    const words = allowed(image).filter((word) => args.includes(word));
    const before = ['--root', store.root, '--runroot', store.runroot, image.kind, 'pull'];
    const wanted = [...before, ...words, '--', source];
    const isRight = String(args) === String(wanted) && !/^-|EVIL.*--root/s.test(source);
    const isPlain = !image.valid || args.every(isPlainText);
    const env = pullEnvironment(resolved, features, { ...run, directory }, { layerConcurrency: undefined });
    return [...(isRight && isPlain ? [] : [args]), ...(isOurs(env, features.version) ? [] : [env])];
  });
}

function isOurs({ GOGC, TMPDIR, ...rest }: Readonly<Record<string, string>>, version: string): boolean {
  const variable = isOlder(version, '4.4.0') ? 'CONTAINERS_CONF' : 'CONTAINERS_CONF_OVERRIDE';
  if (GOGC !== '400' || TMPDIR !== run.blobs) return false;
  const path = join(directory, 'containers.conf');
  const names = Object.keys(rest);
  if (names.length === 0) return true;
  const text = readFileSync(path, 'utf8');
  // podman 4.3 has the settings of this host there, too.
  const isOurText = isOlder(version, '4.4.0') || /^\[engine\]\nimage_parallel_copies = \d+\n$/.test(text);
  return String(names) === variable && rest[variable] === path && isOurText && !text.includes('EVIL');
}

test('podman gets no word of a root but the reference and the platform, whatever units and modules say', {
  timeout: 60_000,
}, () => {
  let valid = 0;
  let modules = 0;
  fc.assert(
    fc.property(root, (tree) => {
      const roots = memoryRoots(tree, {});
      const { images } = resolve(scan(roots.newRoot).images, roots);
      valid += images.filter((image) => image.valid).length;
      modules += images.filter((image) => layersOfModules(image.modules) !== undefined).length;
      expect(images.flatMap(beyondAllowed)).toEqual([]);
    }),
    { numRuns: 500 },
  );
  // Else the trees are too bad to prove anything; it is some forty of each.
  expect(valid).toBeGreaterThan(5);
  expect(modules).toBeGreaterThan(5);
});
