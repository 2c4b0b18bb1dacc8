import { byCodeUnit } from '../config/paths.ts';
import type { Stage } from '../config/schema.ts';
import { count } from '../text.ts';
import type { Finding, Range, Rule } from './finding.ts';
import { applyRules, outcomeOf, type CheckResult } from './outcome.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';
import { suppress } from './suppression.ts';

export interface EvaluateOptions {
  rules: readonly Rule[];
  /** Only what is about the configuration of this stage, or of all. */
  stage?: Stage | undefined;
  /** Only findings in these files, and those without a file. */
  only?: ReadonlySet<string> | undefined;
  /** `2026-11-25` in the team's time zone. */
  today: string;
  /** Where each entry of policy.suppressions stands in odoo-ops.yml. */
  suppressionRanges: readonly Range[];
}

const unreadableFindings = (facts: RepositoryFacts): Finding[] =>
  factsOf(facts, 'unreadable').map(({ file, message, range }) => ({
    rule: 'unreadable-file',
    severity: 'warning',
    file,
    range,
    message,
    fix: 'Mend the file: until then no rule sees what is in it.',
    paragraph: '§5.1',
  }));

/** By file, then by place; what concerns the repository as a whole comes first. */
function byPlace(a: Finding, b: Finding): number {
  return (
    byCodeUnit(a.file ?? '', b.file ?? '') ||
    (a.range?.start.line ?? 0) - (b.range?.start.line ?? 0) ||
    (a.range?.start.column ?? 0) - (b.range?.start.column ?? 0) ||
    byCodeUnit(a.rule, b.rule)
  );
}

/** Two Odoos may read one file: what is wrong in it is told once. */
function withoutRepetition(findings: readonly Finding[]): Finding[] {
  return [
    ...new Map(findings.map((finding) => [JSON.stringify([finding.rule, finding.file, finding.range, finding.message]), finding])).values(),
  ];
}

function notices(facts: RepositoryFacts): string[] {
  const large = factsOf(facts, 'large');
  const some = large.slice(0, 3).map(({ file }) => file);
  const more = large.length > some.length ? `, and ${large.length - some.length} more` : '';
  return large.length === 0 ? [] : [`${count(large.length, 'file')} too large to be searched for secrets: ${some.join(', ')}${more}.`];
}

/** Facts in, the whole answer of a check out. Pure. */
export function evaluate(definitions: readonly RuleDefinition[], facts: RepositoryFacts, options: EvaluateOptions): CheckResult {
  const { rules, stage, only, today, suppressionRanges } = options;
  const answers = applyRules(
    definitions.filter(({ name }) => rules.includes(name)),
    facts,
  );
  const found = answers.flatMap(({ answer }) => ('findings' in answer ? answer.findings : []));
  const all = withoutRepetition([...found, ...unreadableFindings(facts)]);
  const { standing, suppressed } = suppress(all, facts.config.policy.suppressions, {
    today,
    ranges: suppressionRanges,
    rules,
    idle: answers.flatMap(({ definition, answer }) => ('not_applicable' in answer ? [definition.name] : [])),
    isPartial: stage !== undefined || only !== undefined,
  });
  const isAsked = (finding: Finding): boolean =>
    (stage === undefined || finding.stage === undefined || finding.stage === stage) &&
    (only === undefined || finding.file === null || only.has(finding.file));
  const findings = standing.filter(isAsked).sort(byPlace);
  return {
    outcomes: answers.map((answer) => outcomeOf(answer, findings)),
    findings,
    suppressed: suppressed.filter(({ finding }) => isAsked(finding)),
    notices: notices(facts),
    files: facts.paths.length,
  };
}
