import { helpUri } from '../../diagnostic/help-uri.js';
import type { Severity } from '../../diagnostic/rule.js';
import type { RuleId } from '../../diagnostic/rules.js';
import { firstSentence, styled } from './rule-page.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';
import { wrapWords } from './wrap-words.js';

/** A rule, and its page as Markdown. */
export interface ExplainedRule {
  readonly rule: RuleId;
  /** Where no settings say otherwise. */
  readonly severity: Severity;
  readonly page: string;
}

/** What `explain --format json` prints; the page where one rule was asked for. */
export function explainJson(rules: readonly ExplainedRule[], withPage: boolean): object {
  return {
    schemaVersion,
    rules: rules.map(({ rule, severity, page }) => ({
      rule,
      severity,
      summary: firstSentence(page),
      uri: helpUri(rule),
      ...(withPage && { page }),
    })),
  };
}

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** All rules for a person, one a line; on a terminal that is too narrow, the sentence goes on below itself. */
export function rulesText(rules: readonly ExplainedRule[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const columns = stream.columns || Number.POSITIVE_INFINITY;
  const longest = Math.max(0, ...rules.map(({ rule }) => rule.length));
  const before = 'warning '.length + longest + 1;
  const lines = rules.map(({ rule, severity, page }) => {
    const sentence = wrapWords(firstSentence(page), columns, before, before).join(`\n${' '.repeat(before)}`);
    const name = style('bold', rule) + ' '.repeat(longest - rule.length);
    return `${style(colours[severity], severity.padEnd('warning'.length))} ${name} ${styled(sentence, stream)}\n`;
  });
  return lines.join('');
}
