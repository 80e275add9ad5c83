import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../../src/model/failure.js';
import { classify } from '../../../src/tools/podman/classify.js';
import { lastWords } from '../../../src/tools/process/last-words.js';

/** Others are not for a tool to say. */
type SaidCode = Exclude<
  FailureCode,
  'damaged' | 'extension-unfit' | 'interrupted' | 'not-in-image' | 'not-in-store' | 'unproved' | 'unsupported'
>;

/** What each recorded sample means; a sample that is not here, or not there, fails. */
const meaning: Record<string, SaidCode> = {
  'absent-repository': 'manifest-unknown',
  'authfile-empty': 'authfile',
  'authfile-invalid': 'authfile',
  'authfile-missing': 'authfile',
  'bad-gateway-html-502': 'server-error',
  'blob-cut': 'connection',
  'blob-reset': 'connection',
  'blob-service-unavailable-503': 'server-error',
  'blob-too-many-requests': 'too-many-requests',
  'blob-unknown-404': 'manifest-unknown',
  blocked: 'blocked',
  'client-certificate-required': 'tls',
  'config-corrupt': 'corrupt',
  'config-cut': 'connection',
  'config-service-unavailable-503': 'server-error',
  'connection-refused': 'connection',
  'connection-reset': 'connection',
  'corrupt-digest': 'corrupt',
  'denied-403': 'denied',
  'denied-anonymous': 'unauthorized',
  denied: 'unauthorized',
  dns: 'dns',
  'forbidden-html-403': 'denied',
  'gateway-timeout-504': 'server-error',
  'https-to-http': 'tls',
  'i-o-timeout': 'timeout',
  'internal-500': 'server-error',
  'invalid-reference': 'reference',
  'manifest-corrupt': 'corrupt',
  'manifest-cut': 'connection',
  'manifest-unknown': 'manifest-unknown',
  'mirror-refused-manifest-unknown': 'connection',
  'name-unknown': 'manifest-unknown',
  'no-space-tmpdir': 'no-space',
  'no-space': 'no-space',
  'no-such-platform': 'no-platform',
  // podman exits with 0 here, so nothing is to be classified.
  'other-platform-warning': 'unknown',
  'ping-service-unavailable-503': 'server-error',
  'policy-reject': 'policy',
  'read-only-store': 'read-only',
  'registries-conf-invalid': 'blocked',
  'request-timeout-408': 'timeout',
  'service-unavailable-503': 'server-error',
  'short-name-unresolved': 'reference',
  'tls-handshake-timeout': 'timeout',
  'tls-unknown-authority': 'tls',
  'too-many-requests': 'too-many-requests',
  'unauthorized-bad-basic': 'unauthorized',
  'unauthorized-bad-token': 'unauthorized',
  'unauthorized-none': 'unauthorized',
};

/** What podman 5 says otherwise. */
const newer: Record<string, SaidCode> = {
  ...meaning,
  // podman asks for the rest of what was cut and exits with 0, so nothing is to be classified.
  'config-cut': 'unknown',
  // The first of the registry's errors; older ones write “unauthorized” as well.
  'denied-anonymous': 'denied',
  denied: 'denied',
};

const kinds: Record<SaidCode, 'transient' | 'permanent' | 'local'> = {
  archive: 'permanent',
  authfile: 'permanent',
  blocked: 'permanent',
  connection: 'transient',
  corrupt: 'transient',
  denied: 'permanent',
  dns: 'transient',
  limit: 'local',
  'manifest-unknown': 'permanent',
  'no-platform': 'permanent',
  'no-space': 'local',
  oversized: 'permanent',
  permission: 'local',
  policy: 'permanent',
  'read-only': 'local',
  reference: 'permanent',
  'server-error': 'transient',
  stalled: 'transient',
  'stopped-early': 'transient',
  'store-busy': 'transient',
  'store-unfit': 'local',
  timeout: 'transient',
  tls: 'permanent',
  'too-many-requests': 'transient',
  unauthorized: 'permanent',
  unknown: 'transient',
  'unknown-flag': 'permanent',
  unpacking: 'permanent',
};

describe.each([
  { tool: 'podman 4.3.1', path: 'samples/podman-4.3.1/', codes: meaning },
  { tool: 'podman 5.4.2', path: 'samples/podman-5.4.2/', codes: newer },
  { tool: 'podman 5.8.6', path: 'samples/podman-5.8.6/', codes: newer },
])('$tool', ({ path, codes }) => {
  const folder = new URL(path, import.meta.url);
  test.each(readdirSync(folder).map((file) => file.replace(/\.txt$/, '')))('knows %s', (name) => {
    const failure = classify(readFileSync(new URL(`${name}.txt`, folder), 'utf8'));
    const code = codes[name];
    expect([failure.code, failure.kind]).toEqual([code, code && kinds[code]]);
    expect(failure.message).not.toMatch(/^(?:Error|initializing source|unable to copy)\b|level=|[\n\t]/);
  });
  test.each(
    readdirSync(folder)
      .flatMap(
        (file) => lengthened.map((row) => ({ ...row, sample: file.replace(/\.txt$/, '') })),
        // What no registry has a part in.
      )
      .filter(({ sample }) => sample !== 'authfile-missing'),
  )('knows $sample with $name', ({ sample, lengthen }) => {
    const long = lengthen(readFileSync(new URL(`${sample}.txt`, folder), 'utf8').trimEnd());
    // In pieces, as they come from the process.
    let stderr = '';
    for (let at = 0; at < long.length; at += 50_000) stderr = lastWords(stderr + long.slice(at, at + 50_000));
    expect(stderr.length).toBeLessThanOrEqual(64 * 1024);
    const failure = classify(stderr);
    const code = codes[sample];
    expect([failure.code, failure.kind]).toEqual([code, code && kinds[code]]);
    expect(failure.message.length).toBeLessThan(1100);
  });
});

/** What a registry or a proxy may make of any message: a megabyte is what podman takes. */
const lengthened: readonly { name: string; lengthen: (stderr: string) => string }[] = [
  ...[900, 70_000].flatMap((length) => [
    {
      name: `${length} characters of prose behind it`,
      lengthen: (stderr: string) => insert(stderr, 'behind', ' and so on'.repeat(length / 10)),
    },
    {
      name: `lines of ${length} characters behind it`,
      lengthen: (stderr: string) =>
        insert(stderr, 'behind', (stderr.startsWith('time=') ? '\\nline' : '\nline').repeat(length / 5)),
    },
    {
      name: `an address of ${length} characters before it`,
      lengthen: (stderr: string) => insert(stderr, 'before', `Get https://r.io/${'x'.repeat(length)}: `),
    },
  ]),
];

function insert(stderr: string, where: 'before' | 'behind', text: string): string {
  const begin = /^Error: (?![\s\S]*^Error: )|level=fatal msg="/m.exec(stderr);
  const before = begin === null ? 0 : begin.index + begin[0].length;
  const at = where === 'before' ? before : stderr.length - (begin?.[0].endsWith('"') ? 1 : 0);
  return stderr.slice(0, at) + (begin === null ? '' : text) + stderr.slice(at);
}

test.each([
  {
    name: 'takes the last error, not what podman says while it retries',
    stderr:
      'time="…" level=warning msg="Failed, retrying in 1s ... (1/3). Error: connection refused"\nError: reading manifest 1 in r/a: manifest unknown',
    expected: ['manifest-unknown', 'permanent'],
  },
  {
    name: 'does not take a signature that did not come for one that is wrong',
    stderr:
      'Error: unable to copy from source docker://r.io/a:1: Source image rejected: Get "http://s.io/a@sha256=aa/signature-1": EOF',
    expected: ['connection', 'transient'],
  },
  {
    name: 'takes a signature that nobody may have for a refusal',
    stderr:
      'Error: Source image rejected: reading signature from http://s.io/a@sha256=aa/signature-1: status 403 (Forbidden)',
    expected: ['policy', 'permanent'],
  },
  {
    name: 'is not misled by the name of an image',
    stderr: 'Error: initializing source docker://r.io/denied/unauthorized:toomanyrequests: unexpected EOF',
    expected: ['connection', 'transient'],
  },
  {
    name: 'is not misled by the name of a tag',
    stderr:
      'Error: reading manifest unauthorized in r.io/x/x509: received unexpected HTTP status: 503 Service Unavailable',
    expected: ['server-error', 'transient'],
  },
  {
    name: 'is not misled by the name of a host',
    stderr:
      'Error: initializing source docker://denied.invalid/a:1: pinging container registry denied.invalid: Get "https://denied.invalid/v2/": dial tcp: lookup denied.invalid on 192.0.2.53:53: no such host',
    expected: ['dns', 'transient'],
  },
  {
    name: 'does not take this machine’s refusal for the registry’s',
    stderr: 'Error: creating temporary file: open /var/tmp/storage1/1: permission denied',
    expected: ['permission', 'local'],
  },
  {
    name: 'does not take a registry’s refusal for this machine’s',
    stderr: 'Error: reading manifest 1 in r.io/a: denied: permission denied for this repository',
    expected: ['denied', 'permanent'],
  },
  {
    name: 'does not take a registry’s error of no known kind for this machine’s (1.9.3)',
    stderr: 'Error: reading manifest 1 in r.io/a: unknown: permission denied',
    expected: ['denied', 'permanent'],
  },
  {
    name: 'does not take a registry’s page for this machine’s (1.9.3)',
    stderr: 'Error: reading manifest 1 in r.io/a: StatusCode: 403, Sorry: permission denied',
    expected: ['denied', 'permanent'],
  },
  {
    name: 'knows a config of another size than the manifest says (4.3.1)',
    stderr: 'Error: writing blob: blob size mismatch',
    expected: ['corrupt', 'transient'],
  },
  {
    name: 'takes the root directory of the store for this machine’s (5.8.6)',
    stderr:
      'Error: unable to copy from source docker://r.io/a:1: writing blob: adding layer with blob "sha256:ca"/""/"sha256:ea": creating root temp directory failed: mkdir /store/overlay/tempdirs: permission denied',
    expected: ['permission', 'local'],
  },
  {
    name: 'takes the list of layers for this machine’s (4.3.1)',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:ca": open /store/overlay-layers/.tmp-layers.json33993: permission denied',
    expected: ['permission', 'local'],
  },
  {
    name: 'takes the place where layers are unpacked for this machine’s (4.3.1)',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:ca": processing tar file(setting up pivot dir: mkdir /store/overlay/ea/diff/.pivot_root3483: permission denied): exit status 1',
    expected: ['permission', 'local'],
  },
  {
    name: 'blames the image for a device in a layer that may not be made (4.3.1)',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:89": processing tar file(operation not permitted): exit status 1',
    expected: ['permission', 'permanent'],
  },
  {
    name: 'blames the image for a device in a layer that may not be made (5.4.2, 5.8.6)',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:89"/""/"sha256:59": unpacking failed (error: exit status 1; output: operation not permitted)',
    expected: ['permission', 'permanent'],
  },
  {
    // go.podman.io/storage pkg/chrootarchive and pkg/idtools
    name: 'blames the image for an owner that the user has no ID for',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:89": processing tar file(potentially insufficient UIDs or GIDs available in user namespace (requested 0:42 for /etc/gshadow): Check /etc/subuid and /etc/subgid if configured locally and run podman-system-migrate: lchown /etc/gshadow: invalid argument): exit status 1',
    expected: ['permission', 'permanent'],
  },
  {
    name: 'takes a full disk for this machine’s, also while a layer is unpacked',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:89": processing tar file(write /x: no space left on device): exit status 1',
    expected: ['no-space', 'local'],
  },
  ...[
    'Error: creating temporary file: open /var/tmp/x: too many open files',
    'Error: fork/exec /usr/bin/fuse-overlayfs: resource temporarily unavailable',
    'runtime: failed to create new OS thread (have 5 already; errno=11)\nruntime: may need to increase max user processes (ulimit -u)\nfatal error: newosproc\n\nruntime stack:\nruntime.throw()\n',
    'fatal error: runtime: out of memory\n\nruntime stack:\n\t/usr/lib/go/panic.go:1023 +0x5c',
  ].map((stderr) => ({
    name: `knows a limit of this machine: ${stderr.slice(0, 40)}`,
    stderr,
    expected: ['limit', 'local'],
  })),
  ...[
    // podman 5.8.6, on a file system in a sandbox that forbids a remount.
    'Error: unable to copy from source docker://r.io/a:1: writing blob: adding layer with blob "sha256:89"/""/"sha256:59": unpacking failed (error: exit status 1; output: making old root private after pivot: remount /, flags: 0x44000: invalid argument)',
    'Error: writing blob: adding layer with blob "sha256:89": Error processing tar file(creating mount namespace before pivot: invalid argument): exit status 1',
    'Error: configure storage: \'overlay\' is not supported over nfs at "/store/overlay": backing file system is unsupported for this graph driver',
    'Error: creating overlay mount to /store/overlay/ea/merged, mount_data="lowerdir=/x": invalid argument',
    'Error: overlay: can\'t stat program "/usr/bin/fuse-overlayfs": stat /usr/bin/fuse-overlayfs: no such file or directory',
    'Error: writing blob: storing blob to file "/var/tmp/storage1/1": write /var/tmp/storage1/1: input/output error',
    'Error: User-selected graph driver "vfs" overwritten: database graph driver "overlay" does not match our graph driver "vfs": database configuration mismatch',
  ].map((stderr) => ({
    name: `blames the store, in which nothing can be unpacked: ${stderr.slice(-60)}`,
    stderr,
    expected: ['store-unfit', 'local'],
  })),
  ...[
    'archive/tar: invalid tar header',
    'lsetxattr security.capability /x: operation not supported',
    'invalid symlink "/a" -> "../../b"',
    'open /x: file name too long',
  ].map((words) => ({
    name: `blames the layer that cannot be unpacked: ${words}`,
    stderr: `Error: writing blob: adding layer with blob "sha256:89"/""/"sha256:59": unpacking failed (error: exit status 1; output: ${words})`,
    expected: ['unpacking', 'permanent'],
  })),
  {
    name: 'tries to unpack again what came to no end',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:89": processing tar file(unexpected EOF): exit status 1',
    expected: ['connection', 'transient'],
  },
  {
    name: 'tries again when something killed what unpacks',
    stderr:
      'Error: writing blob: adding layer with blob "sha256:89": Error processing tar file(signal: killed): exit status 1',
    expected: ['unknown', 'transient'],
  },
  ...[
    'exec: "docker-credential-ecr-login": executable file not found in $PATH',
    'fork/exec /x: exec format error',
  ].map((words) => ({
    name: `knows a helper that cannot be run: ${words}`,
    stderr: `Error: initializing source docker://r.io/a:1: getting username and password: 1 error occurred:\n\t* error getting credentials - err: ${words}, out: \`\``,
    expected: ['authfile', 'permanent'],
  })),
  {
    name: 'tries a helper again that has failed itself',
    stderr:
      'Error: initializing source docker://r.io/a:1: getting username and password: 1 error occurred:\n\t* error getting credentials - err: exit status 1, out: `no answer`',
    expected: ['unknown', 'transient'],
  },
  {
    name: 'knows an auth file of another shape (5.8.6)',
    stderr:
      'Error: initializing source docker://r.io/a:1: getting username and password: unmarshaling JSON at "/a.json": json: cannot unmarshal array into Go value of type config.dockerConfigFile',
    expected: ['authfile', 'permanent'],
  },
  {
    name: 'knows a policy.json that is not there (4.3.1)',
    stderr: 'Error: open /etc/containers/policy.json: no such file or directory',
    expected: ['policy', 'permanent'],
  },
  {
    name: 'knows a client certificate without a key',
    stderr:
      'Error: initializing source docker://r.io/a:1: missing key a.key for client certificate a.cert. Note that CA certificates should use the extension .crt',
    expected: ['tls', 'permanent'],
  },
  {
    name: 'knows a value that podman does not take',
    stderr:
      'Error: invalid argument "maybe" for "--tls-verify" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    expected: ['unknown-flag', 'permanent'],
  },
  {
    name: 'knows a store that is locked',
    stderr: 'Error: beginning transaction: database is locked',
    expected: ['store-busy', 'transient'],
  },
  ...[
    'unsupported image-specific operation on artifact with type "application/vnd.cncf.helm.config.v1+json"',
    'writing blob: layer 1 (blob "sha256:1") does not match config\'s DiffID "sha256:2"',
    'writing blob: image config has only 1 DiffID values, but a layer with index 1 exists',
    'decrypting layer sha256:1: missing private key needed for decryption:',
    'decrypting layer sha256:1: no suitable key unwrapper found or none of the private keys could be used for decryption:',
    'initializing source docker://r.io/a:1: Get "https://r.io/v2/": stopped after 10 redirects',
    'initializing source docker://r.io/a:1: reading manifest 1 in r.io/a: received unexpected HTTP status: 405 Method Not Allowed',
    'initializing source docker://r.io/a:1: reading manifest 1 in r.io/a: StatusCode: 451, "for legal reasons"',
  ].map((words) => ({
    name: `does not ask again: ${words.slice(-60)}`,
    stderr: `Error: unable to copy from source docker://r.io/a:1: ${words}`,
    expected: ['unknown', 'permanent'],
  })),
  ...['http: server closed idle connection', 'Bad Gateway', 'context canceled'].map((words) => ({
    name: `takes what it does not know of a request for one that may succeed: ${words}`,
    stderr: `Error: initializing source docker://r.io/a:1: pinging container registry r.io: Get "https://r.io/v2/": ${words}`,
    expected: ['connection', 'transient'],
  })),
  {
    name: 'does not take a broken store for a missing auth file',
    stderr: 'Error: writing blob: lstat /var/lib/containers/storage/x: no such file or directory',
    expected: ['unknown', 'transient'],
  },
  {
    name: 'does not try again what podman does not know',
    stderr: "Error: unknown flag: --module\nSee 'podman --help'",
    expected: ['unknown-flag', 'permanent'],
  },
  {
    name: 'believes the registry where all mirrors say the same',
    stderr:
      'Error: initializing source docker://r/a:1: (Mirrors also failed: [m1/a:1: reading manifest 1 in m1/a: manifest unknown] [m2/a:1: reading manifest 1 in m2/a: manifest unknown]): r/a:1: reading manifest 1 in r/a: unauthorized: authentication required',
    expected: ['unauthorized', 'permanent'],
  },
  {
    name: 'tries again where one mirror may recover',
    stderr:
      'Error: initializing source docker://r/a:1: (Mirrors also failed: [m1/a:1: dial tcp: connect: connection refused]): r/a:1: reading manifest 1 in r/a: manifest unknown',
    expected: ['connection', 'transient'],
  },
  {
    name: 'does not ask again for a manifest that is too large (1.9.3 to 1.22.0, 4.3.1, 5.8.6)',
    stderr: 'Error: initializing source docker://r.io/a:1: exceeded maximum allowed size of 4194304 bytes',
    expected: ['unknown', 'permanent'],
  },
  {
    name: 'does not ask again for a manifest that is an image as well as an index (5.8.6)',
    stderr:
      'Error: unable to copy from source docker://r.io/a:1: parsing primary manifest as list for docker://r.io/a:1: rejecting ambiguous manifest, unexpected fields []string{"config", "layers"} in supposedly application/vnd.oci.image.index.v1+json',
    expected: ['unknown', 'permanent'],
  },
  {
    name: 'does not ask again for a manifest that is served under the type of none (4.3.1, 5.8.6)',
    stderr: 'Error: initializing image from source docker://r.io/a:1: unsupported schema version 2',
    expected: ['unknown', 'permanent'],
  },
  ...['no space left on device', 'read-only file system', 'operation not permitted'].map((words) => ({
    name: `does not take a registry’s “${words}” for this machine’s`,
    stderr: `Error: reading manifest 1 in r.io/a: denied: our disk says: ${words}`,
    expected: ['denied', 'permanent'],
  })),
  {
    name: 'knows the last of several errors behind a long one (4.3.1)',
    stderr: `Error: reading manifest 1 in r.io/a: errors:\nunknown: ${'so on '.repeat(5_000)}\ndenied: no\n`,
    expected: ['denied', 'permanent'],
  },
  {
    name: 'knows what the registry says behind a mirror that says much',
    stderr: `Error: initializing source docker://r/a:1: (Mirrors also failed: [m1/a:1: denied: ${'so on '.repeat(5_000)}]): r/a:1: reading manifest 1 in r/a: manifest unknown`,
    expected: ['manifest-unknown', 'permanent'],
  },
  {
    name: 'tries again when it does not know',
    stderr: 'Error: something new',
    expected: ['unknown', 'transient'],
  },
  { name: 'tries again when podman says nothing', stderr: '', expected: ['unknown', 'transient'] },
])('$name', ({ stderr, expected }) => {
  const { code, kind } = classify(stderr);
  expect([code, kind]).toEqual(expected);
});

test('shows control characters that a registry sends as text', () => {
  expect(classify('Error: \u001b[31mdenied').message).toBe('\\x1b[31mdenied');
});
