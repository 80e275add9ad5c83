import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { RuleId } from '../../diagnostic/rules.js';

/** What is wrong is the registry's, and the same for each image of it, wherever that is named. */
const ofRegistries: ReadonlySet<RuleId> = new Set([
  'registry-access-denied',
  'registry-look-failed',
  'registry-unavailable',
  'registry-not-asked',
  'not-looked-up',
  'tag-not-compared',
]);

const image = /“[^”]*”/;

/** The image that a finding of such a rule is about, as its message has it. */
export function imageOf({ message }: Diagnostic): string {
  return image.exec(message)?.[0] ?? '';
}

/**
 * The findings in the order of the first of each group: those that say the same of different images of a registry are
 * one, and any other is alone.
 */
export function bySameProblem(
  diagnostics: readonly Diagnostic[],
): readonly (readonly [Diagnostic, ...Diagnostic[]])[] {
  const groups = new Map<string, [Diagnostic, ...Diagnostic[]]>();
  for (const [index, finding] of diagnostics.entries()) {
    const { rule, severity, message, hint } = finding;
    const key = ofRegistries.has(rule)
      ? JSON.stringify([rule, severity, message.replace(image, ''), hint])
      : `${index}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}
