import { resolve } from 'node:path';
import type { PullOptions } from '../../model/bound-image.js';
import type { PullFiles } from '../podman/pull-command.js';

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

/**
 * The arguments that make skopeo read the registries.conf which podman reads: that of a variable, which skopeo does
 * not know. Source: setRegistriesConfPath in go.podman.io/common libimage/runtime.go.
 */
export function registriesArguments(env: NodeJS.ProcessEnv): readonly string[] {
  const path = env.CONTAINERS_REGISTRIES_CONF ?? env.REGISTRIES_CONFIG_PATH;
  return path ? ['--registries-conf', resolve(path)] : [];
}
