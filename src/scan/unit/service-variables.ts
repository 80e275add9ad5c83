import { type RootPath, rootPath } from '../../model/path.js';
import { isInVar } from '../../root/host-var.js';
import type { Location, RootView } from '../../root/root-view.js';
import { printable } from '../../text/printable.js';
import { decodeUtf8 } from '../../text/utf8.js';
import { list, type SectionLines, type SourcedAssignment, words } from './values.js';

/** What a variable is when the service starts. */
export interface ServiceVariable {
  readonly value: string;
  /** What says so: a key and its file, for messages. */
  readonly from: string;
}

/** The variables of a service by their names, as far as the files of a root fix them. */
export type ServiceVariables = ReadonlyMap<string, ServiceVariable>;

export const noVariables: ServiceVariables = new Map();

const limitBytes = 64 * 1024;

/**
 * What systemd puts in place of `${NAME}` in the command line of a service: `Environment=` of its [Service] section, and
 * over it `EnvironmentFile=`. Where one of them is not known for certain, such as a file that the root does not have,
 * none of the variables is. Source: systemd.exec(5), “Environment”.
 */
export function serviceVariables(
  service: SectionLines<SourcedAssignment<RootPath>>,
  root: RootView,
): ServiceVariables {
  const variables = new Map<string, ServiceVariable>();
  if (service.byKey.has('UnsetEnvironment')) return noVariables;
  const { words: given, ignored } = words(service, 'Environment');
  if (ignored.length > 0) return noVariables;
  for (const { value: word, assignment } of given) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined) continue;
    if (/%(?!%)/.test(value.replaceAll('%%', ''))) return noVariables;
    const from = `Environment= in ${printable(assignment.source)}`;
    variables.set(name, { value: value.replaceAll('%%', '%'), from });
  }
  for (const { value: path } of list(service, 'EnvironmentFile')) {
    const read = readFile(path.replace(/^-/, ''), root);
    if (read === undefined) return noVariables;
    for (const [name, value] of read)
      variables.set(name, { value, from: `EnvironmentFile=${printable(path)}` });
  }
  return variables;
}

/** `undefined` for a file that is not there or not plain: no quotes but one pair around a value, no backslashes. */
function readFile(path: string, root: RootView): ReadonlyMap<string, string> | undefined {
  // Specifiers and wildcards are for the host to resolve.
  if (!path.startsWith('/') || /[%*?[\\]/.test(path)) return undefined;
  const file = root.readFile(rootPath(path), { limitBytes });
  // A finding shows the value, and what this host has is not for whoever reads findings.
  if (file.ok && !isOwn(file, root)) return undefined;
  const text = file.ok ? decodeUtf8(file.bytes) : undefined;
  if (text === undefined || text.includes('\\')) return undefined;
  const found = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(at, 0)).trimStart();
    const value = line.slice(at + 1).trim();
    const [, , quoted] = /^(["'])([^"']*)\1$/.exec(value) ?? [];
    if (!/^[A-Za-z_]\w*$/.test(name) || (quoted === undefined && /["']/.test(value))) return undefined;
    found.set(name, quoted ?? value);
  }
  return found;
}

/** Whether a file that was read lies in the root itself: the next boot has the host’s `/var`, and of its `/etc` as well. */
function isOwn({ path, hostPath }: Location, root: RootView): boolean {
  return !isInVar(path) && hostPath.startsWith(root.hostPath.replace(/\/?$/, '/'));
}
