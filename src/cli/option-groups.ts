/** The topics of options, in the order in which help and man pages have them. */
export const optionGroups = [
  'What is read',
  'What counts',
  'Changes',
  'Registries',
  'Pulling',
  'Limits',
  'Store and state',
  'Output',
] as const;

export type OptionGroup = (typeof optionGroups)[number];
