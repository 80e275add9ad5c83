import { posix } from 'node:path';
import { joinRootPath, type RootPath, rootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { readSection } from '../unit/section.js';
import type { LoadedUnit } from '../unit/unit.js';

/**
 * True if `podman kube play --build` builds the image from a directory of its name instead of pulling it.
 * Source: podman pkg/domain/infra/abi/play.go, `getBuildFile` and `imageNamePrefix`.
 */
export function hasContainerfile(root: RootView, directory: RootPath, image: string): boolean {
  const [beforeColon = ''] = image.split(':');
  const [name = ''] = beforeColon.slice(beforeColon.lastIndexOf('/') + 1).split('@');
  return ['Containerfile', 'Dockerfile'].some((file) => {
    const { kind } = root.resolve(joinRootPath(directory, posix.join(name, file)));
    return kind === 'file' || kind === 'directory';
  });
}

/**
 * Where the podman of a `.kube` unit looks for such directories: `--context-dir`, from the working directory of
 * the service, which is `/` by default. Source: podman pkg/systemd/quadlet/quadlet.go, `handleSetWorkingDirectory`.
 */
export function workingDirectory(unit: LoadedUnit, contextDir: string | undefined): RootPath {
  const kube = readSection(unit, 'Kube', null, []);
  const given = readSection(unit, 'Service', null, []).single('WorkingDirectory')?.written;
  const [yaml] = kube.strv('Yaml');
  const kind = kube.single('SetWorkingDirectory')?.written.toLowerCase();
  const file = kind === 'unit' ? unit.path : kind === 'yaml' && yaml ? besideUnit(unit, yaml.written) : '/';
  const directory = given?.replace(/^-/, '') ?? posix.dirname(file);
  return rootPath(posix.resolve('/', directory, contextDir ?? '.'));
}

/** Relative to the directory of the unit, and cleaned before any link is followed. Source: `getAbsolutePath`. */
export function besideUnit(unit: LoadedUnit, path: string): RootPath {
  return rootPath(path.startsWith('/') ? path : posix.join(posix.dirname(unit.path), path));
}
