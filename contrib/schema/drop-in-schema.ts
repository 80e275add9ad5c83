import { tables, topLevelDescriptions, topLevelKeys, type ValueType } from '../../src/scan/drop-in/format.js';
import { draft, type Schema } from './schema.js';

/**
 * The JSON Schema of a drop-in, from the definition that its reader follows. It is one of draft 7, which taplo and the
 * editors that use it know. What a schema cannot tell, such as the grammar of references, is left to `check`.
 */
export function dropInSchema(): Schema {
  return {
    $schema: draft,
    title: 'bound-images drop-in',
    description:
      'A file of usr/lib/bound-images.d: container images that must be there before this root is booted.',
    ...table(topLevelKeys, topLevelDescriptions),
  };
}

function table<K extends Record<string, ValueType>>(keys: K, descriptions: Record<keyof K, string>): object {
  const properties = Object.entries(keys).map(([key, type]) => {
    return [key, { description: descriptions[key], ...schemaOf(type, key) }];
  });
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}

const text = { type: 'string', minLength: 1 };

/** @param key of an array of tables, whose name they have */
function schemaOf(type: ValueType, key: string): object {
  switch (type) {
    case 'string':
      return text;
    case 'boolean':
      return { type: 'boolean' };
    case 'strings':
      return { type: 'array', items: text, uniqueItems: true };
    case 'tables':
      return { type: 'array', items: tableOf(key as keyof typeof tables) };
    case 'table':
      return { type: 'object' };
    case 'string-table':
      return { type: 'object', additionalProperties: text };
  }
}

function tableOf(name: keyof typeof tables): object {
  const { keys, descriptions, required } = tables[name];
  return { ...table(keys, descriptions), required };
}
