import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES, type Finding } from '../../src/core/policy/finding.ts';
import type { CheckResult } from '../../src/core/policy/outcome.ts';
import { PACKAGE_ROOT } from '../support/bundle.ts';
import { cli, json } from '../support/cli.ts';
import { commit, git, sampleIn, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

/** Put together here, so that no scan of this file takes it for a secret. */
const TOKEN = ['xoxb', '1234567890', '1234567890123', 'AbCdEfGhIjKlMnOpQrStUvWx'].join('-');
const LEAK = { 'scripts/notify.sh': `#!/bin/sh\nSLACK_TOKEN=${TOKEN}\n` };
const CONF = 'config/production/odoo.conf';
const suppressing = (until: string, file = 'scripts/**') =>
  `version: 1\npolicy:\n  suppressions:\n    - rule: no-secrets\n      file: ${file}\n      reason: The token is void since 2019\n      until: ${until}\n`;

interface Sarif {
  version: string;
  runs: { results: { ruleId: string; level: string; suppressions?: unknown[]; locations: { physicalLocation: object }[] }[] }[];
}

describe('odoo-ops check', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const withFiles = (files: Readonly<Record<string, string>>) => {
    const { root } = sampleIn(folder());
    write(root, files);
    return root;
  };
  const findingsOf = (result: Awaited<ReturnType<typeof cli>>) => json(result)['findings'] as Finding[];

  it('passes the sample, with a line for each rule', async () => {
    const { code, stdout, stderr } = await cli(withFiles({}), ['check']);
    assert.deepEqual([code, stderr], [0, '']);
    for (const rule of RULES) assert.match(stdout, new RegExp(`^[✓-] ${rule} +§`, 'm'));
    assert.match(stdout, /\n0 errors in \d+ files\n$/);
  });

  it('ends with 3 where an error stands, which the list names with its place, and no value of a secret', async () => {
    const root = withFiles(LEAK);
    const { code, stdout } = await cli(root, ['check']);
    assert.equal(code, 3);
    assert.match(stdout, /^scripts\/notify\.sh\n {2}scripts\/notify\.sh:2:\d+ {2}error {2}.* {2}no-secrets §7\.1\n/m);
    assert.match(stdout, /^✗ no-secrets +§7\.1 +1 error in /m);
    for (const format of ['text', 'json', 'sarif', 'github']) {
      const said = await cli(root, ['check', '--format', format]);
      assert.equal(said.code, 3, format);
      assert.ok(!said.stdout.includes(TOKEN) && said.stdout.includes('notify.sh'), format);
    }
  });

  it('prints the same JSON with --json and --format json', async () => {
    const root = withFiles(LEAK);
    const [first, second] = [await cli(root, ['check', '--json']), await cli(root, ['check', '--format', 'json'])];
    assert.equal(first.stdout, second.stdout);
    const { outcomes, findings } = JSON.parse(first.stdout) as CheckResult;
    assert.deepEqual(
      [outcomes.length, findings.map(({ rule, file }) => [rule, file])],
      [RULES.length, [['no-secrets', 'scripts/notify.sh']]],
    );
  });

  it('looks at the rules that are asked for, in their order', async () => {
    const { outcomes } = json(await cli(withFiles(LEAK), ['check', '--rule', 'row-level-security', 'odoo-stage', '--json']));
    assert.deepEqual(
      (outcomes as CheckResult['outcomes']).map(({ rule }) => rule),
      ['odoo-stage', 'row-level-security'],
    );
  });

  it('prints SARIF, or writes it beside the list', async () => {
    const root = withFiles(LEAK);
    const { stdout } = await cli(root, ['check', '--format', 'sarif']);
    const { version, runs } = JSON.parse(stdout) as Sarif;
    assert.deepEqual([version, runs[0]?.results.map(({ ruleId, level }) => [ruleId, level])], ['2.1.0', [['no-secrets', 'error']]]);
    const list = await cli(root, ['check', '--output', 'results.sarif']);
    assert.match(list.stdout, /^✗ no-secrets/m);
    assert.equal(readFileSync(join(root, 'results.sarif'), 'utf8'), stdout);
  });

  it('prints workflow commands for GitHub only when told so', async () => {
    const root = withFiles(LEAK);
    const env = { GITHUB_ACTIONS: 'true' };
    assert.ok(!(await cli(root, ['check'], { env })).stdout.includes('::error'));
    assert.match(
      (await cli(root, ['check', '--format', 'github'], { env })).stdout,
      /^::error file=scripts\/notify\.sh,line=2,endLine=2,col=\d+,endColumn=\d+,title=no-secrets §7\.1::/,
    );
  });

  it('tells what changed since a branch, new files included, and nothing else', async () => {
    const { root } = sampleIn(folder());
    write(root, LEAK);
    commit(root, 'Notify');
    git(root, ['switch', '--quiet', '--create', 'feature/more']);
    write(root, { 'scripts/more.sh': LEAK['scripts/notify.sh'] });
    commit(root, 'More');
    write(root, { 'scripts/new.sh': LEAK['scripts/notify.sh'] });
    const since = async (ref: string) => findingsOf(await cli(root, ['check', '--changed-since', ref, '--json'])).map(({ file }) => file);
    assert.deepEqual(await since('main'), ['scripts/more.sh', 'scripts/new.sh']);
    assert.deepEqual(await since('HEAD'), ['scripts/new.sh']);
    assert.deepEqual(await since('origin/main'), ['scripts/more.sh', 'scripts/new.sh', 'scripts/notify.sh'].sort());
  });

  it('ends with 2 for a revision that is none and for options that do not go together', async () => {
    const root = withFiles({});
    const revision = await cli(root, ['check', '--changed-since', 'nothing-such']);
    assert.deepEqual([revision.code, revision.stdout], [2, '']);
    assert.match(revision.stderr, /"nothing-such" names no commit in this repository\.\n {2}Run `git fetch`/);
    for (const args of [
      ['--rule', 'no-such'],
      ['--stage', 'live'],
      ['--format', 'xml'],
      ['--dry-run'],
      ['--suppressed'],
      ['--json', '--format', 'sarif'],
    ]) {
      assert.equal((await cli(root, ['check', ...args])).code, 2, args.join(' '));
    }
  });

  describe('suppressions', () => {
    it('lets a finding stand until its day, and says so', async () => {
      const root = withFiles({ ...LEAK, 'odoo-ops.yml': suppressing('2099-12-31') });
      const { code, stdout } = await cli(root, ['check', '--rule', 'no-secrets']);
      assert.equal(code, 0);
      assert.match(stdout, /Suppressed: 1 finding\n {2}no-secrets in scripts\/\*\*: 1, until 2099-12-31: The token is void since 2019/);
      assert.match(stdout, /odoo-ops\.yml:4:7 {2}warning {2}.* holds until 2099-12-31, more than a year ahead/);
      const sarif = async (...args: string[]) =>
        (
          JSON.parse((await cli(root, ['check', '--rule', 'no-secrets', '--format', 'sarif', ...args])).stdout) as Sarif
        ).runs[0]?.results.map(({ ruleId, suppressions }) => [ruleId, suppressions?.length]);
      assert.deepEqual(await sarif(), [['suppression', undefined]]);
      assert.deepEqual(await sarif('--suppressed'), [
        ['suppression', undefined],
        ['no-secrets', 1],
      ]);
    });

    it('is an error past its day, beside what it let stand', async () => {
      const result = await cli(withFiles({ ...LEAK, 'odoo-ops.yml': suppressing('2026-01-31') }), [
        'check',
        '--rule',
        'no-secrets',
        '--json',
      ]);
      assert.equal(result.code, 3);
      assert.deepEqual(
        findingsOf(result).map(({ rule, severity, file, range }) => [rule, severity, file, range?.start.line]),
        [
          ['suppression', 'error', 'odoo-ops.yml', 4],
          ['no-secrets', 'error', 'scripts/notify.sh', 2],
        ],
      );
      assert.match(findingsOf(result)[0]?.message ?? '', /ended on 2026-01-31.*The token is void since 2019\./);
    });

    it('is a warning where it matches nothing', async () => {
      const result = await cli(withFiles({ 'odoo-ops.yml': suppressing('2026-12-31', 'none/**') }), [
        'check',
        '--rule',
        'no-secrets',
        '--json',
      ]);
      assert.deepEqual([result.code, findingsOf(result).map(({ rule, severity }) => [rule, severity])], [0, [['suppression', 'warning']]]);
    });

    it('is refused without a reason', async () => {
      const text = suppressing('2026-12-31').replace(/ +reason:.*\n/, '');
      const { code, stderr } = await cli(withFiles({ 'odoo-ops.yml': text }), ['check']);
      assert.equal(code, 2);
      assert.match(stderr, /odoo-ops\.yml:4:7: policy\.suppressions\[0\]\.reason/);
    });
  });

  describe('--fix', () => {
    /** Production with a few limits that are not those of §8.3, as an editor on Windows writes it. */
    const BROKEN = '\ufeff[options]\r\n; für Manila\r\nworkers = 64\r\nproxy_mode = True\r\ndb_maxconn = 20\r\n';
    const broken = (text = BROKEN) => {
      const root = withFiles({ [CONF]: text });
      chmodSync(join(root, CONF), 0o640);
      return root;
    };
    const bytes = (root: string) => readFileSync(join(root, CONF), 'utf8');
    const args = ['check', '--rule', 'production-limits', '--fix'];

    it('shows the difference and changes nothing with --dry-run', async () => {
      const root = broken();
      const { code, stdout } = await cli(root, [...args, '--dry-run']);
      assert.equal(code, 3);
      assert.match(stdout, /^--- a\/config\/production\/odoo\.conf.*\n\+\+\+ b\//m);
      assert.match(stdout, /^-workers = 64 ?\n\+workers = 8 ?$/m);
      assert.match(stdout, /^Would mend \d+ finding/m);
      assert.equal(bytes(root), BROKEN);
    });

    it('mends the file, which keeps CRLF, byte order mark and mode, and tells what remains', async () => {
      const root = broken();
      const { code, stdout } = await cli(root, args);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^Mended \d+ finding[\s\S]*^✓ production-limits/m);
      assert.match(bytes(root), /^\ufeff\[options\]\r\n[\s\S]*; für Manila\r\nworkers = 8\r\nproxy_mode = True\r\n/);
      assert.ok(!/[^\r]\n/.test(bytes(root)));
      assert.equal(statSync(join(root, CONF)).mode & 0o777, 0o640);
      assert.equal((await cli(root, args)).stdout.startsWith('Nothing can be mended mechanically.'), true);
    });

    it('tells the same as JSON, and the difference is in it', async () => {
      const result = await cli(broken(), [...args, '--json']);
      const { fixes, findings } = json(result) as {
        fixes: { fixed: unknown[]; patches: { file: string; patch: string }[] };
        findings: unknown[];
      };
      assert.deepEqual([result.code, fixes.fixed.length > 0, fixes.patches.map(({ file }) => file), findings], [0, true, [CONF], []]);
    });

    it('shows no secret in the lines around a change', async () => {
      const root = broken(BROKEN.replace('proxy_mode = True', `slack_token = ${TOKEN}`));
      const { stdout } = await cli(root, [...args, '--dry-run']);
      assert.match(stdout, /^ slack_token = .*…/m);
      assert.ok(!stdout.includes(TOKEN));
    });

    it('does not follow a link', async () => {
      const root = broken();
      const outside = join(folder(), 'odoo.conf');
      writeFileSync(outside, BROKEN);
      unlinkSync(join(root, CONF));
      symlinkSync(outside, join(root, CONF));
      await cli(root, args);
      assert.equal(readFileSync(outside, 'utf8'), BROKEN);
    });
  });
});

describe('odoo-ops explain', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  it('lists the eleven rules, in any folder', async () => {
    const { code, stdout } = await cli(folder(), ['explain']);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
      [...RULES],
    );
  });

  for (const rule of [...RULES, 'suppression', 'unreadable-file']) {
    it(`prints the page of ${rule}`, async () => {
      const { code, stdout } = await cli(folder(), ['explain', rule]);
      assert.deepEqual([code, stdout], [0, readFileSync(join(PACKAGE_ROOT, 'docs/policy', `${rule}.md`), 'utf8')]);
    });
  }

  it('says which rule was probably meant', async () => {
    const { code, stderr } = await cli(folder(), ['explain', 'cron-limit']);
    assert.equal(code, 2);
    assert.match(stderr, /There is no rule "cron-limit"\.\n {2}Did you mean cron-limits\?/);
  });
});
