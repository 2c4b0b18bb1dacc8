import assert from 'node:assert/strict';
import { checkText } from '../../../../src/core/policy/report/check-text.ts';
import type { Finding } from '../../../../src/core/policy/finding.ts';
import type { CheckResult } from '../../../../src/core/policy/outcome.ts';

const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: 'odoo-stage',
  severity: 'error',
  file: 'compose.yml',
  range: { start: { line: 4, column: 7 }, end: { line: 4, column: 17 } },
  message: 'Service odoo has no ODOO_STAGE.',
  fix: 'Set ODOO_STAGE: staging',
  paragraph: '§3.2',
  ...over,
});
const suppression = { rule: 'no-secrets', file: 'docs/**', reason: 'Void since 2019', until: '2026-12-31' } as const;
const result: CheckResult = {
  outcomes: [
    { rule: 'odoo-stage', title: '', paragraph: '§3.2', result: 'failed', why: '1 error in 2 services' },
    { rule: 'no-secrets', title: '', paragraph: '§7.1', result: 'passed', why: '12 files' },
    { rule: 'cron-limits', title: '', paragraph: '§8.2', result: 'warned', why: '1 warning in 1 odoo.conf' },
    { rule: 'linear-promotion', title: '', paragraph: '§4.2', result: 'not-applicable', why: 'There is no remote to compare with.' },
  ],
  findings: [
    finding({ rule: 'linear-promotion', file: null, range: null, message: 'A commit is missing.' }),
    finding(),
    finding({ severity: 'warning', edits: [{ file: 'compose.yml', range: finding().range!, text: 'x' }] }),
  ],
  suppressed: [
    { finding: finding({ rule: 'no-secrets', file: 'docs/a.md' }), suppression },
    { finding: finding({ rule: 'no-secrets', file: 'docs/b.md' }), suppression },
  ],
  notices: ['One file is too large.'],
  files: 42,
};

describe('the text of a check', () => {
  it('groups findings by file, then has a line for each rule, what is suppressed, and the sum', () =>
    assert.equal(
      checkText(result),
      `The repository as a whole
  error  A commit is missing.  linear-promotion §3.2
      Set ODOO_STAGE: staging

compose.yml
  compose.yml:4:7  error  Service odoo has no ODOO_STAGE.  odoo-stage §3.2
      Set ODOO_STAGE: staging
  compose.yml:4:7  warning  Service odoo has no ODOO_STAGE.  odoo-stage §3.2
      Set ODOO_STAGE: staging  (--fix does it)

✗ odoo-stage        §3.2        1 error in 2 services
✓ no-secrets        §7.1        12 files
! cron-limits       §8.2        1 warning in 1 odoo.conf
- linear-promotion  §4.2        not applicable: There is no remote to compare with.

Suppressed: 2 findings
  no-secrets in docs/**: 2, until 2026-12-31: Void since 2019

note: One file is too large.

2 errors, 1 warning in 42 files`,
    ));

  it('colours severities and marks, and nothing that a file says moves the cursor', () => {
    const text = checkText({ ...result, findings: [finding({ file: 'a\u001b[2J.yml' })] }, (colour, part) => `<${colour}>${part}</>`);
    assert.match(text, /<red>error<\/>/);
    assert.match(text, /<green>✓<\/> no-secrets/);
    assert.match(text, /<yellow>!<\/> cron-limits/);
    assert.ok(!text.includes('\u001b'));
  });

  it('is the sum alone where nothing was looked at', () =>
    assert.equal(checkText({ outcomes: [], findings: [], suppressed: [], notices: [], files: 1 }), '0 errors in 1 file'));
});
