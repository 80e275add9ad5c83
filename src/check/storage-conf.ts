import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import { confFiles } from '../root/configuration-files.js';
import type { RootView } from '../root/root-view.js';
import { readTomlDocument } from '../root/toml-document.js';
import type { TomlPath } from '../text/toml-positions.js';
import { type TableReader, type TableShape, tableReader, wrongTypes } from '../text/toml-shape.js';
import type { Subject } from './subject.js';

/** Where bootc keeps the images that are bound: the link, and what it leads to (bootc, “Logically bound images”). */
const bootcStores = ['/usr/lib/bootc/storage', '/sysroot/ostree/bootc/storage'];

const texts = {
  mount_program: 'string',
  mountopt: 'string',
  size: 'string',
  ignore_chown_errors: 'string',
} as const;

/** What is of one type in every podman (containers-storage.conf(5)). */
const shape = {
  storage: {
    driver: 'string',
    driver_priority: 'appendable',
    graphroot: 'string',
    imagestore: 'string',
    rootless_storage_path: 'string',
    runroot: 'string',
    transient_store: 'boolean',
    options: {
      ...texts,
      additionalimagestores: 'appendable',
      additionallayerstores: 'appendable',
      'disable-volatile': 'boolean',
      overlay: { ...texts, force_mask: 'string', inodes: 'string', skip_mount_home: 'string' },
      pull_options: 'table of strings',
      'root-auto-userns-user': 'string',
    },
  },
} as const satisfies TableShape;

/** A value and where it stands. */
interface Found {
  readonly value: string;
  readonly place: Place;
}

/** The new root’s storage.conf (containers-storage.conf(5)): what podman refuses there, and stores that it should not name. */
export function checkStorageConf({ roots: { newRoot } }: Pick<Subject, 'roots'>): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const stores = new Map<string, Found>();
  let additional: readonly Found[] = [];
  for (const file of confFiles(newRoot, 'storage')) {
    const document = readTomlDocument(file);
    if (!document.ok) {
      const args = { problem: document.problem, hint: document.hint };
      diagnostics.push(diagnose('storage-conf-invalid', document.place, args, document.excerpt));
      continue;
    }
    const wrong = wrongTypes(document.table, shape);
    for (const { path, expected, actual } of wrong) {
      const problem = `“${path.findLast((step) => typeof step === 'string')}” must be ${expected}, not ${actual}`;
      const hint = actual === 'true or false' ? 'write it in quotes: "true" or "false"' : null;
      diagnostics.push(diagnose('storage-conf-invalid', document.valueAt(path), { problem, hint }));
    }
    if (wrong.length > 0) continue;
    const storage = tableReader(document.table, shape).get('storage');
    if (storage === undefined) continue;
    for (const key of ['graphroot', 'imagestore'] as const) {
      const value = storage.get(key);
      if (value) stores.set(key, { value, place: document.valueAt(storage.pathOf(key)) });
    }
    additional = additionalStores(storage.get('options'), additional, document.valueAt);
  }
  return [
    ...diagnostics,
    ...[...stores].flatMap(([key, store]) => readOnlyStore(key, store, newRoot)),
    ...additional
      .filter(({ value }) => bootcStores.includes(rootPath(value).replace(/\/$/, '')))
      .map(({ place }) => diagnose('storage-conf-bootc-store', place, {})),
  ];
}

/** A later list takes the place of earlier ones, unless `{append = true}` is in it. */
function additionalStores(
  options: TableReader<typeof shape.storage.options> | undefined,
  before: readonly Found[],
  valueAt: (path: TomlPath) => Place,
): readonly Found[] {
  const list = options?.get('additionalimagestores');
  if (options === undefined || list === undefined) return before;
  const path = options.pathOf('additionalimagestores');
  const own = list.flatMap((value, index) =>
    typeof value === 'string' ? [{ value, place: valueAt([...path, index]) }] : [],
  );
  return list.some((item) => typeof item === 'object' && item.append) ? [...before, ...own] : own;
}

function readOnlyStore(key: string, { value, place }: Found, root: RootView): readonly Diagnostic[] {
  // A variable of the environment stands for a directory of a user.
  if (!value.startsWith('/') || value.includes('$')) return [];
  const at = root.resolve(rootPath(value)).path;
  return at.startsWith('/usr/') ? [diagnose('storage-conf-read-only', place, { key, path: value })] : [];
}
