import { dropInSchema } from './drop-in-schema.js';
import { outputSchemas } from './output-schemas.js';
import { progressSchema } from './progress-schema.js';
import type { Schema } from './schema.js';
import { settingsSchema } from './settings-schema.js';

/** Every schema of this directory, by its file. */
export function schemas(): Readonly<Record<string, Schema>> {
  const outputs = Object.entries(outputSchemas()).map(([command, schema]) => [
    `${command}.schema.json`,
    schema,
  ]);
  return {
    'drop-in.schema.json': dropInSchema(),
    'settings.schema.json': settingsSchema(),
    'progress.schema.json': progressSchema(),
    ...Object.fromEntries(outputs),
  };
}
