import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { sha256 } from '../../../../src/adapters/files/hash.ts';
import { RULES, type Finding } from '../../../../src/core/policy/finding.ts';
import type { CheckResult } from '../../../../src/core/policy/outcome.ts';
import { sarif } from '../../../../src/core/policy/report/sarif.ts';

const require = createRequire(import.meta.url);
const ajv = new Ajv({ strict: false, unicodeRegExp: false });
addFormats(ajv);
const isValid = ajv.compile(require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json') as object);

const range = (line: number) => ({ start: { line, column: 7 }, end: { line, column: 17 } });
const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: 'odoo-stage',
  severity: 'error',
  file: 'deploy/compose staging.yml',
  range: range(4),
  message: 'Service odoo has no ODOO_STAGE.',
  fix: 'Set ODOO_STAGE: staging',
  paragraph: '§3.2',
  ...over,
});
const outcomes: CheckResult['outcomes'] = RULES.map((rule) => ({
  rule,
  title: `Title of ${rule}`,
  paragraph: '§3.2',
  result: 'failed',
  why: '',
}));
const checked = (over: Partial<CheckResult> = {}): CheckResult => ({
  outcomes,
  findings: [],
  suppressed: [],
  notices: [],
  files: 3,
  ...over,
});
const options = {
  version: '0.1.0',
  hash: sha256,
  pages: new Map([['odoo-stage', '# odoo-stage\n\nOdoo tells its stage\nby a variable.\n\n## Bad\n']]),
  suppressed: false,
};
function valid(result: CheckResult, over: Partial<typeof options> = {}) {
  const { log, leftOut } = sarif(result, { ...options, ...over });
  assert.ok(isValid(JSON.parse(JSON.stringify(log))), JSON.stringify(isValid.errors));
  const [run] = log.runs;
  assert.ok(run);
  return { run, leftOut, rules: run.tool.driver.rules, results: run.results };
}

describe('SARIF', () => {
  it('is refused by its schema where it is broken: the test itself can fail', () => {
    const { log } = sarif(
      checked({ findings: [finding({ range: { start: { line: 0, column: 1 }, end: { line: 1, column: 1 } } })] }),
      options,
    );
    assert.equal(isValid(JSON.parse(JSON.stringify(log))), false);
  });

  it('is valid without any finding, and tells the rules that were looked at', () => {
    const { rules, results } = valid(checked());
    assert.deepEqual([rules.map(({ id }) => id), results], [[...RULES, 'unreadable-file', 'suppression'], []]);
    const stage = rules.find(({ id }) => id === 'odoo-stage');
    assert.deepEqual(
      [stage?.shortDescription.text, stage?.fullDescription.text, stage?.help.markdown?.slice(0, 12)],
      ['Title of odoo-stage', 'Odoo tells its stage by a variable.', '# odoo-stage'],
    );
  });

  it('says rule, level, place and fix of a finding', () => {
    const edit = { file: 'deploy/compose staging.yml', range: range(4), text: 'ODOO_STAGE: staging' };
    const { results, rules } = valid(checked({ findings: [finding({ edits: [edit] })] }));
    const [result] = results;
    assert.equal(rules[result?.ruleIndex ?? -1]?.id, 'odoo-stage');
    assert.equal(result?.level, 'error');
    assert.deepEqual(result.locations[0]?.physicalLocation, {
      artifactLocation: { uri: 'deploy/compose%20staging.yml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 4, startColumn: 7, endLine: 4, endColumn: 17 },
    });
    assert.deepEqual(result.fixes?.[0]?.artifactChanges[0]?.replacements, [
      { deletedRegion: { startLine: 4, startColumn: 7, endLine: 4, endColumn: 17 }, insertedContent: { text: 'ODOO_STAGE: staging' } },
    ]);
  });

  it('places what is about no file at the configuration', () => {
    const { results } = valid(checked({ findings: [finding({ file: null, range: null }), finding({ range: null })] }));
    assert.deepEqual(
      results.map(({ locations: [place] }) => [place?.physicalLocation.artifactLocation.uri, place?.physicalLocation.region.startLine]),
      [
        ['odoo-ops.yml', 1],
        ['deploy/compose%20staging.yml', 1],
      ],
    );
  });

  it('knows a finding again when it moves, and two that are alike from each other', () => {
    const prints = (findings: Finding[]) =>
      valid(checked({ findings })).results.map((result) => result.partialFingerprints['odooOpsFinding/v1']);
    const before = prints([finding(), finding({ range: range(9) })]);
    assert.deepEqual(prints([finding({ range: range(14) }), finding({ range: range(20) })]), before);
    assert.equal(new Set(before).size, 2);
    assert.notDeepEqual(prints([finding({ message: 'other' })]), before.slice(0, 1));
  });

  it('leaves out what is suppressed, or marks it with reason and day', () => {
    const suppression = { rule: 'odoo-stage', file: '**', reason: 'Until the move in June', until: '2026-12-31' } as const;
    const result = checked({ suppressed: [{ finding: finding(), suppression }] });
    assert.equal(valid(result).results.length, 0);
    assert.deepEqual(valid(result, { suppressed: true }).results[0]?.suppressions, [
      { kind: 'external', status: 'accepted', justification: 'Until the move in June (until 2026-12-31)' },
    ]);
  });

  it('marks what is about security, so that code scanning grades it', () => {
    const { rules } = valid(checked());
    assert.deepEqual(rules.find(({ id }) => id === 'no-secrets')?.properties['security-severity'], '8.0');
    assert.ok(rules.find(({ id }) => id === 'no-secrets')?.properties.tags.includes('security'));
  });

  it('keeps 5,000 results, errors before warnings, and says how many it left out', () => {
    const warnings = Array.from({ length: 5010 }, (_, index) => finding({ severity: 'warning', message: `w${index}` }));
    const { results, leftOut } = valid(checked({ findings: [...warnings, finding()] }));
    assert.deepEqual([results.length, leftOut, results.at(-1)?.level, results.at(0)?.level], [5000, 11, 'error', 'warning']);
  });

  it('is valid for any words and any path', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), (file, message) => {
        const { results } = valid(checked({ findings: [finding({ file, message })], notices: [message] }));
        assert.equal(decodeURIComponent(results[0]?.locations[0]?.physicalLocation.artifactLocation.uri ?? ''), file);
      }),
      { numRuns: 50 },
    ));
});
