import type { PullFiles } from '../podman/pull-command.js';
import type { PullOptions } from '../scan/bound-image.js';

/** What skopeo is asked for: a manifest or index, the config of an image, the tags of a repository. */
export type Question = 'manifest' | 'config' | 'tags';

const questions: Readonly<Record<Question, readonly string[]>> = {
  manifest: ['inspect', '--raw'],
  config: ['inspect', '--raw', '--config'],
  tags: ['list-tags'],
};

/** The arguments of one question about `name`, which is without a transport, with the access that a pull has. */
export function skopeoCommand(
  question: Question,
  name: string,
  options: Pick<PullOptions, 'tlsVerify'>,
  files: Pick<PullFiles, 'authfile' | 'certDir'>,
): readonly string[] {
  const args = [...questions[question]];
  if (files.authfile !== undefined) args.push(`--authfile=${files.authfile}`);
  if (files.certDir !== undefined) args.push(`--cert-dir=${files.certDir}`);
  if (options.tlsVerify !== undefined) args.push(`--tls-verify=${options.tlsVerify.value}`);
  return [...args, '--', `docker://${name}`];
}
