import { pipeline, type Readable, Transform } from 'node:stream';
import type { Timer } from '../../../model/ports.js';
import type { RateLimit } from './rate-limit.js';

/** A body of which each piece comes when its time has come. Who reads or destroys it does so to the body. */
export function paced(body: Readable, limit: RateLimit, timer: Pick<Timer, 'sleep'>): Readable {
  const end = new AbortController();
  const slow = new Transform({
    // Beyond the one that waits nothing is read.
    writableHighWaterMark: 1,
    readableHighWaterMark: 1,
    transform(chunk: Buffer, _encoding, done) {
      void pass(chunk).then(() => done());
    },
  });
  async function pass(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !end.signal.aborted; at += limit.pieceBytes) {
      const piece = chunk.subarray(at, at + limit.pieceBytes);
      const waitMs = limit.take(piece.length);
      if (waitMs > 0) await timer.sleep(waitMs, end.signal);
      slow.push(piece);
    }
  }
  // Its own reader hears of errors.
  pipeline(body, slow, () => end.abort());
  return slow;
}
