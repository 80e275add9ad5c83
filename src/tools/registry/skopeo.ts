import { type Redact, redactForms } from '../../diagnostic/redact.js';
import type { PullOptions } from '../../model/bound-image.js';
import type { Failure } from '../../model/failure.js';
import { askedOnce } from '../../text/asked-once.js';
import { classify } from '../podman/classify.js';
import type { PullFiles } from '../podman/pull-command.js';
import { requireProgram } from '../process/find-program.js';
import { goRuntime } from '../process/go-runtime.js';
import { run, type Trace } from '../process/run.js';
import { requireVersion } from '../process/version.js';
import type { Failed, Found, FoundTags, FoundText } from './found.js';
import { manifestDigest } from './manifest-digest.js';
import { type Question, registriesArguments, skopeoCommand } from './skopeo-command.js';
import { parseTags } from './tags.js';

/**
 * skopeo: looks at a registry without pulling. Each call is one process. Names are `registry/repository`,
 * followed by `:tag` or `@digest` for an image.
 */
export interface Skopeo {
  /** The manifest, or the index, that `name` names; it has the digest in `name`, if there is one. */
  readonly manifest: Look<Found>;
  /** The config of the image that `name` names. */
  readonly config: Look<FoundText>;
  /** Every tag of the repository `name`. */
  readonly tags: Look<FoundTags>;
  /** Masks what registries say. */
  readonly redact: Redact;
}

type Look<T> = (
  name: string,
  options: Pick<PullOptions, 'tlsVerify'>,
  files: Pick<PullFiles, 'authfile' | 'certDir'>,
  signal: AbortSignal,
) => Promise<T | Failed>;

/** That of Debian 12, the oldest that is tested. */
const oldestSkopeo = '1.9.0';

/**
 * @param env variables on top of this process's own environment; the registries.conf of another HOME counts
 * @param redact masks what it says, which may repeat the credentials that it was given
 * @throws BoundImagesError `tool-missing` when there is no such program, `tool-too-old` from a call.
 */
export function findSkopeo(
  program: string,
  trace?: Trace,
  env: Readonly<Record<string, string>> = {},
  redact: Redact = redactForms,
): Skopeo {
  const path = requireProgram('skopeo', program);
  const registries = env.HOME === undefined ? registriesArguments(process.env) : [];
  const checked = askedOnce((signal) => requireVersion('skopeo', path, oldestSkopeo, { signal, trace }));

  function look<T>(question: Question, read: (stdout: string, name: string) => T | Failed): Look<T> {
    return async (name, options, files, signal) => {
      // Beside the first look: the start of a program is most of what either takes.
      const version = checked(signal);
      version.catch(() => undefined);
      const args = [...registries, ...skopeoCommand(question, name, options, files)];
      const result = await run(path, args, { env: { ...goRuntime(), ...env }, signal, trace });
      if (result.stopped) return { kind: 'failed', failure: noAnswer };
      try {
        await version;
      } catch (error) {
        if (signal.aborted) return { kind: 'failed', failure: noAnswer };
        throw error;
      }
      if (result.exitCode !== 0) return { kind: 'failed', failure: classify(result.stderr, redact) };
      return read(result.stdout, name);
    };
  }

  return {
    manifest: look('manifest', checkedManifest),
    config: look('config', (text): FoundText => ({ kind: 'found', text })),
    tags: look('tags', readTags),
    redact,
  };
}

/** Of a look that was stopped. */
export const noAnswer: Failure = {
  code: 'timeout',
  kind: 'transient',
  message: 'the registry did not answer in time',
  hint: null,
};

/** `skopeo inspect --raw` passes on whatever the registry answers, also under a digest. */
function checkedManifest(text: string, name: string): Found | Failed {
  const wanted = name.includes('@') ? name.slice(name.indexOf('@') + 1) : null;
  const digest = manifestDigest(text, wanted?.slice(0, wanted.indexOf(':')));
  if (wanted === null || digest === wanted) return { kind: 'found', text, digest };
  return corrupt(`the registry answered with ${digest} when asked for ${wanted}`);
}

function readTags(stdout: string): FoundTags | Failed {
  const tags = parseTags(stdout);
  return tags.kind === 'found'
    ? tags
    : corrupt(`the registry's list of tags cannot be read: ${tags.problem}`);
}

function corrupt(message: string): Failed {
  return { kind: 'failed', failure: { code: 'corrupt', kind: 'transient', message, hint: null } };
}
