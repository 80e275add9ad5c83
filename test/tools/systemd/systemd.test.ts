import { expect, test } from 'vitest';
import { parseUnits } from '../../../src/tools/systemd/systemd.js';

/** As systemd 252 prints it. */
const shown = `Id=bound-images-gate.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
DropInPaths=/etc/systemd/system/bound-images-gate.service.d/a.conf /run/b.conf
ExecStop={ path=/usr/bin/bound-images ; argv[]=/usr/bin/bound-images gate --hold ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }

Id=rpm-ostreed-automatic.service
LoadState=loaded
ActiveState=inactive
UnitFileState=static
DropInPaths=
ExecStart={ path=/usr/bin/rpm-ostree ; argv[]=/usr/bin/rpm-ostree upgrade ; ignore_errors=no }
ExecStart={ path=/opt/a b ; argv[]=/opt/a b stage ; ignore_errors=no }

Id=zincati.service
LoadState=not-found
ActiveState=inactive
UnitFileState=
DropInPaths=
`;

test('units are read as systemctl shows them', () => {
  expect(Object.fromEntries(parseUnits(shown))).toEqual({
    'bound-images-gate.service': {
      isLoaded: true,
      fileState: 'enabled',
      isActive: true,
      dropIns: ['/etc/systemd/system/bound-images-gate.service.d/a.conf', '/run/b.conf'],
      programs: ['/usr/bin/bound-images'],
    },
    'rpm-ostreed-automatic.service': {
      isLoaded: true,
      fileState: 'static',
      isActive: false,
      dropIns: [],
      programs: ['/usr/bin/rpm-ostree', '/opt/a b'],
    },
    'zincati.service': { isLoaded: false, fileState: '', isActive: false, dropIns: [], programs: [] },
  });
});

test.each(['', '\n', 'no property'])('%j has no unit', (text) => {
  expect(parseUnits(text).size).toBe(0);
});
