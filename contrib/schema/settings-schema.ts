import { levels } from '../../src/check/settings.js';
import { ruleIds } from '../../src/diagnostic/rules.js';
import { draft, type Schema } from './schema.js';

/** The JSON Schema of `.bound-images.toml`, from the definitions that its reader follows. */
export function settingsSchema(): Schema {
  const level = { enum: levels };
  return {
    $schema: draft,
    title: 'bound-images settings',
    description: 'How bound-images check judges what it finds.',
    type: 'object',
    properties: {
      strict: { description: 'Warnings fail the check, too.', type: 'boolean' },
      rules: {
        description: 'How bad findings of a rule count. Each rule has a page in contrib/docs/rules.',
        type: 'object',
        properties: Object.fromEntries(ruleIds.map((rule) => [rule, level])),
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  };
}
