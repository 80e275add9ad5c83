import { readCsvRecord } from './csv-record.js';

export type ParsedMount =
  | { readonly kind: 'unreadable' }
  /** `source` is `undefined` where the mount names none; `offset` is where the value begins in the text. */
  | { readonly kind: 'mount'; readonly type: string; readonly source: MountSource | undefined };

/** `value` is `undefined` where the key stands without `=`. */
export interface MountSource {
  readonly value: string | undefined;
  readonly offset: number;
}

/**
 * Reads what `Mount=` and `--mount` are given; without a type it is a volume.
 * Source: podman pkg/specgenutilexternal/mount.go, `FindMountType`.
 */
export function parseMount(text: string): ParsedMount {
  const fields = readCsvRecord(text);
  if (fields === undefined) return { kind: 'unreadable' };
  const typeField = fields.findIndex(({ value }) => /^type=[^=]*$/.test(value));
  const type = fields[typeField]?.value.slice('type='.length) ?? 'volume';
  const sources = fields.flatMap(({ value, offset }, index): readonly MountSource[] => {
    const [, key, equals, source] = /^(source|src)(?:(=)(.*))?$/s.exec(value) ?? [];
    if (key === undefined || index === typeField) return [];
    return equals === undefined
      ? [{ value: undefined, offset }]
      : [{ value: source ?? '', offset: offset + key.length + 1 }];
  });
  const source = sources.find(({ value }) => value === undefined) ?? sources.at(-1);
  return { kind: 'mount', type, source };
}
