import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECK_RULES, RULES, type FindingRule } from '../../core/policy/finding.ts';
import { packageRoot } from '../version.ts';

/** Where the page of a rule is: it comes with the program, for the command line and the editor alike. */
export const policyPageFile = (rule: FindingRule): string => join(packageRoot(), 'docs', 'policy', `${rule}.md`);

/** The page of a rule in Markdown: why, what it looks at, bad and good, how to mend it. */
export const policyPage = (rule: FindingRule): Promise<string> => readFile(policyPageFile(rule), 'utf8');

/** The pages that are there, by rule: a report without one of them lacks its help and nothing else. */
export async function policyPages(): Promise<Map<FindingRule, string>> {
  const pages = await Promise.all(
    [...RULES, ...CHECK_RULES].map((rule) =>
      policyPage(rule).then(
        (page) => [[rule, page] as const],
        () => [],
      ),
    ),
  );
  return new Map(pages.flat());
}
