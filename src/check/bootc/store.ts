import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { kinds } from '../../scan/quadlet/kinds.js';
import { isMisspelt } from '../../scan/quadlet/written-image.js';
import { readSection } from '../../scan/unit/section.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { readGlobalWords } from '../../scan/words/global-options.js';
import { checkStorageConf } from '../storage-conf.js';
import type { Subject } from '../subject.js';
import { bootcPulls, namedImage } from './bootc.js';

/**
 * bootc’s store, by the path that its documentation gives and by those where it lies.
 * Source: bootc docs/src/logically-bound-images.md; crates/lib/src/podstorage.rs.
 */
const bootcStore = /^(?:\/usr\/lib\/bootc\/storage|\/sysroot\/(?:ostree|composefs)\/bootc\/storage)\/*$/;

/**
 * Services that do not see the store into which bootc pulls their image, so that podman pulls it once more: containers
 * that run an image of bootc’s directory, and the `.image` units among them that such a container starts.
 */
export function unseenBootcStore(subject: Subject): readonly Diagnostic[] {
  const { entries, units } = subject;
  const pulled = new Map<string, string>();
  for (const read of entries) {
    const binding = read.bindings.find((candidate) => bootcPulls(read, candidate));
    if (binding === undefined || read.unit === undefined) continue;
    pulled.set(binding.reference.text, read.entry.name);
    if (read.unit.kind === kinds.image) pulled.set(read.unit.name, read.entry.name);
  }
  if (pulled.size === 0) return [];
  const all = units().units;
  const affected = new Set<LoadedUnit>();
  for (const unit of all.values()) {
    const image = unit.kind === kinds.container ? namedImage(unit)?.value : undefined;
    if (image === undefined || !pulled.has(image)) continue;
    affected.add(unit);
    const imageUnit = all.get(image);
    if (imageUnit !== undefined) affected.add(imageUnit);
  }
  // A key that is meant to be GlobalArgs= is found as one that quadlet does not know.
  const unseeing = [...affected].filter((unit) => !namesStore(unit) && !isMisspelt(unit, 'GlobalArgs'));
  if (unseeing.length === 0 || isInStorageConf(subject)) return [];
  return unseeing.map((unit) => {
    const entry = pulled.get(unit.name) ?? pulled.get(namedImage(unit)?.value ?? '') ?? null;
    return diagnose('bootc-store-unseen', sectionOf(unit, entry).place, {});
  });
}

function sectionOf(unit: LoadedUnit, entry: string | null) {
  return readSection(unit, unit.kind.section, entry, []);
}

/** Source: go.podman.io/storage drivers/overlay/overlay.go, `parseOptions`. */
function namesStore(unit: LoadedUnit): boolean {
  const { given } = readGlobalWords(sectionOf(unit, null).words('GlobalArgs'));
  return given.some(({ name, value }) => {
    if (name !== 'storage-opt') return false;
    const [, stores = ''] = /^(?:\w*\.)?additionalimagestore=(.*)$/s.exec(value) ?? [];
    return stores.split(',').some((store) => bootcStore.test(store));
  });
}

/** podman sees the store then, which is another mistake. */
function isInStorageConf(subject: Subject): boolean {
  return checkStorageConf(subject).some(({ rule }) => rule === 'storage-conf-bootc-store');
}
