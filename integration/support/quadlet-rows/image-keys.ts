import { image, pull, type Row, refused, section, usr } from './row.js';

type Case = readonly [
  name: string,
  lines: readonly string[],
  args: readonly string[],
  global?: readonly string[],
];

/** Lines below `Image=`, and what they become. */
const cases: readonly Case[] = [
  ['Arch= is --arch', ['Arch=arm64'], ['--arch', 'arm64']],
  ['AuthFile= is --authfile, its path as written', ['AuthFile=./a.json'], ['--authfile', './a.json']],
  ['CertDir= is --cert-dir', ['CertDir=/c'], ['--cert-dir', '/c']],
  ['Creds= is --creds', ['Creds=u:p'], ['--creds', 'u:p']],
  ['DecryptionKey= is --decryption-key', ['DecryptionKey=/k:p'], ['--decryption-key', '/k:p']],
  [
    'of two DecryptionKey= the last counts',
    ['DecryptionKey=/k', 'DecryptionKey=/l'],
    ['--decryption-key', '/l'],
  ],
  ['OS= is --os', ['OS=linux'], ['--os', 'linux']],
  ['Policy= is --policy', ['Policy=missing'], ['--policy', 'missing']],
  ['Retry= is --retry', ['Retry=3'], ['--retry', '3']],
  ['RetryDelay= is --retry-delay', ['RetryDelay=2s'], ['--retry-delay', '2s']],
  ['Variant= is --variant', ['Variant=v8'], ['--variant', 'v8']],
  ['AllTags=yes is --all-tags', ['AllTags=yes'], ['--all-tags']],
  ['AllTags=no is --all-tags=false', ['AllTags=no'], ['--all-tags=false']],
  ['an empty switch is off', ['TLSVerify='], ['--tls-verify=false']],
  ['TLSVerify=1 is --tls-verify', ['TLSVerify=1'], ['--tls-verify']],
  ['a switch may be in capitals and quotes', ['TLSVerify="ON"'], ['--tls-verify']],
  ['a switch that is neither on nor off is off', ['TLSVerify=y'], ['--tls-verify=false']],
  ['a comment behind a switch turns it off', ['AllTags=yes # all'], ['--all-tags=false']],
  ['an empty text is none', ['Arch=arm64', 'Arch='], []],
  ['a text in quotes loses one pair of them', ['Arch=""arm64""'], ['--arch', '"arm64"']],
  ['a text in quotes may be empty', ['Arch=""'], []],
  ['a single quote stays', ["OS='linux'"], ['--os', "'linux'"]],
  ['a lone quote stays', ['OS="'], ['--os', '"']],
  ['blanks inside of a text stay', ['OS=a  b'], ['--os', 'a  b']],
  ['a backslash in a text is a backslash', ['OS=a\\tb'], ['--os', 'a\\tb']],
  ['ContainersConfModule= is --module, in front', ['ContainersConfModule=/m'], [], ['--module=/m']],
  [
    'each ContainersConfModule= counts, as written, before GlobalArgs=',
    ['GlobalArgs=--syslog', 'ContainersConfModule="/m"', 'ContainersConfModule=/n o'],
    [],
    ['--module="/m"', '--module=/n o', '--syslog'],
  ],
  ['an empty ContainersConfModule= clears', ['ContainersConfModule=/m', 'ContainersConfModule='], []],
  [
    'GlobalArgs= is split into words',
    ['GlobalArgs=--conmon "b c"  \'--syslog\''],
    [],
    ['--conmon', 'b c', '--syslog'],
  ],
  [
    'words have escapes',
    ['GlobalArgs=--conmon a\\x20b --conmon="\\u00e9" --conmon \\101'],
    [],
    ['--conmon', 'a b', '--conmon=é', '--conmon', 'A'],
  ],
  [
    'an escape that does not exist drops its line',
    ['GlobalArgs=--noout \\q', 'GlobalArgs=--syslog'],
    [],
    ['--syslog'],
  ],
  [
    'an empty word ends its line',
    ['GlobalArgs=--noout "" --debug', 'GlobalArgs=--syslog'],
    [],
    ['--noout', '--syslog'],
  ],
  [
    'a quote that is not closed runs to the end',
    ["GlobalArgs=--conmon=o'brien --b"],
    [],
    ['--conmon=obrien --b'],
  ],
  ['PodmanArgs= comes behind the options', ['PodmanArgs=--quiet', 'Arch=a'], ['--arch', 'a', '--quiet']],
  ['PodmanArgs= may say an option again', ['PodmanArgs=--arch=b', 'Arch=a'], ['--arch', 'a', '--arch=b']],
  ['ImageTag= changes nothing here', ['ImageTag=quay.io/x/t:1'], []],
  ['ServiceName= changes nothing here', ['ServiceName=other'], []],
  ['[Service] ExecStart= of the user comes before', ['[Service]', 'ExecStart=/bin/true'], []],
  ['[Service] Type= may be anything', ['[Service]', 'Type=simple', 'KillMode=none'], []],
  ['[Quadlet] DefaultDependencies= is known', ['[Quadlet]', 'DefaultDependencies=no'], []],
  ['the section may be split', ['[Unit]', 'After=x.target', '[Image]', 'Arch=a'], ['--arch', 'a']],
  ['[image] is another section', ['[image]', 'Arch=a'], []],
  ['[X-Image] is another section', ['[X-Other]', 'Bad=1'], []],
  ['the last of the images counts', ['Image=quay.io/x/b:1', 'Image=quay.io/x/a:1'], []],
];

const refusals: readonly (readonly [name: string, text: string])[] = [
  ['a unit without Image= is refused', section('Image', 'Arch=a')],
  ['a unit whose last Image= is empty is refused', image('a', 'Image=')],
  ['a unit whose Image= is a pair of quotes is refused', image('a', 'Image=""')],
  ['a unit with ImageTag= alone is refused', section('Image', 'ImageTag=quay.io/x/a:1')],
  ['an unknown key is refused', image('a', 'Pull=always')],
  ['a key in other letters is unknown', image('a', 'authfile=/a')],
  ['a key that begins with X- is unknown', image('a', 'X-Mine=1')],
  ['an unknown key of [Quadlet] is refused', image('a', '[Quadlet]', 'X-Mine=1')],
  ['an empty unknown key is refused', image('a', 'Bad=')],
  ['[Unit] naming a quadlet that does not exist is refused', image('a', '[Unit]', 'After=b.container')],
];

/** Keys of `[Image]`. */
export const imageKeyRows: readonly Row[] = [
  ...cases.map(([name, lines, args, global]) => ({
    name,
    tree: usr({ 'a.image': image('a', ...lines) }),
    makes: { 'a.image': pull('a', args, global) },
  })),
  ...refusals.map(([name, text]) => ({
    name,
    tree: usr({ 'a.image': text }),
    makes: { 'a.image': refused },
  })),
  {
    name: 'another image in PodmanArgs= is pulled, too, which we refuse',
    tree: usr({ 'a.image': image('a', 'PodmanArgs=quay.io/x/b:1') }),
    makes: { 'a.image': pull('a', ['quay.io/x/b:1']) },
    weRefuse: 'podman-arguments',
  },
  {
    name: 'a policy is not looked at, and podman refuses it, as we do',
    tree: usr({ 'a.image': image('a', 'Policy=sometimes') }),
    makes: { 'a.image': pull('a', ['--policy', 'sometimes']) },
    weRefuse: 'pull-policy-unknown',
  },
  {
    name: 'retries are not looked at, and podman refuses them, as we do',
    tree: usr({ 'a.image': image('a', 'Retry=-1', 'RetryDelay="2 s"') }),
    makes: { 'a.image': pull('a', ['--retry', '-1', '--retry-delay', '2 s']) },
    weRefuse: 'retry-invalid',
  },
  {
    name: 'a specifier is left to systemd, which we refuse',
    tree: usr({ 'a.image': image('a', 'Arch=%a') }),
    makes: { 'a.image': pull('a', ['--arch', '%a']) },
    weRefuse: 'specifier',
  },
  {
    name: 'a variable is left to systemd, which we refuse',
    tree: usr({ 'a.image': image('a', 'PodmanArgs=--arch $ARCH') }),
    makes: { 'a.image': pull('a', ['--arch', '$ARCH']) },
    weRefuse: 'environment-expansion',
  },
  {
    name: 'a reference is not looked at, and podman refuses it, as we do',
    tree: usr({ 'a.image': image('A') }),
    makes: { 'a.image': pull('A') },
    weRefuse: 'reference-invalid',
  },
  {
    name: 'Image=name.image in an .image is no reference to a unit',
    tree: usr({ 'a.image': '[Image]\nImage=quay.io/x/b.image', 'b.image': image('b') }),
    makes: { 'a.image': 'podman image pull quay.io/x/b.image', 'b.image': pull('b') },
  },
];
