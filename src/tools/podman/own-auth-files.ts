import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where podman and skopeo look for credentials when nobody names a file (containers-auth.json(5)). */
export function ownAuthFiles(env: NodeJS.ProcessEnv): readonly string[] {
  if (env.REGISTRY_AUTH_FILE) return [env.REGISTRY_AUTH_FILE];
  const home = env.HOME || homedir();
  const runtime = env.XDG_RUNTIME_DIR || `/run/containers/${process.getuid?.() ?? 0}`;
  return [
    join(runtime, 'containers/auth.json'),
    `/run/containers/${process.getuid?.() ?? 0}/auth.json`,
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json'),
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
  ];
}

/** An auth file of podman's own; `isLegacy` says that it is in the format of `~/.dockercfg`. */
export interface OwnAuthFile {
  readonly path: string;
  readonly isLegacy: boolean;
}

/**
 * The files in the order in which podman looks into them for an image. What the environment names takes the place of
 * all others, but not where podman asks for a list of tags.
 * Source: GetDefaultAuthFile in go.podman.io/common pkg/auth, and getAuthFilePaths in go.podman.io/image
 * pkg/docker/config.
 */
export function ownAuthFilesInOrder(
  env: NodeJS.ProcessEnv,
  uid: number,
  isForTags: boolean,
): readonly OwnAuthFile[] {
  const docker = env.DOCKER_CONFIG ? join(env.DOCKER_CONFIG, 'config.json') : undefined;
  const named = env.REGISTRY_AUTH_FILE || docker;
  const at = (path: string) => ({ path, isLegacy: false });
  if (named !== undefined && !isForTags) return [at(named)];
  const home = env.HOME || homedir();
  // A user's podman makes up its XDG_RUNTIME_DIR.
  const runtime = env.XDG_RUNTIME_DIR || (uid > 0 ? `/run/user/${uid}` : undefined);
  return [
    at(runtime === undefined ? `/run/containers/${uid}/auth.json` : join(runtime, 'containers/auth.json')),
    at(join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json')),
    at(docker ?? join(home, '.docker/config.json')),
    { path: join(home, '.dockercfg'), isLegacy: true },
  ];
}
