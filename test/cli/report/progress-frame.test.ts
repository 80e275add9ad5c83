import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { progressFrame } from '../../../src/cli/report/progress-frame.js';
import { advance, noProgress, type ProgressState } from '../../../src/cli/report/progress-state.js';
import type { PullEvent } from '../../../src/model/events.js';

const plain = (_format: unknown, text: string) => text;
const error = { code: 'connection', kind: 'transient', message: 'connection reset', hint: null } as const;
const plan = {
  kind: 'plan',
  images: 8,
  toPull: 8,
  downloadBytes: 600e6,
  sharedBytesSaved: null,
} as const;
const [agent, logs, db] = ['quay.io/example/agent:1', 'quay.io/example/logs:2', 'quay.io/example/db:16'];

/** The state after events, each with the millisecond of its arrival. */
function after(events: readonly (readonly [number, PullEvent])[]): ProgressState {
  return events.reduce((state, [ms, event]) => advance(state, event, ms), noProgress);
}

function pulling(reference: string, megabytes: number, of: number | null, attempt = 1) {
  return [
    [0, { kind: 'start', reference, attempt, bytes: of === null ? null : of * 1e6 }],
    [4000, { kind: 'progress', reference, received: megabytes * 1e6, expected: null }],
  ] as const satisfies readonly (readonly [number, PullEvent])[];
}

function waiting(
  reference: string,
  leader: string | null,
  on: 'downloads' | 'podman' = 'downloads',
): readonly [number, PullEvent] {
  return [0, { kind: 'waiting', reference, for: leader, ...(leader === null ? { on } : {}) }];
}

function retrying(reference: string): readonly [number, PullEvent] {
  return [4000, { kind: 'retry', reference, attempt: 1, waitSeconds: 5, error }];
}

const many = Array.from({ length: 8 }, (_, index) => pulling(`quay.io/example/${index}:1`, 1, 2)).flat();
const digest = `quay.io/example/agent@sha256:${'0123456789abcdef'.repeat(4)}`;

test.each<{
  name: string;
  events: readonly (readonly [number, PullEvent])[];
  columns: number;
  rows: number;
  lines: readonly string[];
}>([
  {
    name: 'shows totals, and the bytes, rate and time of each image',
    events: [[0, plan], ...pulling(agent, 40, 60), ...pulling(logs, 8, 120, 2)],
    columns: 110,
    rows: 24,
    lines: [
      '[##............................]  0 of 8 images, 48.0 MB of 600 MB, 12.0 MB/s, about 0:46 left',
      'quay.io/example/agent:1  40.0 MB of 60.0 MB  10.0 MB/s  0:02 left',
      'quay.io/example/logs:2    8.0 MB of  120 MB   2.0 MB/s  0:56 left  attempt 2',
    ],
  },
  {
    name: 'marks what is no more than an estimate',
    events: [
      [0, plan],
      [0, { kind: 'start', reference: agent, attempt: 1, bytes: 60e6 }],
      [4000, { kind: 'progress', reference: agent, received: 40e6, expected: null, estimated: true }],
    ],
    columns: 110,
    rows: 24,
    lines: [
      '[##............................]  0 of 8 images, ~40.0 MB of 600 MB, 10.0 MB/s, about 0:56 left',
      'quay.io/example/agent:1  ~40.0 MB of 60.0 MB  10.0 MB/s  0:02 left',
    ],
  },
  {
    name: 'shortens names and drops numbers when the terminal is narrow',
    events: [[0, plan], ...pulling(agent, 40, 60), ...pulling(logs, 8, 120, 2)],
    columns: 50,
    rows: 24,
    lines: [
      '0 of 8 images, 48.0 MB of 600 MB, 12.0 MB/s',
      'quay.io/e...gent:1  40.0 MB of 60.0 MB  10.0 MB/s',
      'quay.io/e...logs:2   8.0 MB of  120 MB   2.0 MB/s',
    ],
  },
  {
    name: 'keeps to names when there is no room for a number',
    events: [[0, plan], ...pulling(agent, 40, 60)],
    columns: 30,
    rows: 24,
    lines: ['[..........]  0 of 8 images', 'quay.io/example/agent:1'],
  },
  {
    name: 'leaves out what depends on a total that is not known',
    events: [[0, { ...plan, downloadBytes: null }], ...pulling(agent, 40, null), ...pulling(logs, 20, 50)],
    columns: 80,
    rows: 24,
    lines: [
      '[..............................]  0 of 8 images, 60.0 MB, 15.0 MB/s',
      'quay.io/example/agent:1  40.0 MB             10.0 MB/s',
      'quay.io/example/logs:2   20.0 MB of 50.0 MB   5.0 MB/s  0:06 left',
    ],
  },
  {
    name: 'says which image another one waits for, below those that move',
    events: [[0, plan], waiting(db, agent), ...pulling(agent, 40, 60)],
    columns: 80,
    rows: 24,
    lines: [
      '[..........]  0 of 8 images, 40.0 MB of 600 MB, 10.0 MB/s, about 0:56 left',
      'quay.io/example/agent:1  40.0 MB of 60.0 MB  10.0 MB/s  0:02 left',
      'quay.io/example/db:16    waiting for quay.io/example/agent:1',
    ],
  },
  {
    name: 'counts the images whose turn has not come in one line, and says why',
    events: [
      [0, plan],
      ...pulling(agent, 40, 60),
      waiting(logs, null),
      waiting(db, null),
      waiting(digest, null, 'podman'),
    ],
    columns: 80,
    rows: 24,
    lines: [
      '[..........]  0 of 8 images, 40.0 MB of 600 MB, 10.0 MB/s, about 0:56 left',
      'quay.io/example/agent:1  40.0 MB of 60.0 MB  10.0 MB/s  0:02 left',
      '2 waiting until the downloads before are done, 1 waiting for a free podman',
    ],
  },
  {
    name: 'counts down to the next attempt',
    events: [[0, plan], ...pulling(agent, 40, 60), retrying(agent)],
    columns: 80,
    rows: 24,
    lines: [
      '[..........]  0 of 8 images, 40.0 MB of 600 MB, 10.0 MB/s, about 0:56 left',
      'quay.io/example/agent:1  attempt 2 in 0:05',
    ],
  },
  {
    name: 'says that an image is being stored when it is all here',
    events: [[0, plan], ...pulling(agent, 60, 60)],
    columns: 70,
    rows: 24,
    lines: [
      '0 of 8 images, 60.0 MB of 600 MB, 15.0 MB/s, about 0:36 left',
      'quay.io/example/agent:1  60.0 MB of 60.0 MB  15.0 MB/s  storing',
    ],
  },
  {
    name: 'counts the images for which there are no rows',
    events: [[0, plan], ...many, waiting(db, agent), waiting(logs, null)],
    columns: 60,
    rows: 5,
    lines: [
      '0 of 8 images, 8.0 MB of 600 MB, 2.0 MB/s, about 4:56 left',
      'quay.io/...le/0:1   1.0 MB of  2.0 MB   250 kB/s  0:04 left',
      'quay.io/...le/1:1   1.0 MB of  2.0 MB   250 kB/s  0:04 left',
      'and 7 more, 1 waiting until the downloads before are done',
    ],
  },
  {
    name: 'keeps to the totals when there is no row for more',
    events: [[0, plan], ...many],
    columns: 60,
    rows: 2,
    lines: ['0 of 8 images, 8.0 MB of 600 MB, 2.0 MB/s, about 4:56 left'],
  },
  {
    name: 'shows the first twelve digits of a digest, and control characters escaped',
    events: [[0, plan], waiting(digest, 'a\u001b[2Jb')],
    columns: 80,
    rows: 24,
    lines: [
      '[..............................]  0 of 8 images, 0 B of 600 MB',
      'quay.io/example/agent@sha256:0123456789ab  waiting for a\\x1b[2Jb',
    ],
  },
])('$name', ({ events, columns, rows, lines }) => {
  expect(progressFrame(after(events), { columns, rows }, 4000, plain)).toEqual(lines);
});

test('counts failures and never shows more received than expected', () => {
  const state = after([
    [0, { ...plan, downloadBytes: 10e6 }],
    ...pulling(agent, 40, 30),
    [4000, { kind: 'end', reference: db, state: 'failed', received: 0, seconds: 1, attempts: 1, error }],
  ]);
  expect(progressFrame(state, { columns: 110, rows: 24 }, 4000, plain)).toEqual([
    '[##############################]  1 of 8 images (1 failed), 40.0 MB of 40.0 MB, 10.0 MB/s',
    'quay.io/example/agent:1  40.0 MB of 40.0 MB  10.0 MB/s  storing',
  ]);
});

test('fits every size of terminal', () => {
  const names = [
    agent,
    digest,
    'docker-archive:/var/lib/画像/データベース.tar',
    'a',
    `r.io/${'long/'.repeat(30)}`,
  ];
  const kinds = ['pulling', 'unknown', 'follower', 'queued', 'retrying'] as const;
  const image = fc.record({ name: fc.constantFrom(...names), kind: fc.constantFrom(...kinds) });
  fc.assert(
    fc.property(
      fc.uniqueArray(image, { selector: ({ name }) => name }),
      fc.integer({ min: 2, max: 200 }),
      fc.integer({ min: 2, max: 12 }),
      (images, columns, rows) => {
        const events = images.flatMap(({ name, kind }) => {
          if (kind === 'follower') return [waiting(name, digest)];
          if (kind === 'queued') return [waiting(name, null)];
          const moving = pulling(name, 12.3, kind === 'unknown' ? null : 4567);
          return kind === 'retrying' ? [...moving, retrying(name)] : moving;
        });
        const lines = progressFrame(after([[0, plan], ...events]), { columns, rows }, 4000, plain);
        expect(lines.length).toBeLessThan(rows);
        for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns);
      },
    ),
  );
});
