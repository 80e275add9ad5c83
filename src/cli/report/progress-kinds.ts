/** What `--progress` takes. */
export const progressKinds = ['auto', 'plain', 'json', 'none'] as const;
export type ProgressKind = (typeof progressKinds)[number];
