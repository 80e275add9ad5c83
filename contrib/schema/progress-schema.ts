import { schemaVersion as version } from '../../src/cli/report/schema-version.js';
import type {
  EndEvent,
  PlanEvent,
  ProgressEvent,
  PullEvent,
  RetryEvent,
  StartEvent,
  SummaryEvent,
  WaitingEvent,
} from '../../src/model/events.js';
import type { FailureRecord } from '../../src/model/failure.js';
import { origins } from './output-schemas.js';
import {
  count,
  described,
  draft,
  either,
  flag,
  nullable,
  object,
  oneOf,
  type Schema,
  seconds,
  text,
} from './schema.js';

const stamp = { schemaVersion: oneOf(version), time: described(text, 'RFC 3339, in UTC.') };
type Stamped<T> = T & { readonly schemaVersion: number; readonly time: string };

const error = object<FailureRecord>({
  code: text,
  transient: described(flag, 'Trying again later may help.'),
  message: text,
  hint: nullable(text),
});

/** One for each kind of event. */
const events: { readonly [K in PullEvent['kind']]: Schema } = {
  plan: object<Stamped<PlanEvent>>({
    ...stamp,
    kind: oneOf('plan'),
    images: count,
    toPull: count,
    downloadBytes: nullable(count),
    sharedBytesSaved: nullable(count),
  }),
  waiting: object<Stamped<WaitingEvent>>(
    {
      ...stamp,
      kind: oneOf('waiting'),
      reference: text,
      for: described(
        nullable(text),
        'The image whose layers it waits for; null: it waits for something else.',
      ),
      on: described(
        oneOf('downloads', 'podman'),
        'What else: the downloads before it, or a podman that is free.',
      ),
    },
    ['on'],
  ),
  start: object<Stamped<StartEvent>>({
    ...stamp,
    kind: oneOf('start'),
    reference: text,
    attempt: count,
    bytes: nullable(count),
  }),
  progress: object<Stamped<ProgressEvent>>(
    {
      ...stamp,
      kind: oneOf('progress'),
      reference: text,
      received: count,
      expected: nullable(count),
      estimated: flag,
    },
    ['estimated'],
  ),
  retry: object<Stamped<RetryEvent>>({
    ...stamp,
    kind: oneOf('retry'),
    reference: text,
    attempt: count,
    waitSeconds: seconds,
    error,
  }),
  end: object<Stamped<EndEvent>>({
    ...stamp,
    kind: oneOf('end'),
    reference: text,
    state: oneOf('pulled', 'failed'),
    received: count,
    seconds,
    attempts: count,
    error: nullable(error),
  }),
  summary: object<Stamped<SummaryEvent>>({
    ...stamp,
    kind: oneOf('summary'),
    images: count,
    present: count,
    pulled: count,
    failed: count,
    bytes: count,
    origins,
    seconds,
    sharedBytesSaved: nullable(count),
  }),
};

/** One line of `--progress json`. */
export function progressSchema(): Schema {
  return {
    $schema: draft,
    title: 'bound-images --progress json, one line',
    ...either(
      ...Object.values(events),
      described(object({ ...stamp, kind: oneOf('note'), text }), 'A sentence for people, on stderr only.'),
    ),
  };
}
