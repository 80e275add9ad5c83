import { stringify } from 'smol-toml';
import { helperProgram } from '../../resolve/auth-file.js';
import { isTable, parseToml, type Table } from '../../text/toml.js';
import { fieldOf, type TableShape, type TomlShape, wrongTypes } from '../../text/toml-shape.js';
import { registriesShape } from './shape.js';

/** Reserved for the auth files (containers-registries.conf(5)). */
const authFiles = 'containers-auth.json';

/**
 * A registries.conf that says where images are, as the one in `bytes` does, and of programs only helpers by names for
 * which `hasProgram`: a path would lead to whatever program there is, run by whoever looks. What podman would not take
 * is left out; that it is there is another check’s to say.
 */
export function safeRegistriesConf(bytes: Buffer, hasProgram: (program: string) => boolean): string {
  const parsed = parseToml(bytes.toString('utf8'));
  const { 'credential-helpers': helpers, ...table } = known(parsed.ok ? parsed.table : {}, places);
  if (!Array.isArray(helpers) || helpers.length === 0) return stringify(table);
  const usable = helpers.filter((helper) => helper === authFiles || isUsable(helper, hasProgram));
  // None at all would mean the auth files, too.
  return stringify({ ...table, 'credential-helpers': usable.length === 0 ? [authFiles] : usable });
}

const { 'additional-layer-store-auth-helper': _, ...places } = registriesShape;

function isUsable(helper: unknown, hasProgram: (program: string) => boolean): boolean {
  const program = helperProgram(helper);
  return program !== undefined && hasProgram(program);
}

/** The values that the shape knows and that are as it wants them. */
function known(table: Table, shape: TableShape): Record<string, unknown> {
  const entries = Object.entries(shape).flatMap(([key, inner]) => {
    const value = fieldOf(table, key)?.value;
    return value === undefined || wrongTypes(value, inner).length > 0 ? [] : [[key, copyOf(value, inner)]];
  });
  return Object.fromEntries(entries);
}

function copyOf(value: unknown, shape: TomlShape): unknown {
  if (typeof shape === 'string') return value;
  if (isTable(value)) return known(value, shape as TableShape);
  return (value as readonly Table[]).map((item) => known(item, (shape as readonly [TableShape])[0]));
}
