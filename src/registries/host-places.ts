import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { errnoCode } from '../text/errno.js';

/** Where this host's podman looks for what says how registries are reached. */
export interface HostPlaces {
  /** The administrator's directory. */
  readonly administrator: string;
  readonly vendor: string;
  /** Docker's certs.d, which podman reads, too. */
  readonly dockerCertificates: string;
  /** Where root's podman remembers where blobs were. Source: go.podman.io/image pkg/blobinfocache/default.go. */
  readonly blobInfoCache: string;
  /** The real home, and the directory for configuration that is not always in it. */
  readonly home: string;
  readonly config: string;
}

/**
 * @param top what `/etc` and `/usr` lie in
 */
export function hostPlaces(env: NodeJS.ProcessEnv, top = '/'): HostPlaces {
  const home = resolve(env.HOME || homedir());
  return {
    administrator: join(top, 'etc/containers'),
    vendor: join(top, 'usr/share/containers'),
    dockerCertificates: join(top, 'etc/docker/certs.d'),
    blobInfoCache: join(top, 'var/lib/containers/cache'),
    home,
    config: resolve(env.XDG_CONFIG_HOME || join(home, '.config')),
  };
}

/** The user's directories: with XDG_CONFIG_HOME there may be two of them, of which podman before 6 knows only the other. */
export function userDirectories({ home, config }: HostPlaces): readonly string[] {
  return [...new Set([join(config, 'containers'), join(home, '.config/containers')])];
}

const kinds = ['', '.rootful', '.rootless'];

/**
 * The drop-in directories of registries.conf in one of these places: each version of podman reads some of them.
 * Source: go.podman.io/storage pkg/configfile/parse.go.
 */
export function dropInDirectories(directory: string): readonly string[] {
  return kinds.map((kind) => join(directory, `registries${kind}.conf.d`));
}

/** The same of certificates. */
export function certificateDirectories(directory: string): readonly string[] {
  return kinds.map((kind) => join(directory, `certs${kind}.d`));
}

/** Those of what says where signatures are. Source: loadRegistryConfiguration in go.podman.io/image docker/registries_d.go. */
export function signatureDirectories(directory: string): readonly string[] {
  return ['registries.d', 'registries.rootful.d', 'registries.rootless.d'].map((name) =>
    join(directory, name),
  );
}

/** The names in a directory, where there is one that can be read. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** What is there, links followed. */
export function kindOf(path: string): 'file' | 'directory' | 'other' | 'nothing' {
  try {
    const stats = statSync(path);
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    const code = errnoCode(error);
    // Links in a circle, for one, are there and lead nowhere.
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : 'other';
  }
}
