import { describe, expect, test } from 'vitest';
import type { ListedDeployment } from '../../../src/model/deployment.js';
import { clearSoftReboot } from '../../../src/tools/ostree/soft-reboot.js';

const { signal } = new AbortController();

function listed(digit: string, fields: Partial<ListedDeployment>): ListedDeployment {
  const name = { stateroot: 'os', checksum: digit.repeat(64), serial: 0 };
  const plain = {
    booted: false,
    staged: false,
    rollback: false,
    pinned: false,
    softReboot: false,
    locked: false,
  };
  return { ...name, ...plain, ...fields };
}

const next = `os-${'a'.repeat(64)}.0`;
const prepared = [listed('a', { staged: true, softReboot: true }), listed('b', { booted: true })];
const reset = 'ostree admin prepare-soft-reboot --reset';
const unmount = 'umount --recursive --lazy /run/nextroot';

/** @param works the command that unmounts it */
async function clear(deployments: readonly ListedDeployment[], works: string | undefined) {
  const calls: string[] = [];
  const cleared = clearSoftReboot(
    next,
    {
      list: async () => deployments,
      runAtInit: async (argv) => {
        calls.push(argv.join(' '));
      },
      isMounted: () => works === undefined || !calls.includes(works),
    },
    signal,
  );
  const [outcome] = await Promise.allSettled([cleared]);
  return { outcome, calls };
}

describe('a deployment that is prepared for a soft reboot', () => {
  test.each([
    { name: 'by libostree', works: reset, calls: [reset] },
    { name: 'where libostree is content with less', works: unmount, calls: [reset, unmount] },
  ])('is no longer: $name', async ({ works, calls }) => {
    expect(await clear(prepared, works)).toEqual({ outcome: { status: 'fulfilled', value: true }, calls });
  });

  test('is said to be so still, where nothing helps', async () => {
    const { outcome } = await clear(prepared, undefined);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'deployment' } });
  });

  test.each([
    { name: 'none is prepared', deployments: [listed('a', { staged: true }), listed('b', { booted: true })] },
    { name: 'another one is', deployments: [listed('c', { softReboot: true }), listed('a', {})] },
    { name: 'a soft reboot has booted it', deployments: [listed('a', { booted: true, softReboot: true })] },
  ])('is left alone where $name', async ({ deployments }) => {
    expect(await clear(deployments, undefined)).toEqual({
      outcome: { status: 'fulfilled', value: false },
      calls: [],
    });
  });
});
