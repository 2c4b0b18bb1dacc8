import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import * as z from 'zod';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { parseYaml } from '../../src/adapters/files/yaml.ts';
import { registerPr } from '../../src/cli/commands/pr.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { check } from '../../src/runtime/policy/check.ts';
import { PACKAGE_ROOT } from '../support/bundle.ts';
import { connection, testDatabase } from '../support/database.ts';
import { testEnvironment } from '../support/environment.ts';
import { sampleIn, write } from '../support/sample.ts';
import { startProject } from '../support/supabase/project.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';

const page = readFileSync(join(PACKAGE_ROOT, 'docs/pr-automation.md'), 'utf8');
const texts = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

const jobSchema = z.object({
  if: z.string(),
  'runs-on': z.union([z.string(), z.array(z.string())]),
  'timeout-minutes': z.int(),
  steps: z.array(z.strictObject({ name: z.string().optional(), run: z.string(), env: z.record(z.string(), z.string()).optional() })),
});
const workflowSchema = z.object({
  on: z.object({ pull_request_target: z.object({ types: z.array(z.string()) }) }),
  permissions: z.record(z.string(), z.enum(['read', 'write'])),
  env: z.record(z.string(), z.string()).optional(),
  jobs: z.record(z.string(), jobSchema),
});
const workflows = texts.map((text) => {
  const { value, problems } = parseYaml(text);
  assert.deepEqual(problems, []);
  return workflowSchema.parse(value);
});
const [asking, running] = workflows as [(typeof workflows)[0], (typeof workflows)[0]];
const jobs = workflows.flatMap(({ jobs: all }) => Object.values(all));

describe('docs/pr-automation.md', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();

  it('has two workflows that check nothing out, and put no word of a stranger into a shell', () => {
    assert.equal(workflows.length, 2);
    for (const { on } of workflows) assert.deepEqual(on.pull_request_target.types.sort(), ['closed', 'opened', 'reopened', 'synchronize']);
    for (const { steps } of jobs)
      for (const { run } of steps) {
        assert.doesNotMatch(run, /\$\{\{/);
        assert.doesNotMatch(run, /checkout|pull\/|\bhead\b/);
      }
    for (const text of texts) {
      assert.doesNotMatch(text, /^\s*(?:- )?uses:/m);
      // A number, the name of an event, who owns the head, and what the team itself configured.
      const known =
        /^(?:vars\.\w+|secrets\.ODOO_OPS_TOKEN|github\.token|github\.event\.pull_request\.number|github\.event\.action == 'closed' && 'pr-down' \|\| 'pr-up')$/;
      for (const [, expression = ''] of text.matchAll(/\$\{\{ (.*?) \}\}/g)) assert.match(expression, known);
    }
  });

  it('builds nothing of a fork by itself', () => {
    const own = 'github.event.pull_request.head.repo.full_name == github.repository';
    assert.equal(asking.jobs['ask']?.if, `github.event.action == 'closed' || ${own}`);
    assert.ok(running.jobs['up']?.if.endsWith(`github.event.action != 'closed' && ${own}`));
  });

  it('lets each job do no more than it needs, for no longer than it takes', () => {
    assert.deepEqual(asking.permissions, {});
    assert.deepEqual(running.permissions, { contents: 'read', 'pull-requests': 'write', statuses: 'write' });
    for (const job of jobs) assert.ok(job['timeout-minutes'] <= 60);
  });

  it('calls commands and options that there are', () => {
    const program = new Command();
    registerPr(program);
    const group = program.commands.find((command) => command.name() === 'pr');
    const calls = jobs.flatMap(({ steps }) => steps.map(({ run }) => run)).filter((run) => run.startsWith('odoo-ops '));
    assert.deepEqual(calls.map((call) => call.split(' ')[2]).sort(), ['down', 'sweep', 'up']);
    for (const call of calls) {
      const [, , name, ...rest] = call.split(' ');
      const command = group?.commands.find((one) => one.name() === name);
      const options = rest.filter((word) => word.startsWith('--'));
      assert.ok(
        options.every((option) => command?.options.some(({ long }) => long === option)),
        call,
      );
      assert.equal(rest.length - options.length, command?.registeredArguments.length, call);
    }
  });

  it('passes our own check', async () => {
    const { root } = sampleIn(folder());
    write(root, Object.fromEntries(texts.map((text, index) => [`.github/workflows/pr-${index}.yml`, text])));
    write(root, { 'docs/pr-automation.md': page });
    const { findings } = await check(await opened(root));
    assert.deepEqual(
      findings.filter(({ file }) => /workflows|automation/.test(file ?? '')),
      [],
    );
  });

  describe('asks a worker', () => {
    const step = asking.jobs['ask']?.steps[0];

    /** What GitHub makes of the step's variables. */
    const variables = (values: Record<string, string>, event: { action: string; number: number }) => ({
      SUPABASE_URL: values['url'],
      SUPABASE_PUBLISHABLE_KEY: values['key'],
      OPS_TOKEN: values['token'],
      KIND: event.action === 'closed' ? 'pr-down' : 'pr-up',
      NUMBER: String(event.number),
    });

    it('by the script as it stands there, once for each pull request and kind', async function () {
      const database = await testDatabase();
      try {
        const url = await database.create();
        await migrate(connection(url), migrationsFolder());
        const project = await startProject({ database: url, backend: 'stand-in' });
        try {
          const sign = (ops_role: string) => project.sign({ role: 'authenticated', client_id: 'acme', ops_role });
          const run = async (event: { action: string; number: number }, token: string) => {
            const env = testEnvironment(variables({ url: project.url, key: project.anonKey, token }, event));
            assert.deepEqual(Object.keys(step?.env ?? {}).sort(), Object.keys(variables({}, event)).sort());
            return promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', step?.run ?? ''], { env });
          };
          const operator = await sign('operator');
          const { stdout: first } = await run({ action: 'opened', number: 12 }, operator);
          const { stdout: again } = await run({ action: 'synchronize', number: 12 }, operator);
          await run({ action: 'closed', number: 12 }, operator);
          await run({ action: 'reopened', number: 13 }, operator);
          assert.match(first, /^"[0-9a-f-]{36}"$/);
          assert.equal(again, first);
          const rows = await database.query(url, 'select kind, key, payload, client_id from ops.tasks order by requested_at');
          assert.deepEqual(rows, [
            { kind: 'pr-up', key: 'pr-12', payload: { number: 12 }, client_id: 'acme' },
            { kind: 'pr-down', key: 'pr-12', payload: { number: 12 }, client_id: 'acme' },
            { kind: 'pr-up', key: 'pr-13', payload: { number: 13 }, client_id: 'acme' },
          ]);
          await assert.rejects(
            run({ action: 'opened', number: 14 }, await sign('viewer')),
            (error) => error instanceof Error && 'stdout' in error && String(error.stdout).includes('asking for work'),
          );
        } finally {
          await project.stop();
        }
      } finally {
        await database.stop();
      }
    });
  });
});
