import type { EntryLink, UnlinkedUnit } from '../../fix/plan-links.js';
import { joinRootPath, rootPath } from '../../model/path.js';
import type { InitResult } from '../../operations/init.js';
import { printable } from '../../text/printable.js';
import { plural } from './diagnostics-text.js';
import { findingJson } from './place-json.js';
import { schemaVersion } from './schema-version.js';
import { shownPath } from './shown-path.js';
import { styleFor } from './style.js';

/** What `init --format json` prints. */
export function initJson({ root, links, made, left, diagnostics }: InitResult): object {
  return {
    schemaVersion,
    root,
    made,
    links: links.map(({ path, target, images }) => ({ file: path, target, images })),
    left: left.map(({ unit, images, reason, message, hint }) => ({ unit, images, reason, message, hint })),
    diagnostics: diagnostics.map(findingJson),
  };
}

/** The links for a person, as lines that come. */
export function linksText(links: readonly EntryLink[], root: string, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  return links
    .map(({ path, target, images }) => {
      const link = `+ ${shownPath(joinRootPath(rootPath(root), path))} -> ${printable(target)}`;
      return `${style('green', link)}\n    binds ${printable(images.join(', '))}\n`;
    })
    .join('');
}

/** What stays unbound, and why. */
export function leftText(left: readonly UnlinkedUnit[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  return left
    .map(({ unit, images, message, hint }) => {
      const lines = [
        `${style('yellow', 'left')} ${printable(unit)}, which wants ${printable(images.join(', '))}: ${message}`,
        ...(hint === null ? [] : [`  ${style('cyan', 'hint:')} ${hint}`]),
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

/** What came of it. */
export function initText({ links, made, left }: InitResult): string {
  const open = left.length === 0 ? '' : `, ${plural(left.length, 'unit')} left`;
  if (links.length === 0)
    return left.length === 0 ? 'nothing to do: every image is bound\n' : `no links${open}\n`;
  if (made) return `${plural(links.length, 'link')} made${open}\n`;
  return `nothing was made${open}\nhint: make the ${links.length === 1 ? 'link' : 'links'} with --yes\n`;
}
