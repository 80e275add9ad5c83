import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemTimer } from '../../../../src/pull/system-timer.js';
import { paced } from '../../../../src/tools/registry/client/paced.js';
import { newRateLimit } from '../../../../src/tools/registry/client/rate-limit.js';

const piece = () => Buffer.alloc(1000);

/** A body of four pieces, and the waits for them, which end when they are told to. */
function limited() {
  const taken: number[] = [];
  const waits: { readonly ms: number; readonly end: () => void; readonly signal: AbortSignal | undefined }[] =
    [];
  const body = Readable.from([piece(), piece(), piece(), piece()], { objectMode: false, highWaterMark: 1 });
  const slow = paced(
    body,
    { take: (bytes) => taken.push(bytes) * 10, pieceBytes: 1000 },
    { sleep: (ms, signal) => new Promise((end) => waits.push({ ms, end, signal })) },
  );
  return { body, slow, taken, waits };
}

test('each piece comes when its time has come, and no other is taken before', async () => {
  const { slow, taken, waits } = limited();
  const got: number[] = [];
  slow.on('data', (chunk: Buffer) => got.push(chunk.length));
  for (const count of [1, 2, 3, 4]) {
    while (waits.length < count) await sleep(1);
    await sleep(2);
    expect([taken.length, waits.length, got.length]).toEqual([count, count, count - 1]);
    expect(waits[count - 1]?.ms).toBe(count * 10);
    waits[count - 1]?.end();
  }
  await new Promise((resolve) => slow.on('end', resolve));
  expect(got).toEqual([1000, 1000, 1000, 1000]);
});

test('what came at once goes on in small pieces: nobody takes it for silent', async () => {
  const times: number[] = [];
  let nowMs = 0;
  const timer = {
    monotonicMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const slow = paced(Readable.from([Buffer.alloc(256 * 1024)]), newRateLimit(1024, timer), timer);
  slow.on('data', () => times.push(nowMs));
  await new Promise((resolve) => slow.on('end', resolve));
  const longest = Math.max(...times.map((time, at) => time - (times[at - 1] ?? 0)));
  expect([nowMs > 255_000, longest < 1000]).toEqual([true, true]);
});

test('who destroys it ends the body and the wait', async () => {
  const { body, slow, waits } = limited();
  slow.resume();
  while (waits.length === 0) await sleep(1);
  slow.destroy();
  await sleep(1);
  expect([body.destroyed, waits[0]?.signal?.aborted]).toEqual([true, true]);
  waits[0]?.end();
});

test('its reader hears that the body was cut', async () => {
  const body = new Readable({ read: () => undefined });
  body.push(piece());
  const slow = paced(body, { take: () => 0, pieceBytes: 1000 }, systemTimer);
  const error = new Promise((resolve) => slow.on('error', resolve));
  slow.resume();
  await sleep(1);
  body.destroy(new Error('cut'));
  expect(await error).toMatchObject({ message: 'cut' });
  expect(slow.readableEnded).toBe(false);
});
