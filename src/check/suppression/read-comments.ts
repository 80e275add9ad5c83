import { rootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { hasQuadletExtension } from '../../scan/quadlet/quadlet-types.js';
import { configurationLimitBytes } from '../../scan/unit/read.js';
import type { Comment } from './comment.js';
import { tomlComments } from './toml-comments.js';
import { unitComments } from './unit-comments.js';
import { yamlComments } from './yaml-comments.js';

/**
 * The comments of the unit, the unit’s drop-in, the TOML drop-in or the YAML at `file`; none if it is anything else,
 * cannot be read, or does not hold `marker` in any case.
 */
export function readComments(root: RootView, file: string, marker: string): readonly Comment[] {
  const commentsOf = readerOf(file);
  if (commentsOf === undefined) return [];
  const read = root.readFile(rootPath(file), { limitBytes: configurationLimitBytes });
  if (!read.ok || !read.bytes.toString('latin1').toLowerCase().includes(marker)) return [];
  return commentsOf(read.bytes);
}

function readerOf(file: string): typeof unitComments | undefined {
  if (file.endsWith('.toml')) return (bytes) => tomlComments(bytes.toString('utf8'));
  if (/\.ya?ml$/.test(file)) return (bytes) => yamlComments(bytes.toString('utf8'));
  return isUnitPart(file) ? unitComments : undefined;
}

function isUnitPart(file: string): boolean {
  if (hasQuadletExtension(file)) return true;
  const [, unit] = /\/([^/]+)\.d\/[^/]+\.conf$/.exec(file) ?? [];
  // `container.d` is for every container.
  return unit !== undefined && hasQuadletExtension(`.${unit}`);
}
