import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, found, openRig, type Rig } from './relay-rig.js';

/** A body that comes in pieces of these sizes, again and again, and is cut after so many bytes; `null`: not at all. */
function pieces(bytes: Buffer, sizes: readonly number[], cutAfter: number | null): Readable {
  let [at, turn] = [0, 0];
  return new Readable({
    read() {
      setImmediate(() => {
        if (cutAfter !== null && at >= cutAfter) return void this.destroy(new Error('cut'));
        const piece = Buffer.from(bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1)));
        at += piece.length;
        turn += 1;
        this.push(piece.length === 0 ? null : piece);
      });
    },
  });
}

/** Reads a blob as podman does from 5.4 on: where a connection is cut, it goes on behind what it has. */
async function readAll(rig: Rig, digest: string, startsAt: number): Promise<Buffer | number> {
  while (rig.relay.received(digest) < startsAt) await new Promise(setImmediate);
  const got: Buffer[] = [];
  const length = () => got.reduce((sum, piece) => sum + piece.length, 0);
  for (;;) {
    const at = length();
    const headers: Record<string, string> = at === 0 ? {} : { range: `bytes=${at}-` };
    const { status, response } = await rig.getBlob(digest, { headers });
    if (status >= 400) return status;
    response.on('data', (piece) => got.push(piece));
    await new Promise((resolve) => response.on('close', resolve));
    if (response.complete) return Buffer.concat(got);
  }
}

const size = fc.integer({ min: 1, max: 1_500_000 });

test('whatever is cut and whoever comes when, each reader gets exactly the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      size,
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 }).filter(isNotTiny),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
      fc.record({ isSizeKnown: fc.boolean(), isKept: fc.boolean(), knowsRanges: fc.boolean() }),
      async (length, sizes, cuts, starts, { isSizeKnown, isKept, knowsRanges }) => {
        const rig = await openRig();
        const bytes = bytesOf(length);
        const digest = rig.add(bytes, isSizeKnown ? {} : { size: null });
        for (const cut of cuts) {
          rig.answers.push(({ from }) => {
            const first = knowsRanges ? from : 0;
            const rest = bytes.subarray(first);
            return found(bytes, first, pieces(rest, sizes, Math.floor(cut * rest.length)));
          });
        }
        // What passes through memory is there for one reader, who comes first.
        const readers = (isKept ? starts : [0]).map((start) =>
          readAll(rig, digest, Math.floor(start * length)),
        );
        for (;;) {
          const { kind } = await rig.fetch(digest, { isKept });
          if (kind === 'complete') break;
        }
        for (const read of await Promise.all(readers)) {
          expect(typeof read === 'number' ? read : read.equals(bytes)).toBe(true);
        }
        await rig.relay.close();
      },
    ),
    { numRuns: 30 },
  );
});

function isNotTiny(sizes: readonly number[]): boolean {
  return Math.max(...sizes) > 10_000;
}
