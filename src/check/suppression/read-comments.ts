import { rootPath } from '../../root/path.js';
import type { RootView } from '../../root/root-view.js';
import { hasQuadletExtension } from '../../scan/quadlet-types.js';
import { configurationLimitBytes } from '../../scan/read-unit.js';
import type { Comment } from './comment.js';
import { tomlComments } from './toml-comments.js';
import { unitComments } from './unit-comments.js';

/**
 * The comments of the unit, the unit’s drop-in or the TOML drop-in at `file`; none if it is anything else, cannot be
 * read, or does not hold `marker` in any case.
 */
export function readComments(root: RootView, file: string, marker: string): readonly Comment[] {
  const isToml = file.endsWith('.toml');
  if (!isToml && !isUnitPart(file)) return [];
  const read = root.readFile(rootPath(file), { limitBytes: configurationLimitBytes });
  if (!read.ok || !read.bytes.toString('latin1').toLowerCase().includes(marker)) return [];
  return isToml ? tomlComments(read.bytes.toString('utf8')) : unitComments(read.bytes);
}

function isUnitPart(file: string): boolean {
  if (hasQuadletExtension(file)) return true;
  const [, unit] = /\/([^/]+)\.d\/[^/]+\.conf$/.exec(file) ?? [];
  // `container.d` is for every container.
  return unit !== undefined && hasQuadletExtension(`.${unit}`);
}
