import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { readSection } from '../unit/section.js';
import type { LoadedUnit, UnitSearch } from '../unit/unit.js';
import { commonRefusals } from './refusals/common.js';

/** Podman 5.8. */
export const networkKeys: ReadonlySet<string> = new Set(
  (
    'ContainersConfModule DNS DisableDNS Driver Gateway GlobalArgs IPAMDriver IPRange IPv6 InterfaceName ' +
    'Internal Label NetworkDeleteOnStop NetworkName Options PodmanArgs ServiceName Subnet'
  ).split(' '),
);

/**
 * Why quadlet makes no service of a `.network` unit.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertNetwork`.
 */
export function networkRefusals(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [...commonRefusals(unit, entry, search)];
  const section = readSection(unit, 'Network', entry, diagnostics);
  const subnets = section.list('Subnet').length;
  for (const key of ['Gateway', 'IPRange']) {
    const surplus = section.list(key)[subnets];
    if (surplus === undefined) continue;
    const reason = `it has more ${key}= than Subnet=`;
    diagnostics.push(
      diagnose('unit-refused', surplus.place, { reason, hint: `give each ${key}= a Subnet=` }),
    );
  }
  return diagnostics;
}
