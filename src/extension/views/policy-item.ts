import * as vscode from 'vscode';
import { CHECK_RULES, countFindings, type Finding, type FindingRule } from '../../core/policy/finding.ts';
import type { CheckResult, RuleOutcome } from '../../core/policy/outcome.ts';
import { count, markdownText, plainText } from '../../core/text.ts';

const EXPLAIN = 'odooOps.explainRule';

/** A rule as a row shows it: one of the eleven, or what the check says of itself. */
export interface RuleRow {
  rule: FindingRule;
  title: string;
  paragraph: string;
  result: RuleOutcome['result'];
  why: string;
  findings: readonly Finding[];
  /** Findings that the configuration lets stand. */
  suppressed: number;
}

const OWN_TITLES: Record<(typeof CHECK_RULES)[number], string> = {
  'unreadable-file': 'Files that rules should read can be read',
  suppression: 'Findings that may stand have a reason and a day',
};

// What has to be mended before a promotion stands where it is seen without scrolling.
const ORDER: readonly RuleOutcome['result'][] = ['failed', 'warned', 'passed', 'not-applicable'];

/** One row for each rule, and for what the check says of itself where it says something. */
export function ruleRows({ outcomes, findings, suppressed }: CheckResult): RuleRow[] {
  const of = (rule: FindingRule) => findings.filter((finding) => finding.rule === rule);
  const standing = (rule: FindingRule) => suppressed.filter(({ finding }) => finding.rule === rule).length;
  const rows: RuleRow[] = [
    ...outcomes.map((outcome) => ({ ...outcome, findings: of(outcome.rule), suppressed: standing(outcome.rule) })),
    ...CHECK_RULES.flatMap((rule) => {
      const own = of(rule);
      const result = own.some(({ severity }) => severity === 'error') ? ('failed' as const) : ('warned' as const);
      const row = { rule, title: OWN_TITLES[rule], paragraph: own[0]?.paragraph ?? '', result, why: countFindings(own), findings: own };
      return own.length === 0 ? [] : [{ ...row, suppressed: standing(rule) }];
    }),
  ];
  return ORDER.flatMap((result) => rows.filter((row) => row.result === result));
}

const ICONS: Record<RuleOutcome['result'], readonly [icon: string, colour: string]> = {
  failed: ['error', 'problemsErrorIcon.foreground'],
  warned: ['warning', 'problemsWarningIcon.foreground'],
  passed: ['pass', 'testing.iconPassed'],
  'not-applicable': ['circle-slash', 'disabledForeground'],
};
const SPOKEN: Record<RuleOutcome['result'], string> = {
  failed: 'failed',
  warned: 'has warnings',
  passed: 'passed',
  'not-applicable': 'not applicable',
};

const themeIcon = (result: RuleOutcome['result']): vscode.ThemeIcon => {
  const [name, colour] = ICONS[result];
  return new vscode.ThemeIcon(name, new vscode.ThemeColor(colour));
};

export function ruleItem({ rule, result, why, findings }: RuleRow): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(rule, findings.length === 0 ? None : result === 'failed' ? Expanded : Collapsed);
  item.id = `policy:${rule}`;
  item.description = plainText(why);
  item.contextValue = `rule.${result}`;
  item.iconPath = themeIcon(result);
  item.accessibilityInformation = { label: `${rule}, ${SPOKEN[result]}: ${plainText(why)}` };
  return item;
}

// In a hover only a command is a link: pages of our own scheme are none.
const explainLink = (rule: FindingRule): string => `[Explain ${rule}](command:${EXPLAIN}?${encodeURIComponent(JSON.stringify([rule]))})`;

function markdown(paragraphs: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString(paragraphs.filter((paragraph) => paragraph !== '').join('\n\n'));
  text.isTrusted = { enabledCommands: [EXPLAIN] };
  return text;
}

export function ruleTooltip({ rule, title, paragraph, result, why, suppressed }: RuleRow): vscode.MarkdownString {
  const lines = [
    `**${markdownText(title)}** · ${markdownText(paragraph)}`,
    `${result === 'not-applicable' ? 'Not applicable: ' : ''}${markdownText(why)}`,
    suppressed > 0 ? `${count(suppressed, 'finding')} may stand for a while, by \`policy.suppressions\` in odoo-ops.yml.` : '',
    explainLink(rule),
  ];
  return markdown(lines);
}

/** `compose.yml:4`: the name of the file is what tells one from the other; the folders are in the tooltip. */
function shortPlace({ file, range }: Finding): string {
  const name = (file ?? '').slice((file ?? '').lastIndexOf('/') + 1);
  return `${plainText(name)}${range ? `:${range.start.line}` : ''}`;
}

export function findingItem(finding: Finding, id: string, place: vscode.Location | undefined): vscode.TreeItem {
  const message = plainText(finding.message);
  const item = new vscode.TreeItem(finding.file === null ? message : shortPlace(finding));
  item.id = `policy:${id}`;
  item.description = finding.file === null ? '' : message;
  item.contextValue = `finding${(finding.edits ?? []).length > 0 ? '.mechanical' : ''}${finding.rule === 'suppression' ? '' : '.suppressible'}`;
  item.iconPath = themeIcon(finding.severity === 'error' ? 'failed' : 'warned');
  item.accessibilityInformation = { label: `${finding.severity}, ${shortPlace(finding)} ${message}` };
  if (place) {
    item.command = {
      command: 'vscode.open',
      title: 'Open',
      arguments: [place.uri, { selection: new vscode.Range(place.range.start, place.range.end), preview: true }],
    };
  }
  return item;
}

export function findingTooltip({ file, range, message, fix, paragraph, edits = [], stage, rule }: Finding): vscode.MarkdownString {
  const where = file === null ? '' : `${markdownText(file)}${range ? `:${range.start.line}` : ''}`;
  const lines = [
    `**${markdownText(message)}**`,
    `${markdownText(fix)}${edits.length > 0 ? ' _There is a quick fix._' : ''}`,
    [where, stage ?? '', paragraph].filter((part) => part !== '').join(' · '),
    explainLink(rule),
  ];
  return markdown(lines);
}
