import type { Diagnostic, Place, Severity } from './diagnostic.js';
import { printable } from './printable.js';

interface Rule<A> {
  readonly severity: Severity;
  readonly message: (args: A) => string;
  readonly hint: (args: A) => string | null;
}

function error<A = object>(message: Rule<A>['message'], hint: Rule<A>['hint'] = () => null): Rule<A> {
  return { severity: 'error', message, hint };
}

function warning<A = object>(message: Rule<A>['message'], hint: Rule<A>['hint'] = () => null): Rule<A> {
  return { severity: 'warning', message, hint };
}

function info<A = object>(message: Rule<A>['message'], hint: Rule<A>['hint'] = () => null): Rule<A> {
  return { severity: 'info', message, hint };
}

/** Every finding that the scan and resolve steps can make: its severity and its sentences. Ids are stable. */
const rules = {
  'directory-unreadable': error<{ problem: string }>(
    ({ problem }) => `the bound-images directory cannot be read: ${problem}`,
    () => 'make it a directory, or a link to a directory inside the root',
  ),
  'entry-encoding': error<object>(
    () => 'the name of this entry is not UTF-8',
    () => 'rename it: no unit or tool can refer to such a name reliably',
  ),
  'entry-type': error<{ extension: string }>(
    ({ extension }) =>
      extension === ''
        ? 'the entry has no extension'
        : `nothing is known about entries that end in “${extension}”`,
    () => 'an entry is a .toml drop-in, or an .image, .container, .volume, .kube, .pod or .artifact quadlet',
  ),
  'entry-leftover': warning<object>(
    () => 'ignored: this is what an editor or a package manager left behind',
    () => 'remove it from the image',
  ),
  'entry-unreadable': error<{ problem: string }>(
    ({ problem }) => `the entry cannot be read: ${problem}`,
    () => 'point the entry to a regular file inside the root, or remove it',
  ),
  'entry-not-a-link': warning<object>(
    () => 'a quadlet here should be a symbolic link to the unit: bootc refuses the whole directory otherwise',
    () => 'move the unit to /usr/share/containers/systemd and link to it',
  ),
  'entry-in-bootc-directory': warning<object>(
    () => 'bootc knows no entry of this kind, and refuses its whole directory because of it',
    () => 'on hosts that run bootc, move it to /usr/lib/bound-images.d',
  ),
  'file-too-large': error<{ limitBytes: number }>(
    ({ limitBytes }) =>
      `the file is larger than ${limitBytes / 1024 / 1024} MiB, which no configuration file is`,
    () => 'check what was installed here',
  ),
  'toml-encoding': error<object>(
    () => 'the drop-in is not UTF-8',
    () => 'save it as UTF-8; TOML allows nothing else',
  ),
  'toml-syntax': error<{ problem: string }>(({ problem }) => `not valid TOML: ${problem}`),
  'toml-unknown-key': error<{ key: string; known: readonly string[] }>(
    ({ key }) => `unknown key “${key}”`,
    ({ known }) => `known here: ${known.join(', ')}`,
  ),
  'toml-wrong-type': error<{ key: string; expected: string; actual: string }>(
    ({ key, expected, actual }) => `“${key}” must be ${expected}, not ${actual}`,
  ),
  'toml-empty-string': error<{ key: string }>(
    ({ key }) => `“${key}” is empty`,
    ({ key }) => `give “${key}” a value or leave it out`,
  ),
  'toml-missing-reference': error<object>(
    () => 'this [[image]] table has no “reference”',
    () => 'add reference = "registry/name:tag"',
  ),
  'toml-duplicate-reference': error<{ reference: string; line: number }>(
    ({ reference, line }) => `“${reference}” is bound twice in this file, first in line ${line}`,
    () => 'keep one of the two',
  ),
  'toml-no-images': warning<object>(
    () => 'the drop-in binds no image',
    () => 'add images = ["registry/name:tag"], or mask the entry with a link to /dev/null',
  ),
  'unit-syntax': error<{ problem: string }>(
    ({ problem }) => `quadlet cannot read this unit: ${problem}`,
    () => 'quadlet drops every unit of the directory that holds a file it cannot read',
  ),
  'unit-lost-continuation': warning<object>(
    () => 'quadlet throws this line away: it ends in a backslash and nothing follows',
    () => 'remove the backslash at the end of the line',
  ),
  'words-ignored': warning<{ key: string; problem: string; hint: string }>(
    ({ key, problem }) => `quadlet does not take this ${key}= as it is written: ${problem}`,
    ({ hint }) => hint,
  ),
  'unit-directory-poisoned': error<{ directory: string; culprit: string }>(
    ({ directory, culprit }) =>
      `quadlet loads no unit from ${directory}, because it cannot read ${culprit} there`,
    ({ culprit }) => `repair or remove ${culprit}`,
  ),
  'unit-unknown-key': error<{ section: string; key: string }>(
    ({ section, key }) => `quadlet refuses the unit: it knows no key “${key}” in [${section}]`,
    () => 'see podman-systemd.unit(5) for the keys of this section',
  ),
  'unit-refused': error<{ reason: string; hint: string }>(
    ({ reason }) => `quadlet refuses the unit: ${reason}`,
    ({ hint }) => hint,
  ),
  'unit-missing': error<{ name: string }>(
    ({ name }) =>
      `quadlet refuses the unit: there is no unit “${name}” in quadlet’s search path of this root`,
    ({ name }) => `install ${name} under /usr/share/containers/systemd, or name no unit`,
  ),
  'unit-overridden': warning<{ linked: string; loaded: string }>(
    ({ linked, loaded }) =>
      `the entry links to ${linked}, but what boots is ${loaded}; its image is the one that is bound`,
    ({ loaded }) => `remove ${loaded}, or link to it`,
  ),
  'search-directory-unreadable': error<{ problem: string }>(
    ({ problem }) => `which units quadlet finds in its search path is unknown: ${problem}`,
    () => 'run as a user who may read it, as quadlet does',
  ),
  'service-replaced': warning<{ service: string; other: string; isLater: boolean }>(
    ({ service, other, isLater }) =>
      isLater
        ? `what boots as ${service}.service is ${other}: quadlet writes its service over that of this unit`
        : `${other} has the same service, ${service}.service, and only one of the two boots`,
    () => 'give one of the two another ServiceName=',
  ),
  'unit-outside-search-path': warning<{ path: string }>(
    ({ path }) =>
      `quadlet does not look at ${path}: the image is bound, but no service will be made from this unit`,
    () => 'put the unit under /usr/share/containers/systemd and link to it',
  ),
  'unit-unreadable': error<{ problem: string }>(
    ({ problem }) => `quadlet cannot read this unit: ${problem}`,
    () => 'quadlet drops every unit of the directory that holds a file it cannot read',
  ),
  'unit-drop-in-skipped': warning<{ problem: string }>(
    ({ problem }) => `quadlet skips this drop-in: ${problem}`,
    () => 'repair or remove it',
  ),
  'image-changed-by-drop-in': warning<{ path: string; from: string; to: string }>(
    ({ path, from, to }) =>
      to === ''
        ? `this drop-in takes away the image that ${path} names, “${from}”`
        : `this drop-in makes the image “${to}”, where ${path} names “${from}”`,
    ({ path }) => `name the image in ${path} alone, or in its drop-in alone`,
  ),
  'image-missing': error<{ section: string }>(
    ({ section }) => `there is no Image= in [${section}]`,
    ({ section }) => `add Image=registry/name:tag to [${section}]`,
  ),
  'image-empty': error<object>(
    () => 'quadlet accepts the empty Image=, and podman refuses the volume of it',
    () => 'name an image or an .image unit',
  ),
  'image-and-rootfs': error<object>(
    () => 'quadlet refuses the unit: it has both Image= and Rootfs=',
    () => 'keep one of the two',
  ),
  'rootfs-binds-nothing': warning<object>(
    () => 'the container runs from Rootfs=, so the entry binds no image',
    () => 'remove the entry',
  ),
  'image-unit-missing': error<{ name: string }>(
    ({ name }) => `there is no unit “${name}” in quadlet’s search path of this root`,
    ({ name }) => `install ${name} under /usr/share/containers/systemd, or name the image itself`,
  ),
  'image-unit-invalid': error<{ name: string }>(
    ({ name }) => `the unit “${name}” that this one takes its image from is not valid`,
    () => 'its own problems are reported beside this one',
  ),
  'image-tag-differs': error<{ name: string; tag: string }>(
    ({ name, tag }) =>
      `the container runs “${tag}”, the ImageTag= of ${name}, which is not what ${name} pulls`,
    () => 'remove ImageTag=, or name the same image in Image=',
  ),
  'image-pulled-by-none': warning<{ reference: string }>(
    ({ reference }) =>
      `podman itself does not pull “${reference}” for a volume or a mount: where the pull was missed, the service fails`,
    () => 'name an .image unit here instead of the image',
  ),
  'volume-binds-nothing': warning<object>(
    () => 'the volume does not come from an image, so the entry binds none',
    () => 'remove the entry',
  ),
  'pod-binds-nothing': warning<object>(
    () => 'no container starts with this pod, so the entry binds no image',
    () => 'remove the entry',
  ),
  'pod-container-invalid': error<{ name: string }>(
    ({ name }) => `the container “${name}” that starts with this pod is not valid`,
    () => 'its own problems are reported beside this one',
  ),
  'kube-yaml-unusable': error<{ problem: string }>(
    ({ problem }) => `podman cannot play this file: ${problem}`,
    () => 'ship it in the root, as YAML that Kubernetes reads',
  ),
  'kube-binds-nothing': warning<object>(
    () => 'no pod of these files has an image, so the entry binds none',
    () => 'remove the entry',
  ),
  'artifact-reference': error<{ text: string }>(
    ({ text }) => `“${text}” names no artifact of a registry by tag or by digest, and podman pulls no other`,
    () => 'write registry/name:tag or registry/name@sha256:…',
  ),
  'image-unbound': info<{ reference: string; unit: string }>(
    ({ reference, unit }) => `${unit} will want “${reference}” at boot, and nothing binds it`,
    ({ unit }) =>
      `link to ${unit} from /usr/lib/${/\.(?:image|container)$/.test(unit) ? 'bootc/' : ''}bound-images.d`,
  ),
  'image-from-build': error<{ name: string }>(
    ({ name }) => `“${name}” is built on the host, so there is nothing to pull`,
    () => 'push the built image to a registry and name it here, or remove the entry',
  ),
  // The values themselves are not shown: what holds a specifier may be a password.
  specifier: error<{ specifier: string }>(
    ({ specifier }) =>
      specifier === '%'
        ? 'the value ends in a single %'
        : `the systemd specifier ${specifier} has a value on the running host only`,
    ({ specifier }) =>
      `write ${specifier === '%' ? '%% for a literal %' : `the value itself instead of ${specifier}; a literal % is %%`}`,
  ),
  'environment-expansion': error<{ variable: string }>(
    ({ variable }) => `systemd replaces ${variable} only when the service starts`,
    ({ variable }) => `write the value itself instead of ${variable}; a literal $ is $$`,
  ),
  'value-encoding': error<object>(
    () => 'the value holds a control character or bytes that are not UTF-8, and cannot be handed to podman',
    () => 'write printable text in UTF-8',
  ),
  'reference-invalid': error<{ text: string; problem: string; instead: string | null }>(
    ({ text, problem }) => `“${text}” is not an image reference: ${problem}`,
    ({ instead }) => instead ?? 'write registry/name:tag or registry/name@sha256:…',
  ),
  'reference-short': warning<{ text: string }>(
    ({ text }) => `“${text}” names no registry: which image it is depends on the registries.conf of the host`,
    ({ text }) => `name the registry, for example docker.io/library/${text}`,
  ),
  'podman-arguments': error<{ word: string | null; problem: string }>(
    ({ word, problem }) => `${word === null ? 'a word' : `“${word}”`} in the podman arguments: ${problem}`,
    () => 'use the keys of podman-systemd.unit(5), or remove it',
  ),
  'pull-policy-unknown': error<object>(
    () => 'podman refuses to start the service: it knows no such pull policy',
    () => 'write always, missing, newer or never',
  ),
  'retry-invalid': error<{ problem: string; hint: string }>(
    ({ problem }) => `podman refuses to start the service: this is ${problem}`,
    ({ hint }) => hint,
  ),
  'pulled-at-boot': warning<{ policy: 'always' | 'newer'; instead: string }>(
    ({ policy }) =>
      policy === 'always'
        ? 'the service pulls its image at every start, also where it is in the store, and fails without the registry'
        : 'the service asks the registry for a newer image at every start; without an answer it takes the one in the store',
    ({ instead }) => instead,
  ),
  'all-tags-refused': error<{ problem: string }>(
    ({ problem }) => `all tags are asked for: ${problem}`,
    () => 'remove AllTags=',
  ),
  'all-tags-with-tag': warning<{ tag: string }>(
    ({ tag }) => `podman pulls every tag of the repository, not “${tag}” alone`,
    () => 'remove AllTags=, or the tag',
  ),
  'all-tags-unheard': warning<{ option: string }>(
    ({ option }) =>
      `podman lists the tags without the ${option} given here: where the registry needs it, the service fails`,
    () =>
      'set it for the whole host, in containers-auth.json(5) or containers-registries.conf(5), or remove AllTags=',
  ),
  'conflicting-options': error<{ reference: string; option: string; other: string }>(
    ({ reference, option, other }) => `“${reference}” is bound with another ${option} at ${other}`,
    ({ option }) => `one image can be pulled in one way only: make ${option} agree`,
  ),
  'authfile-missing': error<{ path: string; tried: readonly string[] }>(
    ({ path, tried }) => `the auth file ${path} does not exist; tried ${tried.join(', ')}`,
    () => 'ship it in the new root, or create it on this host',
  ),
  'authfile-unusable': error<{ path: string; root: string; problem: string }>(
    ({ path, root, problem }) => `the auth file ${path} of the ${root} root cannot be used: ${problem}`,
    () => 'write it with podman login --authfile',
  ),
  'authfile-skipped': warning<{ path: string; root: string; problem: string }>(
    ({ path, root, problem }) => `the auth file ${path} of the ${root} root is passed over: ${problem}`,
    () => 'write it with podman login --authfile, or remove it',
  ),
  'creds-short-reference': error<object>(
    () => 'credentials need an image name with its registry: for a short name nobody knows whose they are',
    () => 'write the registry before the name of the image',
  ),
  'creds-invalid': error<object>(
    () => 'the credentials have no password: podman would ask for it',
    () => 'write user:password, or better an auth file',
  ),
  'path-missing': error<{ what: string; path: string; tried: readonly string[] }>(
    ({ what, path, tried }) => `the ${what} ${path} does not exist; tried ${tried.join(', ')}`,
    ({ what }) => `ship the ${what} in the new root`,
  ),
  'path-unusable': error<{ what: string; path: string; problem: string }>(
    ({ what, path, problem }) => `the ${what} ${path} cannot be used: ${problem}`,
  ),
  'tag-not-compared': warning<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `“${reference}” is in the store, but whether the registry has a newer one is unknown: ${problem}`,
    () => 'bind a digest, or pass --pull-policy missing, and the registry is not asked',
  ),
  'not-looked-up': warning<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `what “${reference}” needs is unknown, because its registry could not be asked: ${problem}`,
    () => 'pull tries it again, after the images that are known',
  ),
  'skopeo-missing': warning<{ program: string }>(
    ({ program }) =>
      `there is no program “${program}”: which layers images share, how large they are and whether tags have moved is unknown`,
    () => 'install the package skopeo; without it the images are pulled one after the other',
  ),
  'podman-flag-unsupported': warning<{ flag: string; version: string }>(
    ({ flag, version }) => `podman ${version} does not know ${flag}; it is left out`,
    () => 'install a newer podman, or remove the option',
  ),
} satisfies Record<string, Rule<never>>;

export type RuleId = keyof typeof rules;

/** What the sentences of a rule are filled with. */
export type RuleArgs<R extends RuleId> = Parameters<(typeof rules)[R]['message']>[0];

/** Makes a finding. Text from the root is made printable here, so that no caller can forget it. */
export function diagnose<R extends RuleId>(
  rule: R,
  place: Place,
  args: RuleArgs<R>,
  excerpt: string | null = null,
): Diagnostic {
  const { severity, message, hint } = rules[rule] as unknown as Rule<RuleArgs<R>>;
  const hintText = hint(args);
  return {
    rule,
    severity,
    entry: place.entry === null ? null : printable(place.entry),
    file: place.file === null ? null : printable(place.file),
    line: place.line,
    column: place.column,
    message: printable(message(args)),
    hint: hintText === null ? null : printable(hintText),
    excerpt: excerpt === null ? null : excerpt.split('\n').map(printable).join('\n'),
  };
}
