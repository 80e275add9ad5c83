import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { SectionReader } from '../../unit/section.js';
import { splitWords } from '../../words/words.js';

/** What `[Service]` may say; an empty value is none of these. */
const allowed = [
  ['Type', ['notify', 'oneshot']],
  ['KillMode', ['mixed', 'control-group']],
] as const;

/**
 * Values of `[Service]` with which quadlet makes no service that runs podman.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertContainer` and `ConvertKube`.
 */
export function refusedService(service: SectionReader): readonly Diagnostic[] {
  return allowed.flatMap(([key, values]) => {
    const value = service.given(key);
    if (value === undefined || values.some((each) => each === value.written)) return [];
    const reason = `${key}=${value.written} in [Service] is neither ${values.join(' nor ')}`;
    return [
      diagnose('unit-refused', value.place, { reason, hint: `write ${key}=${values[0]}, or leave it out` }),
    ];
  });
}

/** Two ways to reload at once. Source: `handleExecReload`. */
export function refusedReload(container: SectionReader): readonly Diagnostic[] {
  const signal = container.single('ReloadSignal');
  const command = splitWords(container.last('ReloadCmd')?.written ?? '');
  if (signal === undefined || command.words.length === 0) return [];
  const reason = 'it has both ReloadCmd= and ReloadSignal=';
  return [diagnose('unit-refused', signal.place, { reason, hint: 'keep one of the two' })];
}
