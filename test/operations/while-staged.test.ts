import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/model/deployment.js';
import { BoundImagesError } from '../../src/model/error.js';
import type { HoldOutcome } from '../../src/model/ports.js';
import { whileStaged } from '../../src/operations/while-staged.js';
import { stagedDeployment } from './deployments.js';

/** A host on which other deployments are staged; each of them can be held, unless `holds` says otherwise. */
function hostWith(holds: () => HoldOutcome = () => 'ours') {
  let staged: Deployment | undefined = stagedDeployment('a');
  const watchers = new Set<() => void>();
  const calls: string[] = [];
  let isSilent = false;
  const host = {
    kind: 'ostree' as const,
    deployments: async (stop: AbortSignal) => {
      stop.throwIfAborted();
      if (isSilent) throw new BoundImagesError('deployment', 'ostree does not answer');
      return staged === undefined ? [] : [staged];
    },
    hold: async ({ id }: Pick<Deployment, 'id'>) => {
      await new Promise(setImmediate);
      calls.push(`hold ${id}`);
      return holds();
    },
    release: async () => 'released' as const,
    clearSoftReboot: async () => false,
    watch: (onChange: () => void) => {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
  };
  const own = { host, deployment: staged };
  const target = { id: staged.id, root: staged.root, own, staged: own };
  const set = (next: Deployment | undefined) => {
    staged = next;
    for (const watcher of watchers) watcher();
  };
  return {
    target,
    calls,
    watchers,
    stage: (name: string) => set(stagedDeployment(name)),
    drop: () => set(undefined),
    prepare: () => set({ ...stagedDeployment('a'), softReboot: true }),
    fallSilent: () => {
      isSilent = true;
    },
  };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5));
const { signal } = new AbortController();

describe('a task for what is staged', () => {
  test('comes to what it comes to while nothing changes', async () => {
    const { target, calls, watchers } = hostWith();
    expect(await whileStaged(target, signal, async () => 'done')).toBe('done');
    await expect(whileStaged(target, signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(calls).toEqual([]);
    expect(watchers.size).toBe(0);
  });

  test('is told to stop once another one is staged, which is held before', async () => {
    const { target, calls, stage } = hostWith();
    const seen: string[][] = [];
    const ended = whileStaged(target, signal, async (stop) => {
      stage('b');
      await new Promise((resolve) => stop.addEventListener('abort', resolve));
      seen.push([...calls]);
      return 'done';
    });
    expect(await ended).toBe('replaced');
    expect(seen).toEqual([['hold os-b.0']]);
  });

  test.each([
    { name: 'has ended well', task: async () => 'done' },
    { name: 'has failed', task: () => Promise.reject(new Error('no')) },
  ])('that $name is in vain once another one was staged, or none', async ({ task }) => {
    for (const change of ['stage', 'drop'] as const) {
      const world = hostWith();
      const ended = whileStaged(world.target, signal, () => {
        world[change]('b');
        return task();
      });
      expect(await ended).toBe('replaced');
      expect(world.calls).toEqual(change === 'stage' ? ['hold os-b.0'] : []);
    }
  });

  test('finds what was staged before it began to watch', async () => {
    const { target, calls, stage } = hostWith();
    stage('b');
    expect(await whileStaged(target, signal, async () => 'done')).toBe('replaced');
    expect(calls).toEqual(['hold os-b.0']);
  });

  test('holds each that comes, and each once', async () => {
    const { target, calls, stage } = hostWith();
    await whileStaged(target, signal, async () => {
      for (const name of ['b', 'b', 'c', 'b']) {
        stage(name);
        await turns();
      }
    });
    expect(calls).toEqual(['hold os-b.0', 'hold os-c.0']);
  });

  test('is told to stop also where the other one cannot be held', async () => {
    const { target, stage } = hostWith(() => {
      throw new BoundImagesError('deployment', 'ostree does not answer');
    });
    const ended = whileStaged(target, signal, async (stop) => {
      stage('b');
      await new Promise((resolve) => stop.addEventListener('abort', resolve));
    });
    expect(await ended).toBe('replaced');
  });

  test('goes on when it is prepared for a soft reboot, which is said', async () => {
    const { target, calls, prepare } = hostWith();
    const said: string[] = [];
    const ended = whileStaged(
      target,
      signal,
      async (stop) => {
        prepare();
        await turns();
        return stop.aborted;
      },
      async () => said.push('prepared'),
    );
    expect(await ended).toBe(false);
    expect(calls).toEqual([]);
    expect(said).toContain('prepared');
  });

  test('goes on where nobody says what is staged', async () => {
    const { target, stage, fallSilent } = hostWith();
    const ended = whileStaged(target, signal, async () => {
      fallSilent();
      stage('b');
      await turns();
      return 'done';
    });
    expect(await ended).toBe('done');
  });

  test('is told to stop with the run, and watches until it has', async () => {
    const { target, calls, stage } = hostWith();
    const stop = new AbortController();
    const ended = whileStaged(target, stop.signal, async (told) => {
      stop.abort();
      expect(told.aborted).toBe(true);
      stage('b');
      await turns();
    });
    expect(await ended).toBe('replaced');
    expect(calls).toEqual(['hold os-b.0']);
  });

  test('needs no host for a root that is not staged', async () => {
    const target = { id: '/mnt/root', root: '/mnt/root', own: undefined, staged: undefined };
    expect(await whileStaged(target, signal, async (stop) => stop)).toBe(signal);
  });
});
