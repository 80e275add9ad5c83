import { printable } from '../text/printable.js';
import type { UnitState } from '../tools/systemd/systemd.js';
import { bad, type DoctorLine, type DoctorPorts, good, unseen, warn } from './doctor-report.js';

const gate = 'bound-images-gate.service';
const stage = 'bound-images-stage.path';
const prune = 'bound-images-prune.timer';

/** Those that are in the package, and the services that two of them start. */
const own = [
  ...[gate, stage, 'bound-images-stage.service', prune, 'bound-images-prune.service'],
  'bound-images-payloads.service',
];

/** Who else updates a host: what starts them, the service that does, and whether a drop-in of ours is for it. */
const updaters = [
  { starts: 'rpm-ostreed-automatic.timer', service: 'rpm-ostreed-automatic.service', hasDropIn: true },
  {
    starts: 'bootc-fetch-apply-updates.timer',
    service: 'bootc-fetch-apply-updates.service',
    hasDropIn: true,
  },
  { starts: 'zincati.service', service: 'zincati.service', hasDropIn: false },
  { starts: 'uupd.timer', service: 'uupd.service', hasDropIn: false },
] as const;

/** Every unit that is asked for. */
export const unitNames: readonly string[] = [
  ...new Set([...own, ...updaters.flatMap(({ starts, service }) => [starts, service])]),
];

type Units = ReadonlyMap<string, UnitState> | undefined;

/** Our own units: whether they are there, are to start, and find the program. */
export function unitLines({ program }: Pick<DoctorPorts, 'program'>, units: Units): readonly DoctorLine[] {
  if (units === undefined) return [unseen('units', 'systemd has not said which units there are', null)];
  const lost = own.flatMap((name) => {
    const paths = units.get(name)?.programs ?? [];
    const missing = paths.find((path) => path.startsWith('/') && program(path) === undefined);
    if (missing === undefined) return [];
    const message = `${name} starts ${printable(missing)}, which is missing`;
    return [
      bad('units', message, 'install the program there, or the units that name where it is', 'tool-missing'),
    ];
  });
  const stageState = units.get(stage);
  return [
    ...lost,
    gateLine(units.get(gate)),
    ...(stageState?.isLoaded && stageState.fileState === 'enabled'
      ? [good('units', `${stage} is enabled: what is staged is completed`)]
      : []),
    pruneLine(units.get(prune)),
  ];
}

function gateLine(state: UnitState | undefined): DoctorLine {
  const risk = 'a reboot may come before the images are there';
  if (!state?.isLoaded) {
    return warn('units', `${gate} is not installed: ${risk}`, 'install the units of contrib/systemd');
  }
  if (state.fileState !== 'enabled') {
    return warn('units', `${gate} is ${state.fileState}: ${risk}`, `systemctl enable --now ${gate}`);
  }
  // It does its work when it is stopped.
  if (!state.isActive) return warn('units', `${gate} is not active: ${risk}`, `systemctl start ${gate}`);
  return good('units', `${gate} is active`);
}

function pruneLine(state: UnitState | undefined): DoctorLine {
  if (state?.isLoaded && state.fileState === 'enabled') return good('units', `${prune} is enabled`);
  const message = `${prune} is not enabled: images that nothing needs stay`;
  return warn('units', message, `systemctl enable --now ${prune}, or remove them by hand`);
}

/** Who else stages deployments, and whether those wait for their images. */
export function updaterLines(units: Units): readonly DoctorLine[] {
  if (units === undefined) return [];
  const isGuarded = units.get(gate)?.isActive ?? false;
  const running = updaters.filter(({ starts }) => {
    const state = units.get(starts);
    return state?.isLoaded && (state.isActive || state.fileState === 'enabled');
  });
  if (running.length === 0) return [good('updaters', 'no updater is enabled')];
  return running.map(({ starts, service, hasDropIn }) => {
    const dropIns = units.get(service)?.dropIns ?? [];
    if (dropIns.some((path) => path.endsWith('/50-bound-images.conf')))
      return good('updaters', `${starts} is enabled, and waits for the images`);
    if (isGuarded) return good('updaters', `${starts} is enabled; the gate holds what is not complete`);
    return warn(
      'updaters',
      `${starts} is enabled, and does not wait for the images`,
      hasDropIn
        ? `install the drop-in for ${service} of contrib/systemd, and enable ${gate}`
        : `enable ${gate} and ${stage}`,
    );
  });
}
