/** Of every JSON output. It changes when a field goes or changes its meaning, not when one comes. */
export const schemaVersion = 1;
