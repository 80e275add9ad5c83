import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where podman looks for credentials when nobody names a file (containers-auth.json(5)). */
export function ownAuthFiles(env: NodeJS.ProcessEnv): readonly string[] {
  if (env.REGISTRY_AUTH_FILE) return [env.REGISTRY_AUTH_FILE];
  const home = env.HOME || homedir();
  const runtime = env.XDG_RUNTIME_DIR || `/run/containers/${process.getuid?.() ?? 0}`;
  return [
    join(runtime, 'containers/auth.json'),
    `/run/containers/${process.getuid?.() ?? 0}/auth.json`,
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json'),
    dockerConfig(env),
  ];
}

/** An auth file of podman's own; `isLegacy` says that it is in the format of `~/.dockercfg`. */
export interface OwnAuthFile {
  readonly path: string;
  readonly isLegacy: boolean;
}

/**
 * The files in the order in which podman looks into them for an image. What the environment names takes the place of
 * all others, but not where podman asks for a list of tags. `isNamedAlone` is false for podman before 4.4, which looks
 * into others behind a file that is named.
 * Source: GetDefaultAuthFile in go.podman.io/common pkg/auth, and getAuthFilePaths in go.podman.io/image
 * pkg/docker/config.
 */
export function ownAuthFilesInOrder(
  env: NodeJS.ProcessEnv,
  uid: number,
  { isForTags, isNamedAlone }: { readonly isForTags: boolean; readonly isNamedAlone: boolean },
): readonly OwnAuthFile[] {
  const named = env.REGISTRY_AUTH_FILE || (env.DOCKER_CONFIG ? dockerConfig(env) : undefined);
  if (named !== undefined && !isForTags)
    return [{ path: named, isLegacy: false }, ...(isNamedAlone ? [] : authFilesBehind(env))];
  // A user's podman makes up its XDG_RUNTIME_DIR.
  const runtime = env.XDG_RUNTIME_DIR || (uid > 0 ? `/run/user/${uid}` : undefined);
  const path =
    runtime === undefined ? `/run/containers/${uid}/auth.json` : join(runtime, 'containers/auth.json');
  return [{ path, isLegacy: false }, ...authFilesBehind(env)];
}

/** The files that outlive a boot. */
export function authFilesBehind(env: NodeJS.ProcessEnv): readonly OwnAuthFile[] {
  const home = env.HOME || homedir();
  return [
    { path: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json'), isLegacy: false },
    { path: dockerConfig(env), isLegacy: false },
    { path: join(home, '.dockercfg'), isLegacy: true },
  ];
}

function dockerConfig(env: NodeJS.ProcessEnv): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
}
