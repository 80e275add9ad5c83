import { diagnose } from '../../diagnostic/diagnose.js';
import { isMeant } from '../../diagnostic/did-you-mean.js';
import type { Place } from '../../diagnostic/place.js';
import type { Binding } from '../../model/bound-image.js';
import type { Payload, PayloadSource } from '../../model/payload.js';
import { readSize } from '../../text/size.js';
import { isTable } from '../../text/toml.js';
import { extensionFault } from './extension-fault.js';
import { defaultMaxSize, payloadKeys } from './format.js';
import {
  type Context,
  type Path,
  placeOf,
  readTable,
  refuseControls,
  type TableOf,
  wrongType,
} from './toml-table.js';

/** Below a directory of ours, and with room for a temporary name: PATH_MAX and NAME_MAX are 4096 and 255. */
const longestName = 200;

type Table = TableOf<typeof payloadKeys>;

/** Reads the payload tables of one image or artifact. One with a mistake is left out. */
export function readPayloads(
  kind: Binding['kind'],
  items: readonly unknown[],
  path: Path,
  context: Context,
): readonly Payload[] {
  return items.flatMap((item, index) => {
    const at = [...path, index];
    if (isTable(item)) return readPayload(kind, item, at, context);
    wrongType(at, 'table', item, context);
    return [];
  });
}

function readPayload(kind: Binding['kind'], item: object, path: Path, context: Context): readonly Payload[] {
  const { diagnostics } = context;
  const before = diagnostics.length;
  const table = readTable(item, path, payloadKeys, context);
  const at = (key: keyof Table) => placeOf([...path, key], context);
  const source = readSource(kind, table, item, placeOf(path, context), at, context);
  const as = readAs(table.as, kind, item, path, context);
  const maxBytes = readSize(table['max-size'] ?? defaultMaxSize) ?? 0;
  if (maxBytes === 0)
    diagnostics.push(diagnose('payload-max-size', at('max-size'), { size: `${table['max-size']}` }));
  const mode = readMode(table.mode, at('mode'), context);
  const { digest } = table;
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))
    diagnostics.push(diagnose('payload-digest', at('digest'), { digest }));
  if (source === undefined || as === undefined || diagnostics.length > before) return [];
  return [{ source, as, maxBytes, mode, digest, place: at('as') }];
}

const sourceKeys = ['path', 'title', 'media-type'] as const;

function readSource(
  kind: Binding['kind'],
  table: Table,
  item: object,
  place: Place,
  at: (key: keyof Table) => Place,
  context: Context,
): PayloadSource | undefined {
  const written = sourceKeys.filter((key) => Object.hasOwn(item, key));
  const [key, second] = written;
  const wanted = kind === 'image' ? ['path'] : ['title', 'media-type'];
  const refuse = (problem: 'none' | 'several' | 'other-kind', where: Place) => {
    context.diagnostics.push(diagnose('payload-source', where, { problem, kind, written, wanted }));
    return undefined;
  };
  if (key === undefined) {
    const isMisspelt = Object.keys(item).some((each) => wanted.some((one) => isMeant(one, each, known)));
    return isMisspelt ? undefined : refuse('none', place);
  }
  if (second !== undefined) return refuse('several', at(second));
  if (!wanted.includes(key)) return refuse('other-kind', at(key));
  const text = table[key];
  // Of another type, or empty: reported already.
  if (text === undefined) return undefined;
  refuseControls(text, at(key), context);
  if (key === 'title') return { kind: key, title: text };
  if (key === 'media-type') return { kind: key, mediaType: text };
  const problem = pathFault(text);
  if (problem === undefined) return { kind: key, path: text };
  context.diagnostics.push(diagnose('payload-path', at(key), { path: text, problem }));
  return undefined;
}

const known = Object.keys(payloadKeys);

/** Why no file of an image can be meant, as a clause; where links lead is known once the image is there. */
function pathFault(path: string): string | undefined {
  if (!path.startsWith('/')) return 'does not begin with “/”';
  if (path === '/') return undefined;
  const names = path.slice(1).split('/');
  if (names.includes('..')) return 'has “..” in it';
  return names.some((name) => name === '' || name === '.') ? 'is not in its shortest form' : undefined;
}

function readAs(
  text: string | undefined,
  kind: Binding['kind'],
  item: object,
  path: Path,
  context: Context,
): string | undefined {
  if (text === undefined) {
    if (!Object.keys(item).some((key) => key === 'as' || isMeant('as', key, known)))
      context.diagnostics.push(diagnose('payload-as-missing', placeOf(path, context), {}));
    return undefined;
  }
  const place = placeOf([...path, 'as'], context);
  const problem = asFault(text);
  if (problem !== undefined) {
    context.diagnostics.push(diagnose('payload-as', place, { as: text, problem }));
    return undefined;
  }
  const fault = extensionFault(text, kind);
  if (fault !== undefined) {
    context.diagnostics.push(diagnose('payload-extension-name', place, { as: text, problem: fault }));
    return undefined;
  }
  return text;
}

/** Names that mean the same to every shell, tool and file system. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.+:@,=~-]*$/;

function asFault(as: string): string | undefined {
  if (as.startsWith('/')) return 'begins with “/”';
  const names = as.split('/');
  if (names.includes('..')) return 'has “..” in it';
  if (names.some((name) => name === '' || name === '.')) return 'is not in its shortest form';
  if (as.length > longestName) return `is longer than ${longestName} characters`;
  if (names.every((name) => plainName.test(name))) return undefined;
  return 'has a name that is not made of letters, digits and _ . + : @ , = ~ -, or begins with none of the first three';
}

function readMode(text: string | undefined, place: Place, { diagnostics }: Context): number | undefined {
  if (text === undefined) return undefined;
  const isOctal = /^[0-7]{3,4}$/.test(text);
  const mode = Number.parseInt(text, 8);
  const isSpecial = isOctal && mode > 0o777;
  if (!isOctal || isSpecial) diagnostics.push(diagnose('payload-mode', place, { mode: text, isSpecial }));
  return mode;
}
