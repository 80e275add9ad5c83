import { type Redact, redactForms, shownText } from '../../diagnostic/redact.js';
import type { Failure, FailureCode } from '../../model/failure.js';
import { lastComplaint } from '../process/last-words.js';
import { saysBusy } from './busy-store.js';

/**
 * What podman writes for each cause; the first row that matches decides, so the particular stand
 * before the general. It exits with one status for everything, so the text is all there is.
 *
 * Recorded from podman 4.3 to 5.8 (test/tools/podman/samples); others read in
 * go.podman.io/image and distribution's registry.
 */
const table: readonly (readonly [RegExp, FailureCode, Failure['kind']])[] = [
  [ofThisMachine('no space left on device|disk quota exceeded'), 'no-space', 'local'],
  [ofThisMachine('read-only file system'), 'read-only', 'local'],
  [
    ofThisMachine(
      'too many open files|cannot allocate memory|out of memory|failed to create new OS thread|fork/exec \\S+: resource temporarily unavailable|file too large',
    ),
    'limit',
    'local',
  ],
  // Source: getCredsFromCredHelper in go.podman.io/image pkg/docker/config, and Go's os/exec.
  [/getting credentials - err: (?:exec: |fork\/exec )/i, 'authfile', 'permanent'],
  [
    ofThisMachine('input/output error|structure needs cleaning|transport endpoint is not connected'),
    'store-unfit',
    'local',
  ],
  // What unpacks a layer may not make what is in it, such as a device: that is about this image alone.
  [
    /(?:processing tar file\(|unpacking failed \()(?!.*setting up pivot dir).*(?:permission denied|operation not permitted|insufficient UIDs or GIDs)/i,
    'permission',
    'permanent',
  ],
  [ofThisMachine('permission denied|operation not permitted'), 'permission', 'local'],
  // The place where layers are unpacked. Source: chroot in go.podman.io/storage pkg/chrootarchive/chroot_linux.go.
  [
    /(?:processing tar file\(|unpacking failed \().*(?:before pivot|pivot dir|(?:after|failed) pivot|old root|new root|\bchroot|\bremount )/i,
    'store-unfit',
    'local',
  ],
  // What is in a layer, as often as it is unpacked: a broken archive, or what the file system of the store cannot hold.
  [
    /(?:processing tar file\(|unpacking failed \()(?!.*(?:\bEOF\b|signal: |resource busy|temporarily unavailable))/i,
    'unpacking',
    'permanent',
  ],
  // Source: go.podman.io/storage drivers/overlay/overlay.go, drivers/driver.go; libpod/runtime.go in podman.
  [
    /is not supported over|kernel does not support overlay|creating overlay mount to |prerequisites for driver not satisfied|backing file system is unsupported|driver not supported|no supported storage backend|can't stat program|fork\/exec \S+: (?:no such file|exec format)|database configuration mismatch/i,
    'store-unfit',
    'local',
  ],
  [
    /unknown (?:shorthand )?flag|^invalid argument .*\bfor .*\bflag\b|flag needs an argument/i,
    'unknown-flag',
    'permanent',
  ],
  [
    /toomanyrequests|too many requests|StatusCode: 429|status code from registry 429/i,
    'too-many-requests',
    'transient',
  ],
  // A signature that did not come is not one that is wrong.
  [
    /Source image rejected:.*\bGet\b.*(?:\bEOF\b|connection (?:refused|reset)|broken pipe|i\/o timeout)/i,
    'connection',
    'transient',
  ],
  [
    /Source image rejected|signature was required|invalid policy in|no policy\.json|policy\.json: no such file|signature storage (?:configuration|URL)|^parsing \S*registries\.d\//i,
    'policy',
    'permanent',
  ],
  [/registry \S+ is blocked in|loading registries configuration/i, 'blocked', 'permanent'],
  [/unauthorized|authentication required|invalid username\/password/i, 'unauthorized', 'permanent'],
  [
    /(?:^|\s)denied\b|StatusCode: 403|status code from registry 403|403 \(Forbidden\)/i,
    'denied',
    'permanent',
  ],
  [
    /reading JSON file|unmarshaling JSON at|credential file is not accessible|^stat \S+: no such file/i,
    'authfile',
    'permanent',
  ],
  [/no image found in (?:image index|manifest list)/i, 'no-platform', 'permanent'],
  [
    /manifest unknown|name unknown|repository name not known|StatusCode: 404|404 \(Not Found\)|blob unknown/i,
    'manifest-unknown',
    'permanent',
  ],
  // A manifest that no version of podman takes; and one that the registry serves under another media type than its own.
  [
    /exceeded maximum allowed size|rejecting ambiguous manifest|unsupported schema version/i,
    'unknown',
    'permanent',
  ],
  // An image that contradicts itself, or is none. Source: manifest/, image/, copy/ and storage/ in go.podman.io/image.
  [
    /unsupported image-specific operation on artifact|invalid mixed OCI image|unimplemented manifest MIME type|unsupported manifest type|cannot update unknown MIME type|does not match config's DiffID|image config has only \d+ DiffID|invalid image config|no FSLayers in manifest|length of history not equal|inconsistent layer count|invalid parent ID|max depth exceeded|unsupported digest algorithm/i,
    'unknown',
    'permanent',
  ],
  // Source: github.com/containers/ocicrypt encryption.go.
  [/private keys? (?:needed|could be used)|no (?:suitable )?private keys? found/i, 'unknown', 'permanent'],
  // Source: docker/docker_client.go in go.podman.io/image, and Go's net/http.
  [
    /can't talk to a V1 container registry|missing realm in bearer auth|unsupported protocol scheme|stopped after \d+ redirects/i,
    'unknown',
    'permanent',
  ],
  [/invalid reference format|short-name .* did not resolve|repository name must/i, 'reference', 'permanent'],
  [/TLS handshake timeout/i, 'timeout', 'transient'],
  [
    /x509:|missing (?:client certificate \S+ for key|key \S+ for client certificate)|loading X509 key pair|server gave HTTP response to HTTPS client|does not look like a TLS handshake|tls: /i,
    'tls',
    'permanent',
  ],
  [/no such host|server misbehaving|temporary failure in name resolution/i, 'dns', 'transient'],
  [
    /i\/o timeout|context deadline exceeded|Client\.Timeout|connection timed out|StatusCode: 408/i,
    'timeout',
    'transient',
  ],
  [
    /does not match (?:expected|provided manifest digest)|digest did not match|manifest does not match|blob size mismatch/i,
    'corrupt',
    'transient',
  ],
  [
    /connection (?:refused|reset)|network is unreachable|no route to host|unexpected EOF|\bEOF\b|broken pipe|stream error|http2: |use of closed network connection/i,
    'connection',
    'transient',
  ],
  [
    /HTTP status: 5\d\d|StatusCode: 5\d\d|status code from registry 5\d\d|internal server error/i,
    'server-error',
    'transient',
  ],
  // Whatever a registry means by it, it means it.
  [/(?:HTTP status: |StatusCode: |status code from registry )4(?!08|25|29)\d\d/i, 'unknown', 'permanent'],
  // What Go says of a request that did not come to its end, in whatever words.
  [/\b(?:Get|Head|Post) : |\b(?:dial|read|write) (?:tcp|udp)\b|\bproxyconnect /i, 'connection', 'transient'],
];

/**
 * Not what a registry answers: an error of its own with its text (opencontainers distribution-spec, “Error Codes”, in
 * lower case), or the text of a page.
 */
function ofThisMachine(words: string): RegExp {
  const answer =
    '(?:denied|unauthorized|unknown|toomanyrequests|unavailable|unsupported): |StatusCode: \\d+, ';
  return new RegExp(`^(?:(?!${answer}).)*?(?:${words})`, 'is');
}

/**
 * Judges a failure by all that the tool wrote, and says it without secrets, as far as one can read it. An unknown cause
 * counts as transient until it comes again: trying again may help.
 */
export function classify(stderr: string, redact: Redact = redactForms): Failure {
  const said = lastError(stderr);
  const endpoints = splitMirrors(said).map(judge);
  // With mirrors, the registry itself has the last word, but a mirror that may recover is worth another try.
  const decisive =
    endpoints.find(([, kind]) => kind === 'local') ??
    endpoints.find(([, kind]) => kind === 'transient') ??
    endpoints.at(-1);
  const [code, kind] = decisive ?? judge(said);
  return { code, kind, message: shorten(shownText(shorten(said, 8192), redact), 1000), hint: null };
}

function judge(text: string): readonly [FailureCode, Failure['kind']] {
  const words = withoutNames(text);
  const row = table.find(([pattern]) => pattern.test(words));
  if (row === undefined && saysBusy(words)) return ['store-busy', 'transient'];
  return row === undefined ? ['unknown', 'transient'] : [row[1], row[2]];
}

/** An image may be called `denied:latest`: names are no sign of what went wrong. */
function withoutNames(text: string): string {
  return text.replace(
    /"[^"]*"|docker:\/\/\S+|reading (?:manifest|blob) \S+(?: in \S+)?|pinging container registry \S+|lookup \S+/g,
    '',
  );
}

/** `(Mirrors also failed: [m1: …] [m2: …]): primary: …`: the mirrors' parts, then the registry's own. */
function splitMirrors(message: string): readonly string[] {
  const match = /\(Mirrors also failed: (.*)\]\): (.*)$/s.exec(message);
  if (match === null) return [message];
  const [, mirrors = '', primary = ''] = match;
  return [...mirrors.split(/\] \[/), primary];
}

/**
 * The last `Error:` of podman with the lines that follow it, else the last line.
 * Without the name of the image in front, which whoever shows the message says anyway.
 */
function lastError(stderr: string): string {
  const text = stderr.trimEnd();
  const complaint = text.slice(Math.max(0, lastComplaint(text)));
  const error = complaint.startsWith('Error: ') ? complaint.slice('Error: '.length) : undefined;
  const said =
    error?.replace(/\s*\n\s*/g, ' ') ??
    // Of a Go program that crashes.
    /^(?:fatal error|runtime): .*/m.exec(text)?.[0] ??
    text.slice(text.lastIndexOf('\n') + 1);
  const named =
    /^(?:(?:unable to copy from source|initializing source) \S+: |Error parsing image name "[^"]*": )+/;
  return said.replace(named, '') || 'the tool gave no reason';
}

/** The beginning, which says what it is about, and the end, where the cause is. */
function shorten(text: string, length: number): string {
  const end = Math.floor(length / 3);
  return text.length > length ? `${text.slice(0, length - end)}…${text.slice(-end)}` : text;
}
