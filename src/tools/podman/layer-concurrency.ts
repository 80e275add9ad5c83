import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { isTable, type Table } from '../../text/toml.js';
import { isOlder } from '../process/is-older.js';
import { listDropIns, readToml, userDirectory } from './configuration-files.js';
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
  // Empty, each of them counts as not set.
  const others = isOld ? (replaced ? [replaced] : systemFiles()) : override ? [override] : [];
  const merged = others.map(readToml).reduce<Table>(merge, {});
  writeFileSync(path, stringify(merge(merged, { engine: { image_parallel_copies: count } })), {
    mode: 0o600,
  });
  return { [isOld ? 'CONTAINERS_CONF' : 'CONTAINERS_CONF_OVERRIDE']: path };
}

/**
 * In the order in which podman 4.3 reads them, each over the one before; a user's own only without root.
 * Source: containers/common v0.50 pkg/config/config.go, `systemConfigs`.
 */
function systemFiles(): readonly string[] {
  const withDropIns = (path: string) => [
    path,
    ...listDropIns(`${path}.d`).map((name) => join(`${path}.d`, name)),
  ];
  const isRootless = process.geteuid?.() !== 0;
  return [
    '/usr/share/containers/containers.conf',
    ...withDropIns('/etc/containers/containers.conf'),
    ...(isRootless ? withDropIns(join(userDirectory(process.env), 'containers.conf')) : []),
  ];
}

function merge(below: Table, above: Table): Table {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const other = below[key];
    merged[key] = isTable(value) && isTable(other) ? merge(other, value) : value;
  }
  return merged;
}
