import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unflushedMark } from '../../src/state/unflushed.js';
import { makeTree } from '../support/tree.js';

const none: ReadonlySet<string> = new Set();

/** The mark of a store, as each boot has it. */
function newStore() {
  const graphRoot = makeTree({});
  const inBoot = (boot: string) => unflushedMark(graphRoot, boot);
  /** Which of the layers are in doubt; null where none can be. */
  const doubtIn = (boot: string, ...layers: readonly string[]) => {
    const read = inBoot(boot).read();
    return read.kind === 'doubtful' ? layers.filter(read.isDoubtful) : null;
  };
  return { graphRoot, inBoot, doubtIn };
}

test('a store that nobody has marked is flushed', () => {
  expect(newStore().inBoot('one').read()).toEqual({ kind: 'flushed' });
});

describe('a store that a run has marked', () => {
  test('is not flushed for the rest of that boot', () => {
    const { inBoot } = newStore();
    inBoot('one').set(['a'], none);
    expect(inBoot('one').read()).toEqual({ kind: 'unflushed' });
  });

  test('is flushed once the mark is gone', () => {
    const { inBoot } = newStore();
    inBoot('one').set(['a'], none);
    inBoot('one').clear(['a', 'b'], none);
    expect(inBoot('one').read()).toEqual({ kind: 'flushed' });
    expect(inBoot('two').read()).toEqual({ kind: 'flushed' });
  });

  test('has layers in doubt in the next boot: those that it did not have before', () => {
    const { inBoot, doubtIn } = newStore();
    inBoot('one').set(['a', 'b'], none);
    expect(doubtIn('two', 'a', 'b', 'c', 'd')).toEqual(['c', 'd']);
  });

  test('that was killed leaves what it wrote unflushed to the next run', () => {
    const { inBoot, doubtIn } = newStore();
    inBoot('one').set(['a'], none);
    inBoot('one').set(['a', 'b'], none);
    expect(doubtIn('two', 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  test('that was proved in the next boot has what it had then', () => {
    const { inBoot, doubtIn } = newStore();
    inBoot('one').set(['a'], none);
    inBoot('two').set(['a', 'b'], none);
    expect(inBoot('two').read()).toEqual({ kind: 'unflushed' });
    expect(doubtIn('three', 'a', 'b', 'c')).toEqual(['c']);
  });
});

describe('what nobody could prove', () => {
  test('stays in doubt, in that boot and the next', () => {
    const { inBoot, doubtIn } = newStore();
    inBoot('two').set(['a', 'b'], new Set(['b']));
    expect(doubtIn('two', 'a', 'b', 'c')).toEqual(['b']);
    expect(doubtIn('three', 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  test('keeps the mark when all else is flushed', () => {
    const { inBoot, doubtIn } = newStore();
    inBoot('two').set(['a', 'b'], new Set(['b']));
    inBoot('two').clear(['a', 'b', 'c'], new Set(['b']));
    expect(doubtIn('two', 'a', 'b', 'c')).toEqual(['b']);
    expect(doubtIn('three', 'a', 'b', 'c')).toEqual(['b']);
  });
});

test.each(['', '{', '{"schemaVersion": 2}', '{"schemaVersion": 1, "bootId": 7}'])(
  'a mark that is %j puts every layer in doubt, and is replaced',
  (text) => {
    const { graphRoot, inBoot, doubtIn } = newStore();
    inBoot('one').set([], none);
    writeFileSync(join(graphRoot, 'bound-images/unflushed'), text);
    expect(doubtIn('one', 'a')).toEqual(['a']);
    inBoot('one').set(['a'], none);
    expect(doubtIn('two', 'a', 'b')).toEqual(['b']);
  },
);

test('a layer is in doubt after a power cut unless it was flushed, or proved, whatever has happened before', () => {
  const layer = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), layer }),
    fc.constant({ kind: 'kill' as const }),
    fc.constant({ kind: 'finish' as const }),
    fc.constant({ kind: 'cut' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const { inBoot, doubtIn } = newStore();
      let boot = 0;
      let isRunning = false;
      const listed = new Set<string>();
      const durable = new Set<string>();
      const begin = () => {
        if (isRunning) return;
        const read = inBoot(`${boot}`).read();
        // What is in doubt is proved from the disk, where it is, before anything else is done.
        if (read.kind === 'doubtful') for (const each of listed) if (read.isDoubtful(each)) durable.add(each);
        inBoot(`${boot}`).set(listed, none);
        isRunning = true;
      };
      for (const each of steps) {
        if (each.kind === 'kill') isRunning = false;
        else if (each.kind === 'cut') {
          boot += 1;
          isRunning = false;
          for (const one of listed) {
            const inDoubt = doubtIn(`${boot}`, one)?.includes(one) ?? false;
            if (!durable.has(one)) expect(inDoubt).toBe(true);
          }
        } else {
          begin();
          if (each.kind === 'write') listed.add(each.layer);
          else {
            for (const one of listed) durable.add(one);
            inBoot(`${boot}`).clear(listed, none);
            isRunning = false;
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});
