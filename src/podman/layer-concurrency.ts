import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { isOlder } from '../process/version.js';
import type { PodmanFeatures } from './features.js';

/** Source: go.podman.io/common pkg/config/new.go; CONTAINERS_CONF_OVERRIDE came with podman 4.4. */
const overrideSince = '4.4.0';

/**
 * Variables that make podman fetch at most `count` layers of an image at the same time, which it has no option
 * for (containers.conf(5), `image_parallel_copies`). The file that they name is written into `directory`.
 */
export function limitLayers(
  count: number,
  { version }: PodmanFeatures,
  directory: string,
): Readonly<Record<string, string>> {
  const path = join(directory, 'containers.conf');
  const { CONTAINERS_CONF: replaced, CONTAINERS_CONF_OVERRIDE: override } = process.env;
  const isOld = isOlder(version, overrideSince);
  // An override is added to whatever else podman reads; the older variable stands in place of it all.
  const others = isOld
    ? replaced === undefined
      ? systemFiles()
      : [replaced]
    : override === undefined
      ? []
      : [override];
  const merged = others.map(readToml).reduce<TomlTable>(merge, {});
  writeFileSync(path, stringify(merge(merged, { engine: { image_parallel_copies: count } })), {
    mode: 0o600,
  });
  return { [isOld ? 'CONTAINERS_CONF' : 'CONTAINERS_CONF_OVERRIDE']: path };
}

/** In the order in which podman reads them, each over the one before (containers.conf(5)). */
function systemFiles(): readonly string[] {
  const directory = '/etc/containers/containers.conf.d';
  return [
    '/usr/share/containers/containers.conf',
    '/etc/containers/containers.conf',
    ...list(directory).map((name) => join(directory, name)),
  ];
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf'))
      .sort();
  } catch {
    return [];
  }
}

/** What cannot be read is podman's to complain about. */
function readToml(path: string): TomlTable {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

function merge(below: TomlTable, above: TomlTable): TomlTable {
  const merged: TomlTable = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const other = below[key];
    merged[key] = isTable(value) && isTable(other) ? merge(other, value) : value;
  }
  return merged;
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
