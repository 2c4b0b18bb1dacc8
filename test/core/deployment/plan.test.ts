import assert from 'node:assert/strict';
import { healthChecks, healthProblem, unaskedChecks, type HealthFacts } from '../../../src/core/deployment/health.ts';
import { planDeployment, type DeploymentFacts } from '../../../src/core/deployment/prepare.ts';
import { deploymentLines, planText } from '../../../src/core/deployment/text.ts';
import { configSchema } from '../../../src/core/config/schema.ts';
import { isOpsError } from '../../../src/core/errors.ts';
import { deploymentPlanSchema } from '../../../src/core/deployment/plan.ts';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const config = configSchema.parse({
  environments: { production: { url: 'https://erp.example.com', deploy: { run: ['make', 'deploy'], timeout: '10m' } } },
});
const tip = {
  sha: NEW,
  parents: [OLD],
  author: 'Ana',
  email: 'ana@example.com',
  authored_at: '2026-03-02T09:00:00+08:00',
  committed_at: '2026-03-02T09:00:00+08:00',
  subject: 'Points\u001b[31m',
};
const facts = (extra: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
  environment: 'production',
  remote: 'origin',
  branch: 'production',
  tip,
  previous: OLD,
  running: OLD,
  lastTried: OLD,
  ranBefore: false,
  commits: [tip],
  modules: [],
  files: [],
  ...extra,
});

describe('the plan of a deployment', () => {
  it('names commit, way back, address and time, and is what a record holds', () => {
    const plan = planDeployment(facts(), config);
    assert.deepEqual(deploymentPlanSchema.parse(plan), plan);
    assert.deepEqual(
      [plan.stage, plan.sha, plan.previous_sha, plan.url, plan.timeout_ms],
      ['production', NEW, OLD, 'https://erp.example.com', 600_000],
    );
  });

  it('knows a way back from a new try', () => {
    const rollback = (extra: Partial<DeploymentFacts>) => planDeployment(facts(extra), config).rollback;
    assert.equal(rollback({}), false);
    assert.equal(rollback({ ranBefore: true }), true);
    assert.equal(rollback({ ranBefore: true, lastTried: NEW }), false);
  });

  it('claims nothing of what was there before where no record says it', () => {
    const plan = planDeployment(facts({ previous: null, running: null, lastTried: null }), config);
    assert.deepEqual([plan.previous_sha, plan.commits, plan.migrations], [null, [tip], []]);
    assert.match(planText(plan), /No record says what it runs now/);
  });

  it('says what runs after a deployment that failed: what it left, or that nobody can say', () => {
    const OTHER = 'c'.repeat(40);
    const text = (running: string | null) => planText(planDeployment(facts({ running, lastTried: OTHER }), config));
    assert.match(text(OTHER), /It runs cccccccc now/);
    assert.match(text(NEW), /It runs that commit already/);
    assert.match(text(null), /Nobody can say what the last deployment left there; before it, it ran aaaaaaaa/);
  });

  it('is refused without a command, with the lines to add', () => {
    assert.throws(
      () => planDeployment(facts({ environment: 'staging' }), config),
      (error) =>
        isOpsError(error, 'usage') && /environments:\n {4}staging:\n {6}deploy: \{ run: "make deploy-staging" \}/.test(error.hint ?? ''),
    );
  });

  it('is told to people without characters that would deceive them', () => {
    const text = planText(planDeployment(facts(), config));
    assert.match(text, /^# Deploy bbbbbbbb to production\n\nProduction gets what origin\/production holds\. It runs aaaaaaaa now\./);
    assert.ok(!text.includes('\u001b'));
  });
});

describe('a record of a deployment', () => {
  const plan = planDeployment(facts(), config);

  it('says what runs, the way back, health and migrations', () => {
    const lines = deploymentLines(plan, {
      act: 'deployment',
      sha: NEW,
      previous_sha: OLD,
      migrations: [{ module: 'sale_x', old_version: '1.0', new_version: '1.1', script: 'migrations/1.1/pre-a.py', duration_ms: 4000 }],
      health: unaskedChecks('not asked', '2026-03-02T09:00:00+08:00'),
    }).join('\n');
    for (const words of [
      `production runs ${NEW}`,
      `the way back: ${OLD}`,
      '? http: not asked',
      'sale_x: 1.0 → 1.1, migrations/1.1/pre-a.py',
    ])
      assert.ok(lines.includes(words), words);
  });

  it('says that nobody knows, or that nothing happened', () => {
    const unknown = { act: 'deployment' as const, sha: null, previous_sha: OLD, migrations: [], health: [] };
    assert.match(deploymentLines(plan, unknown).join('\n'), /nobody can say what production runs/);
    assert.match(deploymentLines(plan, null).join('\n'), /production was left as it was/);
  });
});

describe('health of a deployment', () => {
  const answer = (status: number | null, detail: string | null = null) => ({ status, detail, milliseconds: 12 });
  const results = (answers: HealthFacts) => healthChecks(answers, 'now').map(({ name, result }) => `${name} ${result}`);
  const well = { health: answer(200), databaseAway: false, login: answer(200) };

  it('is passed where Odoo, its database server and its sign-in page answer', () => {
    assert.deepEqual(results(well), ['http passed', 'database passed', 'login passed']);
    assert.equal(healthProblem(healthChecks(well, 'now')), null);
  });

  it('tells a database that is away from an Odoo that is', () => {
    assert.deepEqual(results({ ...well, health: answer(500), databaseAway: true }), ['http passed', 'database failed', 'login passed']);
    const away = { health: answer(null, 'ECONNREFUSED'), databaseAway: false, login: answer(null, 'ECONNREFUSED') };
    assert.deepEqual(results(away), ['http failed', 'database inconclusive', 'login failed']);
    assert.match(healthProblem(healthChecks(away, 'now')) ?? '', /^http: \/web\/health does not answer: ECONNREFUSED; login: /);
  });

  it('is failed where Odoo shows its database selector', () => {
    const checks = healthChecks({ ...well, login: answer(303, '/web/database/selector') }, 'now');
    assert.equal(healthProblem(checks), 'login: /web/login answers 303, to /web/database/selector');
  });
});
