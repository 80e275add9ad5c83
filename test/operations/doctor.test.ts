import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { doctorText, doctorJson as print } from '../../src/cli/report/doctor.js';
import type { Deployment } from '../../src/model/deployment.js';
import { BoundImagesError } from '../../src/model/error.js';
import { doctor } from '../../src/operations/doctor.js';
import type { DoctorLine, DoctorPorts } from '../../src/operations/doctor-report.js';
import type { UnitState } from '../../src/tools/systemd/systemd.js';
import { validated } from '../support/schemas.js';

const doctorJson = validated('doctor', print);
const minFree = 1024 ** 2;

const off: UnitState = { isLoaded: true, fileState: 'disabled', isActive: false, dropIns: [], programs: [] };
const on: UnitState = { ...off, fileState: 'enabled', isActive: true };
const gate: UnitState = { ...on, programs: ['/usr/bin/bound-images', '/bin/sh'] };

const booted: Deployment = {
  stateroot: 'os',
  checksum: 'a'.repeat(64),
  serial: 0,
  id: 'os-a.0',
  root: '/ostree/deploy/os/deploy/a.0',
  booted: true,
  staged: false,
  rollback: false,
  pinned: false,
  softReboot: false,
  heldBy: null,
};
const staged: Deployment = { ...booted, id: 'os-b.0', booted: false, staged: true };

const host = (...deployments: readonly Deployment[]): DoctorPorts['findHost'] =>
  (async () => ({ kind: 'bootc', deployments: async () => deployments })) as never;

const units =
  (more: Readonly<Record<string, UnitState>> = {}): DoctorPorts['units'] =>
  async () =>
    new Map(Object.entries({ 'bound-images-gate.service': gate, 'bound-images-prune.timer': on, ...more }));

/** A host of which everything is as it should be. */
const sound: DoctorPorts = {
  isRoot: true,
  environment: {},
  program: (name) => (name.startsWith('/') ? name : `/usr/bin/${name}`),
  version: async () => '5.4.1',
  store: async () => ({ version: '5.4.1', driver: 'overlay', graphRoot: '/var/lib/containers/storage' }),
  worker: () => ({ kind: 'none' }),
  space: () => ({ freeBytes: 1024 ** 3, freeInodes: null }),
  temporary: '/var/tmp',
  stateDirectory: '/var/lib/bound-images',
  isWritable: () => true,
  findHost: host(booted),
  units: units(),
  isClockSynchronized: async () => true,
  hasAuthorities: () => true,
  file: () => 'missing',
};

async function examined(ports: Partial<DoctorPorts>) {
  const signal = new AbortController().signal;
  const report = await doctor({ minFree, signal }, { ...sound, ...ports });
  doctorJson(report);
  return report;
}

/** `state topic: message | hint` of what is not as it should be. */
const shown = (lines: readonly DoctorLine[]) =>
  lines.flatMap(({ state, topic, message, hint }) =>
    state === 'ok' ? [] : `${state} ${topic}: ${message}${hint === null ? '' : ` | ${hint}`}`,
  );

const asRoot = 'run it again as root';
const store = '/var/lib/containers/storage';
const failed = (code: 'store' | 'deployment') => async () => {
  throw new BoundImagesError(code, `no ${code}`, { hint: 'look' });
};

test('a host where all is well is ready', async () => {
  const { ready, lines } = await examined({});
  expect(shown(lines)).toEqual([]);
  expect(ready).toBe(true);
});

describe('a host is not ready', () => {
  test.each<{ name: string; ports: Partial<DoctorPorts>; lines: readonly string[]; code: string }>([
    {
      name: 'without podman',
      ports: {
        program: (name) => (name === 'podman' ? undefined : `/usr/bin/${name}`),
        store: failed('store'),
      },
      lines: ['error tools: the program podman is missing | install the package podman'],
      code: 'tool-missing',
    },
    {
      name: 'with an old podman',
      ports: { version: async (path) => (path === '/usr/bin/podman' ? '4.2.9' : '1.0') },
      lines: [
        'error tools: /usr/bin/podman is 4.2.9, and podman 4.3.0 or newer is needed | install a newer package podman',
      ],
      code: 'tool-too-old',
    },
    {
      name: 'with a store that cannot be read',
      ports: { store: failed('store') },
      lines: ['error store: no store | look'],
      code: 'store',
    },
    {
      name: 'with a full disk',
      ports: { space: () => ({ freeBytes: 1000, freeInodes: null }) },
      lines: [
        `error disk: 1.0 kB free for the store, ${store}, and 1M are to stay free | make room: prune what no deployment binds any more, then unused images with podman image prune`,
        'error disk: 1.0 kB free for temporary files, /var/tmp, and 1M are to stay free | make room there, or set TMPDIR to a directory with room',
      ],
      code: 'store',
    },
    {
      name: 'without a place for receipts',
      ports: { isWritable: () => false },
      lines: [
        'error disk: /var/lib/bound-images cannot be written, and receipts are to lie there | make it writable, or name another',
      ],
      code: 'state',
    },
    {
      name: 'that ostree has not booted',
      ports: { findHost: async () => undefined },
      lines: [
        'error deployments: this machine was not booted by ostree | pull works on a mounted root, without one',
      ],
      code: 'unsupported-host',
    },
    {
      name: 'whose deployments cannot be told',
      ports: { findHost: failed('deployment') },
      lines: ['error deployments: no deployment | look'],
      code: 'deployment',
    },
    {
      name: 'whose units start a program that is missing',
      ports: { program: (name) => (name === '/usr/bin/bound-images' ? undefined : name) },
      lines: [
        'error units: bound-images-gate.service starts /usr/bin/bound-images, which is missing | install the program there, or the units that name where it is',
      ],
      code: 'tool-missing',
    },
  ])('$name', async ({ ports, lines, code }) => {
    const report = await examined(ports);
    expect(shown(report.lines)).toEqual(lines);
    expect(report.ready).toBe(false);
    expect(report.lines.flatMap((line) => line.code ?? [])[0]).toBe(code);
  });
});

describe('a host is ready, with a warning,', () => {
  const hold = 'a reboot may come before the images are there';
  const updater = 'bootc-fetch-apply-updates';
  test.each<{ name: string; ports: Partial<DoctorPorts>; lines: readonly (string | RegExp)[] }>([
    {
      name: 'whose gate is not installed',
      ports: { units: units({ 'bound-images-gate.service': { ...off, isLoaded: false } }) },
      lines: [
        `warning units: bound-images-gate.service is not installed: ${hold} | install the units of contrib/systemd`,
      ],
    },
    {
      name: 'whose gate is disabled, and an updater is not',
      ports: { units: units({ 'bound-images-gate.service': off, [`${updater}.timer`]: on }) },
      lines: [
        `warning units: bound-images-gate.service is disabled: ${hold} | systemctl enable --now bound-images-gate.service`,
        `warning updaters: ${updater}.timer is enabled, and does not wait for the images | install the drop-in for ${updater}.service of contrib/systemd, and enable bound-images-gate.service`,
      ],
    },
    {
      name: 'whose gate has not been started',
      ports: { units: units({ 'bound-images-gate.service': { ...gate, isActive: false } }) },
      lines: [
        `warning units: bound-images-gate.service is not active: ${hold} | systemctl start bound-images-gate.service`,
      ],
    },
    {
      name: 'where images that nothing needs stay',
      ports: { units: units({ 'bound-images-prune.timer': off }) },
      lines: [
        'warning units: bound-images-prune.timer is not enabled: images that nothing needs stay | systemctl enable --now bound-images-prune.timer, or remove them by hand',
      ],
    },
    {
      name: 'with an incomplete deployment',
      ports: { findHost: host({ ...staged, heldBy: 'ours' }, booted) },
      lines: [
        'warning deployments: os-b.0 is staged, and held by bound-images: not all of its images are there | complete it',
      ],
    },
    {
      name: 'with one that someone holds',
      ports: { findHost: host({ ...staged, heldBy: 'theirs' }, booted) },
      lines: [
        'warning deployments: os-b.0 is staged, and held by someone else | it boots once they release it',
      ],
    },
    {
      name: 'while another run is at work',
      ports: {
        worker: () => ({ kind: 'busy', holder: { pid: 7, command: 'bound-images pull', since: 'now' } }),
      },
      lines: [
        `warning store: overlay in ${store}: process 7, “bound-images pull”, works on it | wait for it; other runs end with status 75 meanwhile`,
      ],
    },
    {
      name: 'whose clock is not synchronized, and that believes nobody',
      ports: { isClockSynchronized: async () => false, hasAuthorities: () => false },
      lines: [
        'warning clock: not synchronized: if it is wrong, no certificate of a registry is valid | switch it on with “timedatectl set-ntp true”, or see why there is no answer',
        'warning network: no authorities of certificates are there: no registry can prove who it is | install the package ca-certificates, or set SSL_CERT_FILE',
      ],
    },
    {
      name: 'whose units have no proxy, and secrets are not shown',
      ports: { environment: { HTTPS_PROXY: 'http://me:hunter22@proxy.example:3128', http_proxy: 'you@p:1' } },
      lines: [
        'warning network: HTTPS_PROXY=http://***@proxy.example:3128 HTTP_PROXY=***@p:1, and the units have none | write the same into /etc/bound-images/environment',
      ],
    },
    {
      name: 'with little room',
      ports: {
        space: (path) => ({ freeBytes: path === '/var/tmp' ? 2 * minFree : 1024 ** 3, freeInodes: 5 }),
      },
      lines: [
        'warning disk: 2.1 MB free for temporary files, /var/tmp | make room there, or set TMPDIR to a directory with room',
      ],
    },
  ])('$name', async ({ ports, lines }) => {
    const report = await examined(ports);
    expect(shown(report.lines)).toEqual(lines);
    expect(report.ready).toBe(true);
  });
});

test.each<{ name: string; ports: Partial<DoctorPorts>; said: string }>([
  {
    name: 'an updater that waits',
    ports: {
      units: units({
        'rpm-ostreed-automatic.timer': on,
        'rpm-ostreed-automatic.service': {
          ...off,
          dropIns: ['/usr/lib/systemd/system/rpm-ostreed-automatic.service.d/50-bound-images.conf'],
        },
      }),
    },
    said: 'rpm-ostreed-automatic.timer is enabled, and waits for the images',
  },
  {
    name: 'an updater behind the gate',
    ports: { units: units({ 'zincati.service': on }) },
    said: 'zincati.service is enabled; the gate holds what is not complete',
  },
  {
    name: 'what boots next',
    ports: { findHost: host(staged, booted) },
    said: 'os-b.0 is staged, and boots next',
  },
  {
    name: 'what a soft reboot starts next',
    ports: { findHost: host({ ...staged, softReboot: true }, booted) },
    said: 'os-b.0 is staged, and boots next, also by a soft reboot',
  },
  {
    name: 'a deployment that was not staged, and that a soft reboot starts next',
    ports: { findHost: host(booted, { ...booted, id: 'os-c.0', booted: false, softReboot: true }) },
    said: 'os-c.0 is what the next soft reboot starts',
  },
  {
    name: 'a proxy that the units have, too',
    ports: { environment: { HTTPS_PROXY: 'http://p:1' }, file: () => 'HTTPS_PROXY=http://p:1\n' },
    said: 'HTTPS_PROXY=http://p:1, and so have the units',
  },
  {
    name: 'a pull secret',
    ports: { file: (path) => (path === '/etc/ostree/auth.json' ? '{}' : 'missing') },
    said: 'global pull secret /etc/ostree/auth.json',
  },
])('$name is as it should be', async ({ ports, said }) => {
  const report = await examined(ports);
  expect(shown(report.lines)).toEqual([]);
  expect(report.lines.map(({ message }) => message)).toContain(said);
});

test('without root, what cannot be seen is no error', async () => {
  const report = await examined({
    isRoot: false,
    isWritable: () => false,
    findHost: failed('deployment'),
    units: async () => undefined,
    isClockSynchronized: async () => undefined,
    environment: { HTTPS_PROXY: 'http://p:1' },
    file: () => 'unreadable',
  });
  expect(report.ready).toBe(true);
  expect(shown(report.lines)).toEqual([
    `unknown store: overlay in ${store} is that of this user; the one of root was not seen | ${asRoot}`,
    `unknown disk: /var/lib/bound-images cannot be written, and receipts are to lie there | ${asRoot}`,
    `unknown deployments: no deployment | ${asRoot}`,
    'unknown units: systemd has not said which units there are',
    'unknown clock: whether the clock is synchronized is not known | see what “timedatectl” says',
    `unknown network: HTTPS_PROXY=http://p:1; /etc/bound-images/environment cannot be read | ${asRoot}`,
  ]);
});

test('a tool that does not answer is not waited for', async () => {
  vi.useFakeTimers();
  try {
    const never: DoctorPorts['store'] = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const report = examined({ store: never });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(shown((await report).lines)).toEqual(['unknown store: podman has not answered in 5 seconds']);
  } finally {
    vi.useRealTimers();
  }
});

test('who stops it gets no report', async () => {
  const stop = new AbortController();
  const units: DoctorPorts['units'] = async () => {
    stop.abort(new Error('enough'));
    throw stop.signal.reason;
  };
  await expect(doctor({ minFree, signal: stop.signal }, { ...sound, units })).rejects.toThrow('enough');
});

test('the report has the words of the command line', async () => {
  const { lines, ready } = await examined({ findHost: host({ ...staged, heldBy: 'ours' }, booted) });
  expect(doctorJson({ lines, ready })).toMatchObject({
    lines: expect.arrayContaining([expect.objectContaining({ hint: 'run bound-images stage' })]),
  });
});

test('the report is one screen, and quiet has only what is to be done', async () => {
  const stream = new PassThrough() as never;
  const report = await examined({ isClockSynchronized: async () => false });
  expect(doctorText(report, false, stream).split('\n').length).toBeLessThan(24);
  expect(doctorText(report, true, stream)).toBe(
    `clock        warning  not synchronized: if it is wrong, no certificate of a registry is valid
                      hint: switch it on with “timedatectl set-ntp true”, or see why there is no answer
ready: 0 errors, 1 warning
`,
  );
});
