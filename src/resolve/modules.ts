import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Roots } from '../root/open-roots.js';
import type { Sited } from '../scan/bound-image.js';
import { findInRoots } from './find-in-roots.js';
import type { Finding } from './finding.js';

/** Where podman looks for a module that is not an absolute path (containers.conf(5), “Modules”). */
const directories = [
  '/etc/containers/containers.conf.modules',
  '/usr/share/containers/containers.conf.modules',
];

/**
 * The global options of podman, with `--module` made the path of a file on this host: a module is looked up in
 * the new root, then in the current one. All other options stay as they are.
 */
export function resolveModules(
  options: readonly Sited<string>[],
  roots: Roots,
): Finding<readonly Sited<string>[]> {
  const value: Sited<string>[] = [];
  const diagnostics: Diagnostic[] = [];
  const rest = [...options];
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    const attached = /^--module=(.*)$/s.exec(option.value)?.[1];
    const module = option.value === '--module' ? rest.shift() : attached && { ...option, value: attached };
    if (module === undefined || module === '') value.push(option);
    else {
      const found = findModule(module, roots);
      if (found.ok) value.push({ ...option, value: `--module=${found.at.hostPath}` });
      else diagnostics.push(found.diagnostic);
    }
  }
  return { value, diagnostics };
}

function findModule(module: Sited<string>, roots: Roots): ReturnType<typeof findInRoots> {
  const paths = module.value.startsWith('/')
    ? [module.value]
    : directories.map((directory) => `${directory}/${module.value}`);
  return findInRoots('containers.conf module', 'file', { ...module, value: paths }, roots);
}
