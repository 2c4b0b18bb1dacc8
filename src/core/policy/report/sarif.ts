import type { Hash } from '../../hash.ts';
import { CONFIG_FILE } from '../../config/schema.ts';
import { plainText } from '../../text.ts';
import type { Edit, Finding, FindingRule, Range } from '../finding.ts';
import type { CheckResult, Suppressed } from '../outcome.ts';

export interface SarifOptions {
  version: string;
  hash: Hash;
  /** The page of a rule in Markdown. */
  pages: ReadonlyMap<string, string>;
  /** Suppressed findings too, marked as such. GitHub does not read the mark: it would show them as open alerts. */
  suppressed: boolean;
}

/** GitHub shows this many results of a file, and refuses one with far more. */
const MOST_RESULTS = 5000;
const BEGINNING: Range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

/** What code scanning counts as security, and how grave it is there, of 10. */
const SECURITY: Partial<Record<FindingRule, string>> = { 'no-secrets': '8.0', 'row-level-security': '8.0', 'staging-neutralised': '7.0' };

const CHECK_ITSELF = [
  { rule: 'unreadable-file', title: 'A file that a rule should read can be read', paragraph: '§5.1' },
  { rule: 'suppression', title: 'Each suppression matches a finding and is not past its day', paragraph: '§5.1' },
] as const;

const artifact = (file: string) => ({ uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' });

const region = ({ start, end }: Range) => ({
  startLine: start.line,
  startColumn: start.column,
  endLine: end.line,
  endColumn: end.column,
});

function ruleOf({ rule, title, paragraph }: { rule: FindingRule; title: string; paragraph: string }, pages: SarifOptions['pages']) {
  const page = pages.get(rule);
  const severity = SECURITY[rule];
  // The paragraph below the heading says why.
  const why = page?.split(/\n{2,}/)[1]?.replaceAll('\n', ' ');
  return {
    id: rule,
    name: rule,
    shortDescription: { text: title },
    fullDescription: { text: why ?? title },
    help: { text: `${title} (${paragraph}). Run \`odoo-ops explain ${rule}\`.`, ...(page === undefined ? {} : { markdown: page }) },
    defaultConfiguration: { level: 'error' },
    properties: {
      tags: [...(severity === undefined ? ['correctness'] : ['security']), `constitution ${paragraph}`],
      ...(severity === undefined ? {} : { 'security-severity': severity }),
    },
  };
}

function fixOf(edits: readonly Edit[], fix: string) {
  const files = [...new Set(edits.map(({ file }) => file))];
  return {
    description: { text: fix },
    artifactChanges: files.map((file) => ({
      artifactLocation: artifact(file),
      replacements: edits
        .filter((edit) => edit.file === file)
        .map(({ range, text }) => ({ deletedRegion: region(range), insertedContent: { text } })),
    })),
  };
}

/** Tells a finding again when lines moved above it; the second of two that are alike is another one. */
function fingerprints(findings: readonly Finding[], hash: Hash): string[] {
  const seen = new Map<string, number>();
  return findings.map(({ rule, file, message }) => {
    const print = hash([rule, file ?? '', message].join('\0'));
    const number = (seen.get(print) ?? 0) + 1;
    seen.set(print, number);
    return `${print}:${number}`;
  });
}

type Result = Finding & { suppression?: Suppressed['suppression'] };

function resultOf(finding: Result, ruleIds: readonly string[], fingerprint: string | undefined) {
  const { rule, severity, message, fix, file, range, edits = [], suppression } = finding;
  return {
    ruleId: rule,
    ruleIndex: ruleIds.indexOf(rule),
    level: severity,
    message: { text: `${plainText(message)} ${plainText(fix)}` },
    // GitHub wants a place for each; what is about history or the repository as a whole stands where the rules are set.
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifact(file ?? CONFIG_FILE),
          region: region(file === null ? BEGINNING : (range ?? BEGINNING)),
        },
      },
    ],
    partialFingerprints: { 'odooOpsFinding/v1': fingerprint },
    ...(edits.length > 0 ? { fixes: [fixOf(edits, fix)] } : {}),
    ...(suppression
      ? { suppressions: [{ kind: 'external', status: 'accepted', justification: `${suppression.reason} (until ${suppression.until})` }] }
      : {}),
  };
}

/**
 * The result as SARIF 2.1.0, for code scanning.
 * @returns leftOut: results beyond what GitHub shows; warnings go first
 */
export function sarif({ outcomes, findings, suppressed, notices }: CheckResult, options: SarifOptions) {
  const { version, hash, pages } = options;
  const rules = [...outcomes, ...CHECK_ITSELF].map((rule) => ruleOf(rule, pages));
  const all: Result[] = [
    ...findings,
    ...(options.suppressed ? suppressed.map(({ finding, suppression }) => ({ ...finding, suppression })) : []),
  ];
  const prints = fingerprints(all, hash);
  const results = all.map((finding, index) =>
    resultOf(
      finding,
      rules.map(({ id }) => id),
      prints[index],
    ),
  );
  const grave = [...results.filter(({ level }) => level === 'error'), ...results.filter(({ level }) => level !== 'error')];
  const kept = new Set(grave.slice(0, MOST_RESULTS));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'odoo-ops', semanticVersion: version, rules } },
        automationDetails: { id: 'odoo-ops/check/' },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: notices.map((text) => ({ level: 'note', message: { text: plainText(text) } })),
          },
        ],
        results: results.filter((result) => kept.has(result)),
      },
    ],
  };
  return { log, leftOut: results.length - kept.size };
}
