import type { Suppression } from '../config/policy.ts';
import { countFindings, hasErrors, type Finding, type Rule } from './finding.ts';
import type { RepositoryFacts, RuleDefinition } from './rule.ts';

/** What came of one rule, as the Policy view and the command line show it. */
export interface RuleOutcome {
  rule: Rule;
  title: string;
  paragraph: string;
  result: 'passed' | 'warned' | 'failed' | 'not-applicable';
  /** What was looked at (`3 services in 2 files`), what was found (`2 errors`), or why there was nothing to look at. */
  why: string;
}

/** A finding that the configuration lets stand. */
export interface Suppressed {
  finding: Finding;
  suppression: Suppression;
}

export interface CheckResult {
  outcomes: RuleOutcome[];
  /** Those that stand, by file and place. */
  findings: Finding[];
  suppressed: Suppressed[];
  /** What was not looked at, for people. */
  notices: string[];
  /** Files of the repository. */
  files: number;
}

/** What each rule says, before anything is suppressed. */
export function applyRules(definitions: readonly RuleDefinition[], facts: RepositoryFacts) {
  return definitions.map((definition) => ({ definition, answer: definition.check(facts) }));
}

/** The outcome of a rule by the findings of it that stand. */
export function outcomeOf({ definition, answer }: ReturnType<typeof applyRules>[number], standing: readonly Finding[]): RuleOutcome {
  const { name: rule, title, paragraph } = definition;
  if ('not_applicable' in answer) return { rule, title, paragraph, result: 'not-applicable', why: answer.not_applicable };
  const own = standing.filter((finding) => finding.rule === rule);
  if (own.length === 0) return { rule, title, paragraph, result: 'passed', why: answer.looked_at };
  return { rule, title, paragraph, result: hasErrors(own) ? 'failed' : 'warned', why: `${countFindings(own)} in ${answer.looked_at}` };
}
