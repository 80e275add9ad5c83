import { readdirSync, readFileSync } from 'node:fs';

const directory = new URL('../../contrib/docs/rules/', import.meta.url);

const codeBlock = /^```\w*\n(.*?)^```$/gms;

/** The page of a rule, taken apart. */
export interface RulePage {
  /** The name of the file, without its extension. */
  readonly name: string;
  /** All of its headings, with their `#`. */
  readonly headings: readonly string[];
  readonly severity: string | undefined;
  /** What stands in the code blocks; empty where there is none. */
  readonly bad: string;
  readonly good: string;
}

/** The pages of contrib/docs/rules, in the order of their names. */
export function rulePages(): readonly RulePage[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.md'))
    .toSorted()
    .map((file) => readPage(file.slice(0, -'.md'.length)));
}

function readPage(name: string): RulePage {
  const text = readFileSync(new URL(`${name}.md`, directory), 'utf8');
  const sections = text.split(/^## (?=\w)/m);
  const codeIn = (heading: string): string => {
    const section = sections.find((candidate) => candidate.startsWith(`${heading}\n`)) ?? '';
    return Array.from(section.matchAll(codeBlock), ([, code = '']) => code).join('');
  };
  return {
    name,
    headings: text.replace(codeBlock, '').match(/^#.*/gm) ?? [],
    severity: /^Severity: (.*)\.$/m.exec(text)?.[1],
    bad: codeIn('Bad'),
    good: codeIn('Good'),
  };
}
