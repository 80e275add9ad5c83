import type { OnlineImage, OnlinePlatform } from '../../src/check/online.js';
import type { ReportedError } from '../../src/cli/report/error.js';
import type { Notice } from '../../src/cli/report/licenses.js';
import { schemaVersion as version } from '../../src/cli/report/schema-version.js';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import type { Place } from '../../src/diagnostic/place.js';
import type { UnlinkedUnit } from '../../src/fix/plan-links.js';
import type { Origin } from '../../src/model/events.js';
import type { PlannedLayer } from '../../src/model/plan.js';
import type {
  Acceptance,
  Receipt,
  ReceiptError,
  ReceiptImage,
  ReceiptPayload,
} from '../../src/model/receipt.js';
import { type DoctorLine, doctorTopics } from '../../src/operations/doctor-report.js';
import type { FileSystemSpace } from '../../src/plan/free-space.js';
import type { Expansion } from '../../src/plan/space.js';
import type { LockHolder } from '../../src/state/store-lock.js';
import {
  count,
  described,
  draft,
  either,
  flag,
  list,
  nullable,
  object,
  oneOf,
  type Schema,
  seconds,
  text,
} from './schema.js';

const schemaVersion = described(
  oneOf(version),
  'Changes when a field goes or changes its meaning, not when one comes.',
);

const place = {
  entry: described(nullable(text), 'The name of the entry in a bound-images directory.'),
  file: described(nullable(text), 'Inside the root, with a slash at its beginning.'),
  line: described(nullable(count), 'From 1.'),
  column: described(nullable(count), 'From 1.'),
};

const path = described(
  nullable(text),
  'Of the file on this host; null where there is none, and of a file of an image.',
);

const diagnostic = object<Diagnostic>({
  rule: described(text, 'Each rule has a page in contrib/docs/rules.'),
  severity: oneOf('error', 'warning', 'info'),
  ...place,
  path,
  message: text,
  hint: described(nullable(text), 'What to do about it.'),
  excerpt: described(nullable(text), 'The lines around the place, with a mark under it.'),
});
const diagnostics = list(diagnostic);

const problem = { message: text, hint: described(nullable(text), 'What to do next.') };
/** Codes may come with later versions. */
const failure = object<Pick<ReceiptError, 'code' | 'message' | 'hint'>>({ code: text, ...problem });

/** Texts by their names. */
const texts: Schema = { type: 'object', additionalProperties: text };

const digest = described(nullable(text), 'algorithm:hex; null where it is not known.');
const reference = described(text, 'What podman is asked for.');
const store = described(oneOf('podman', 'bootc'), 'Into which it goes: with --store bootc there are two.');
const lock = (...holders: readonly string[]) =>
  described(nullable(oneOf(...holders)), 'Who holds the finalization of the deployment.');

const listed = object({
  schemaVersion,
  root: text,
  images: list(
    object({
      kind: oneOf('image', 'artifact'),
      reference,
      sources: list(object<Place>({ ...place, path })),
      arguments: described(list(text), 'Of podman image pull, as quadlet would write them; secrets as ***.'),
      globalArguments: list(text),
      authfile: nullable(
        object({ path: text, root: oneOf('new', 'current'), from: oneOf('entry', 'pull-secret') }),
      ),
      payloads: described(
        list(
          object({
            path: described(nullable(text), 'In the image; null for an artifact.'),
            title: described(nullable(text), 'Of a layer of the artifact.'),
            mediaType: described(nullable(text), 'Of a layer of the artifact.'),
            as: described(text, 'Below the payload directory of the deployment.'),
            maxBytes: described(count, 'The most that it may have.'),
            mode: described(nullable(text), 'In octal; null where the image says it.'),
            digest: described(nullable(text), 'sha256:HEX of the file; null where nobody says it.'),
            source: object<Place>({ ...place, path }),
          }),
        ),
        'What of it the next boot needs as files.',
      ),
    }),
  ),
  diagnostics,
});

const checked = object(
  {
    schemaVersion,
    root: nullable(text),
    image: nullable(text),
    diagnostics,
    summary: object({ errors: count, warnings: count }),
    images: described(
      list(
        object<OnlineImage>({
          reference: text,
          digest,
          platforms: list(
            object<OnlinePlatform>({ platform: nullable(text), digest: text, bytes: nullable(count) }),
          ),
        }),
      ),
      'With --online: what the registries have.',
    ),
    lock: described(
      nullable(text),
      'With --lock: what it binds, for the label io.bound-images.lock; null where it is not sound.',
    ),
    dryRun: described(flag, 'With --fix.'),
    fixes: described(
      list(
        object({
          file: text,
          line: nullable(count),
          column: nullable(count),
          path,
          from: text,
          to: text,
        }),
      ),
      'With --fix.',
    ),
  },
  ['images', 'lock', 'dryRun', 'fixes'],
);

const storedProblem = nullable(
  object({ code: oneOf('damaged', 'no-platform', 'unproved'), message: text, hint: text }),
);

const planned = object({
  schemaVersion,
  root: text,
  images: list(
    object({
      reference,
      store,
      state: oneOf('present', 'missing', 'stale'),
      digest,
      layers: nullable(
        list(object<Omit<PlannedLayer, 'tocDigest'>>({ digest: text, size: count, present: flag })),
      ),
      startsAfter: list(text),
      problem: storedProblem,
      error: nullable(failure),
    }),
  ),
  totals: object({
    images: count,
    missing: count,
    layers: count,
    downloadBytes: count,
    sharedBytesSaved: count,
    unknown: described(count, 'Images whose layers are not in these sums.'),
  }),
  space: nullable(
    object({
      fileSystems: list(
        object<FileSystemSpace>({
          directories: list(text),
          neededBytes: count,
          isTemporary: flag,
          freeBytes: count,
          neededInodes: count,
          freeInodes: nullable(count),
        }),
      ),
      expansion: object<Expansion>({ factor: seconds, source: oneOf('store', 'default', 'none') }),
    }),
  ),
  diagnostics,
});

export const origins = list(
  object<Origin>({
    kind: oneOf('registry', 'mirror', 'kept'),
    name: described(nullable(text), 'host[:port]; null for what was kept.'),
    bytes: count,
  }),
);

const pulled = {
  root: text,
  images: list(
    object({
      reference,
      store,
      state: oneOf('present', 'pulled', 'failed'),
      digest,
      id: nullable(text),
      bytes: described(count, 'Received, over all attempts.'),
      attempts: count,
      seconds,
      error: nullable(failure),
    }),
  ),
  totals: object({ bytes: count, seconds }),
  origins,
  diagnostics,
};

const payload = {
  reference,
  path: described(nullable(text), 'In the image; null for an artifact.'),
  title: described(nullable(text), 'Of a layer of the artifact.'),
  mediaType: described(nullable(text), 'Of a layer of the artifact.'),
  as: described(text, 'Below the payload directory of the deployment.'),
};

/** Of runs that take payloads. */
const taken = list(
  object({
    ...payload,
    state: oneOf('present', 'taken', 'failed'),
    bytes: nullable(count),
    error: nullable(failure),
  }),
);

/** Of looks at payloads. */
const placed = list(
  object({
    ...payload,
    state: oneOf('present', 'missing'),
    bytes: nullable(count),
    problem: described(nullable(text), 'Why it is not there, a clause about it.'),
  }),
);

const { root: _, ...prefetched } = pulled;

const osImage = object({
  reference,
  digest,
  readFrom: described(nullable(oneOf('label', 'storage', 'layers')), 'How it was learned what it binds.'),
  bytes: described(count, 'Received for that from a registry.'),
});

const acceptance = nullable(object<Acceptance>({ references: list(reference), reason: text, at: text }));

const staged = {
  schemaVersion,
  deployment: nullable(text),
  state: oneOf('staged', 'failed', 'none'),
  finalizationLock: lock('released', 'ours', 'theirs'),
  error: nullable(failure),
  accepted: described(acceptance, 'What is missing, and was accepted to be.'),
};

const presence = object({
  reference,
  store,
  state: oneOf('present', 'missing'),
  digest,
  size: described(nullable(count), 'Unpacked, in bytes.'),
  platform: nullable(text),
  problem: storedProblem,
});

const receiptError = nullable(object<Omit<ReceiptError, 'reason'>>({ code: text, ...problem }));

const receipt = object<Receipt>({
  schemaVersion: oneOf(1),
  deployment: text,
  root: text,
  state: oneOf('checking', 'downloading', 'staged', 'failed'),
  startedAt: text,
  updatedAt: text,
  runs: count,
  finalizationLock: lock('ours', 'theirs'),
  bootId: text,
  images: list(
    object<ReceiptImage>({
      reference,
      store,
      state: oneOf('present', 'pulled', 'failed', 'missing'),
      digest,
      id: nullable(text),
      bytes: count,
      attempts: count,
      seconds,
      sources: list(object<Omit<Place, 'path'>>(place)),
      error: receiptError,
    }),
  ),
  payloads: list(
    object<ReceiptPayload>({
      reference,
      as: text,
      state: oneOf('present', 'taken', 'failed'),
      bytes: nullable(count),
      error: receiptError,
    }),
  ),
  error: receiptError,
  accepted: acceptance,
});

const status = object({
  schemaVersion,
  host: oneOf('bootc', 'rpm-ostree', 'ostree'),
  deployments: list(
    object({
      id: text,
      root: text,
      booted: flag,
      staged: flag,
      rollback: flag,
      pinned: flag,
      softReboot: described(flag, 'The next soft reboot boots it, whoever holds its finalization.'),
      finalizationLock: lock('ours', 'theirs'),
      images: list(presence),
      payloads: placed,
      receipt: nullable(receipt),
      error: nullable(text),
    }),
  ),
  keptParts: object({ layers: count, bytes: count }),
  leases: described(
    list(
      object({
        osImage: text,
        until: text,
        expired: described(flag, 'prune may remove the images, unless something else keeps them.'),
        images: list(object({ id: text, names: list(text), state: oneOf('present', 'missing') })),
      }),
    ),
    'What was prefetched.',
  ),
  busy: nullable(
    object({ holder: nullable(object<LockHolder>({ pid: count, command: text, since: text })) }),
  ),
  damaged: list(object({ file: text, message: text, hint: text })),
});

const pruned = object({
  schemaVersion,
  dryRun: flag,
  images: list(
    object({
      id: text,
      store,
      names: list(text),
      pulledAs: list(text),
      size: nullable(count),
      action: oneOf('remove', 'untag', 'bound', 'leased', 'used'),
      done: flag,
      error: nullable(text),
    }),
  ),
  parts: list(
    object({
      digest: text,
      store,
      bytes: count,
      changedAt: text,
      action: oneOf('remove', 'keep'),
      done: flag,
    }),
  ),
  payloads: list(
    object({ deployment: text, directory: text, bytes: count, action: oneOf('remove', 'keep'), done: flag }),
  ),
  error: nullable(failure),
});

const initiated = object({
  schemaVersion,
  root: text,
  made: described(flag, 'Whether the links were made: with --yes, and if there are any.'),
  links: list(
    object({
      file: described(text, 'The link, inside the root.'),
      target: described(text, 'The unit, inside the root.'),
      images: described(list(text), 'What it binds and nothing did.'),
    }),
  ),
  left: described(
    list(
      object<UnlinkedUnit>({
        unit: text,
        images: list(text),
        reason: oneOf('masked', 'invalid', 'name-taken'),
        ...problem,
      }),
    ),
    'Units whose images stay unbound.',
  ),
  diagnostics,
});

const explained = object({
  schemaVersion,
  rules: list(
    object(
      {
        rule: text,
        severity: oneOf('error', 'warning', 'info'),
        summary: described(text, 'What it finds, in one sentence; Markdown.'),
        uri: described(text, 'Of its page.'),
        page: described(text, 'Where one rule was asked for; Markdown.'),
      },
      ['page'],
    ),
  ),
});

const examined = object({
  schemaVersion,
  ready: described(flag, 'No line is an error.'),
  lines: list(
    object<Omit<DoctorLine, 'reason'>>({
      topic: oneOf(...doctorTopics),
      state: described(oneOf('ok', 'warning', 'error', 'unknown'), 'unknown: it could not be seen.'),
      ...problem,
      code: described(nullable(text), 'Of an error: why other commands would end.'),
    }),
  ),
});

const error = object({ schemaVersion, error: object<ReportedError>({ code: text, ...problem }) });

const results = {
  list: listed,
  check: checked,
  init: initiated,
  explain: explained,
  plan: planned,
  pull: object({ schemaVersion, ...pulled, payloads: taken }),
  prefetch: object({
    schemaVersion,
    ...prefetched,
    osImage,
    keptUntil: described(nullable(text), 'Until then prune keeps the images, whatever binds them.'),
    error: described(nullable(failure), 'Why it is not known what the OS image binds.'),
  }),
  extract: object({
    schemaVersion,
    reference,
    path: described(nullable(text), 'In the image; null where a layer was asked for.'),
    title: nullable(text),
    mediaType: nullable(text),
    imageDigest: described(
      nullable(text),
      'algorithm:hex of what the reference names; null where it has none.',
    ),
    readFrom: nullable(oneOf('storage', 'registry', 'archive')),
    bytesRead: described(count, 'Of layers, as they came, or of files.'),
    output: described(nullable(text), 'Where it is now.'),
    kind: nullable(oneOf('file', 'directory')),
    size: described(count, 'In bytes, of all files together.'),
    files: count,
    digest: described(nullable(text), 'sha256:hex of a file; null for a directory.'),
    error: nullable(failure),
  }),
  inspect: object({
    schemaVersion,
    reference,
    kind: nullable(oneOf('image', 'artifact', 'index')),
    readFrom: nullable(oneOf('storage', 'registry', 'archive')),
    digest: described(nullable(text), 'algorithm:hex of what the reference names; null where it has none.'),
    mediaType: nullable(text),
    artifactType: described(nullable(text), 'What an artifact says to be.'),
    annotations: described(texts, 'Of what is named, and of the manifest for the platform.'),
    labels: described(texts, 'Of the config of an image.'),
    platforms: list(
      object({
        platform: described(nullable(text), 'os/architecture[/variant]'),
        digest: nullable(text),
        size: described(nullable(count), 'Of the manifest, in bytes.'),
        artifactType: nullable(text),
        annotations: texts,
      }),
    ),
    manifest: described(
      nullable(object({ digest: nullable(text), platform: nullable(text) })),
      'That which was looked at; null where an index has none for the platform.',
    ),
    layers: described(
      list(object({ mediaType: text, digest: text, size: count, title: nullable(text), annotations: texts })),
      'Of an image, the base first.',
    ),
    candidates: described(
      list(
        object({
          title: nullable(text),
          mediaType: text,
          digest: text,
          size: count,
          looksLike: oneOf('extension', 'kernel', 'initramfs', 'uki', 'file'),
        }),
      ),
      'Layers that may be bound as payloads.',
    ),
    error: nullable(failure),
  }),
  stage: either(
    object({ ...staged, ...pulled, payloads: taken }),
    described(
      object({ ...staged, images: { ...pulled.images, maxItems: 0 }, payloads: { ...taken, maxItems: 0 } }),
      'Where nothing is staged.',
    ),
  ),
  gate: object({
    schemaVersion,
    deployment: nullable(text),
    root: nullable(text),
    images: list(presence),
    payloads: placed,
    finalizationLock: lock('ours', 'theirs'),
    softReboot: described(
      nullable(oneOf('prepared', 'cleared')),
      'Whether the next soft reboot boots it, or would have until an image was found missing.',
    ),
    accepted: described(acceptance, 'What is missing, and was accepted to be.'),
    diagnostics,
  }),
  status,
  prune: pruned,
  'link-payloads': object({
    schemaVersion,
    deployment: described(nullable(text), 'That is running; null where ostree has not booted the machine.'),
    directory: described(nullable(text), 'Where its payloads are; null where it has none.'),
    links: list(
      object({
        path: text,
        state: described(oneOf('linked', 'kept'), 'kept: something else of that name is there.'),
      }),
    ),
  }),
  doctor: examined,
  licenses: object({
    schemaVersion,
    packages: list(
      object<Notice>({
        name: text,
        version: text,
        license: described(text, 'An SPDX expression.'),
        text: described(text, 'The licence itself, with its notices.'),
      }),
    ),
  }),
} as const satisfies Record<string, Schema>;

export type Command = keyof typeof results;

/** What each command prints with `--format json`: its result, or why there is none. */
export function outputSchemas(): Readonly<Record<Command, Schema>> {
  const schemas = Object.entries(results).map(([command, result]) => [
    command,
    {
      $schema: draft,
      title: `bound-images ${command} --format json`,
      ...either(result, described(error, 'Where the run has ended before it had a result.')),
    },
  ]);
  return Object.fromEntries(schemas);
}
