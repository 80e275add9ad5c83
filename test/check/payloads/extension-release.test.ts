import { describe, expect, test } from 'vitest';
import { extensionRefusal } from '../../../src/check/payloads/extension-release.js';
import { extensionOf, extensionReleasePath } from '../../../src/model/extension.js';

const fedora = 'ID=fedora\nVERSION_ID=42\n';
const rolling = 'ID=arch\n';
const levelled = 'ID=fedora\nVERSION_ID=42\nSYSEXT_LEVEL=2.0\nCONFEXT_LEVEL=7\n';
const like = 'ID=bazzite\nID_LIKE="fedora rhel"\nVERSION_ID=42\n';

describe('an extension fits', () => {
  test.each<[name: string, release: string, osRelease: string]>([
    ['by its ID and VERSION_ID', fedora, fedora],
    ['in quotes', 'ID="fedora"\nVERSION_ID=\'42\'\n', fedora],
    ['on any OS', 'ID=_any\n', fedora],
    ['on any OS, whatever version it names', 'ID=_any\nVERSION_ID=1\nSYSEXT_LEVEL=9\n', levelled],
    ['by its level, whatever its version', 'ID=fedora\nVERSION_ID=41\nSYSEXT_LEVEL=2.0\n', levelled],
    ['by its version where it has no level', fedora, levelled],
    ['by its version where the root has no level', 'ID=fedora\nVERSION_ID=42\nSYSEXT_LEVEL=1\n', fedora],
    ['on a rolling release', 'ID=arch\n', rolling],
    ['on a rolling release, whatever version it names', 'ID=arch\nVERSION_ID=2026\n', rolling],
    ['on a root with a level alone, without one', 'ID=x\n', 'ID=x\nSYSEXT_LEVEL=1\n'],
    ['by what the root is like', fedora, like],
    ['on its architecture', `${fedora}ARCHITECTURE=x86-64\n`, fedora],
    ['on any architecture', `${fedora}ARCHITECTURE=_any\n`, fedora],
    ['in its scope', `${fedora}SYSEXT_SCOPE="initrd system"\n`, fedora],
    ['whatever the scope of the other kind is', `${fedora}CONFEXT_SCOPE=portable\n`, fedora],
  ])('%s', (_, release, osRelease) => {
    expect(extensionRefusal('sysext', release, osRelease, 'amd64')).toBeNull();
  });
});

describe('an extension does not fit', () => {
  test.each<[name: string, release: string, osRelease: string, problem: RegExp]>([
    ['with an empty file', '', fedora, /its extension-release is empty/],
    ['with comments alone', '# ID=fedora\n', fedora, /its extension-release is empty/],
    ['without ID', 'VERSION_ID=42\n', fedora, /has no ID=, which should be fedora or _any/],
    ['with an empty ID', 'ID=\nVERSION_ID=42\n', fedora, /has no ID=/],
    ['on a root without ID', fedora, 'NAME=x\n', /the os-release of the root has no ID=/],
    ['on another OS', 'ID=debian\nVERSION_ID=42\n', fedora, /is for the OS debian, and the root is fedora/],
    ['on what is only like it the other way round', like, fedora, /is for the OS bazzite/],
    [
      'on another version',
      'ID=fedora\nVERSION_ID=41\n',
      fedora,
      /is for fedora 41, and the root is fedora 42/,
    ],
    ['without a version', 'ID=fedora\n', fedora, /does not say the VERSION_ID .* should be 42/],
    ['without version and level', 'ID=fedora\n', levelled, /does not say the VERSION_ID/],
    [
      'on another level',
      `${fedora}SYSEXT_LEVEL=1\n`,
      levelled,
      /is for SYSEXT_LEVEL=1, and the root has 2.0/,
    ],
    [
      'on another architecture',
      `${fedora}ARCHITECTURE=arm64\n`,
      fedora,
      /for the architecture arm64, and the host is x86-64/,
    ],
    ['on any OS of another architecture', 'ID=_any\nARCHITECTURE=arm64\n', fedora, /architecture arm64/],
    ['in another scope', `${fedora}SYSEXT_SCOPE=portable\n`, fedora, /SYSEXT_SCOPE=portable has no “system”/],
    ['in no scope', `${fedora}SYSEXT_SCOPE=\n`, fedora, /SYSEXT_SCOPE/],
  ])('%s', (_, release, osRelease, problem) => {
    expect(extensionRefusal('sysext', release, osRelease, 'amd64')).toMatch(problem);
  });

  test('of configuration by its own level', () => {
    const of = (level: number) =>
      extensionRefusal('confext', `${fedora}CONFEXT_LEVEL=${level}\n`, levelled, 'arm64');
    expect([of(7), of(8)]).toEqual([null, expect.stringMatching(/CONFEXT_LEVEL=8, and the root has 7/)]);
  });

  test('whatever it writes on a terminal', () => {
    expect(extensionRefusal('sysext', 'ID=\u001b[2J\n', fedora, 'amd64')).not.toContain('\u001b');
  });
});

test('nothing is said of a processor that is not known', () => {
  expect(extensionRefusal('sysext', 'ID=_any\nARCHITECTURE=arm64\n', fedora, 'sparc9')).toBeNull();
});

test.each([
  ['extensions/gvisor.raw', '/usr/lib/extension-release.d/extension-release.gvisor'],
  ['extensions/gvisor', '/usr/lib/extension-release.d/extension-release.gvisor'],
  ['extensions/gvisor/usr/bin/x', '/usr/lib/extension-release.d/extension-release.gvisor'],
  ['confexts/net-1.2.raw', '/etc/extension-release.d/extension-release.net-1.2'],
  ['extensions', undefined],
  ['firmware/extensions/x.raw', undefined],
])('%s is an extension that has to have %s', (as, path) => {
  const extension = extensionOf(as);
  expect(extension && extensionReleasePath(extension)).toBe(path);
});
