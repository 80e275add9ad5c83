import { setMaxListeners } from 'node:events';
import { isPrepared } from '../model/deployment.js';
import { hold, type Target } from './target.js';

/**
 * Does a task for a staged deployment. What is staged in its place meanwhile is held as soon as it is there, and then
 * the task is told to stop. `replaced` whatever it came to, once another one was staged, or none. When it is prepared for
 * a soft reboot, `whenPrepared` is called, any number of times.
 */
export async function whileStaged<T>(
  { id, staged }: Target,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
  whenPrepared: () => Promise<unknown> = async () => undefined,
): Promise<T | 'replaced'> {
  if (staged === undefined) return task(signal);
  const { host } = staged;
  const replaced = new AbortController();
  const seen = new Set([id]);
  const look = async () => {
    // Stopped or not, what is staged has to be held.
    const deployments = await host.deployments(new AbortController().signal);
    const now = deployments.find((deployment) => deployment.staged);
    if (now?.id === id) {
      if (isPrepared(now)) await whenPrepared();
      return;
    }
    try {
      if (now === undefined || seen.has(now.id)) return;
      seen.add(now.id);
      await hold({ id: now.id, staged: { host, deployment: now } });
    } finally {
      replaced.abort();
    }
  };
  // One look at a time. What it cannot do is done, or said, by whoever goes on with what is staged.
  let looks = Promise.resolve();
  const lookNext = () => {
    looks = looks.then(look).catch(() => undefined);
  };
  const close = host.watch(lookNext);
  // For what was staged before the watch began.
  lookNext();
  const stop = AbortSignal.any([signal, replaced.signal]);
  // As many as there are processes.
  setMaxListeners(0, stop);
  const done = await task(stop).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  close();
  await looks;
  if (replaced.signal.aborted) return 'replaced';
  if ('error' in done) throw done.error;
  return done.value;
}
