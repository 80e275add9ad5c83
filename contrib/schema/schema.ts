/** A JSON Schema of draft 7, which taplo, the editors that use it and most validators know. */
export type Schema = { readonly [keyword: string]: unknown };

export const draft = 'http://json-schema.org/draft-07/schema#';

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const seconds: Schema = { type: 'number', minimum: 0 };

export function oneOf(...values: readonly (string | number)[]): Schema {
  return { enum: values };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function nullable(schema: Schema): Schema {
  return either(schema, { type: 'null' });
}

export function either(...schemas: readonly Schema[]): Schema {
  return { anyOf: schemas };
}

export function described(schema: Schema, description: string): Schema {
  return { description, ...schema };
}

/** An object with a property for each of `T`, of which all are there but those that are `optional`. */
export function object<T = Record<string, unknown>>(
  properties: { readonly [K in keyof T]-?: Schema },
  optional: readonly (keyof T)[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !(optional as readonly string[]).includes(name));
  return { type: 'object', properties, required };
}

/** The same schema for tests: what it does not name may not be there, though a later version may add it. */
export function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, closed(value)]);
  const isObject = 'properties' in schema && 'required' in schema;
  return { ...Object.fromEntries(entries), ...(isObject ? { additionalProperties: false } : {}) };
}
