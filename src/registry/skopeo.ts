import { createHash } from 'node:crypto';
import { classify } from '../podman/classify.js';
import type { Failure } from '../podman/failure.js';
import type { PullFiles } from '../podman/pull-command.js';
import { requireProgram } from '../process/find-program.js';
import { run, type Trace } from '../process/run.js';
import { requireVersion } from '../process/version.js';
import type { RegistryReference } from '../reference/reference.js';
import { repositoryName } from '../reference/reference.js';
import type { PullOptions } from '../scan/bound-image.js';

export type Inspected =
  | { readonly kind: 'found'; readonly digest: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** skopeo: looks at a registry without pulling. */
export interface Skopeo {
  /** The digest of the manifest, or of the index, that a tag names now. */
  digest(
    reference: RegistryReference,
    options: PullOptions,
    files: PullFiles,
    signal: AbortSignal,
  ): Promise<Inspected>;
}

/** That of Debian 12, the oldest that is tested. */
const oldestSkopeo = '1.9.0';

/** @throws BoundImagesError `tool-missing` when there is no such program. */
export function findSkopeo(program: string, trace?: Trace): Skopeo {
  const path = requireProgram('skopeo', program);
  let checked: Promise<string> | undefined;
  return {
    digest: async (reference, options, files, signal) => {
      checked ??= requireVersion('skopeo', path, oldestSkopeo, { signal, trace });
      await checked;
      const result = await run(path, inspectCommand(reference, options, files), { signal, trace });
      if (result.stopped) return { kind: 'failed', failure: stoppedEarly };
      if (result.exitCode !== 0) return { kind: 'failed', failure: classify(result.stderr) };
      return { kind: 'found', digest: `sha256:${createHash('sha256').update(result.stdout).digest('hex')}` };
    },
  };
}

const stoppedEarly: Failure = {
  code: 'timeout',
  kind: 'transient',
  message: 'the registry did not answer in time',
};

/** The raw manifest: its digest is that of these bytes, and nothing more is asked of the registry. */
function inspectCommand(
  reference: RegistryReference,
  options: PullOptions,
  files: PullFiles,
): readonly string[] {
  const args = ['inspect', '--raw'];
  if (files.authfile !== undefined) args.push(`--authfile=${files.authfile}`);
  if (files.certDir !== undefined) args.push(`--cert-dir=${files.certDir}`);
  if (options.tlsVerify !== undefined) args.push(`--tls-verify=${options.tlsVerify.value}`);
  return [...args, '--', `docker://${repositoryName(reference)}:${reference.tag ?? 'latest'}`];
}
