import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newChunks } from '../../../src/tools/relay/chunks.js';
import { bytesOf } from './relay-rig.js';

test('chunks are the bytes that were appended, without the first of them', () => {
  const step = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ drop: fc.integer({ min: 0, max: 60 }) }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9 }),
      fc.array(step, { maxLength: 30 }),
      fc.nat(),
      (start, steps, most) => {
        const all = bytesOf(1000);
        const chunks = newChunks(start);
        let kept = start;
        for (const each of steps) {
          if ('append' in each) chunks.append(all.subarray(chunks.end, chunks.end + each.append));
          else {
            chunks.dropBefore(each.drop);
            // No chunk is cut in pieces.
            expect(chunks.start).toBeGreaterThanOrEqual(kept);
            expect(chunks.start).toBeLessThanOrEqual(Math.max(kept, each.drop));
            kept = chunks.start;
          }
        }
        for (let at = chunks.start; at < chunks.end; at += 1) {
          const bytes = Buffer.concat(chunks.from(at, most % 50 || 1));
          expect(bytes.length).toBeGreaterThan(0);
          expect(bytes.equals(all.subarray(at, at + bytes.length))).toBe(true);
          expect(Buffer.concat(chunks.from(at, 10_000)).length).toBe(chunks.end - at);
        }
      },
    ),
  );
});
