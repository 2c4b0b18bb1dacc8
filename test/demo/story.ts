import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Outcome, type Program } from './commands.ts';
import { heading, paint, remark, say } from './screen.ts';

const PLAN = { to: /^[✓✗?] /, what: 'of the plan' };

/** The commands of a working day, in order; each is added to `outcomes` when it has ended well. @returns how many parts it had */
export async function tellStory(program: Program, outcomes: Outcome[]): Promise<number> {
  let part = 0;
  const chapter = (title: string, text: string) => {
    heading(++part, title);
    remark(text);
  };
  const ops = async (args: string, more: Partial<Parameters<typeof run>[1]> = {}): Promise<Outcome> => {
    const outcome = await run(program, { args: args.split(' '), ...more });
    outcomes.push(outcome);
    return outcome;
  };

  chapter('A control plane', 'PostgreSQL 18 from npm, for teams without one of their own or Supabase.');
  await ops('control-plane start');

  chapter('What is where', 'Three environments, and two branches that wait for staging.');
  await ops('status');

  chapter('Check and build', 'The same commit gives the same bytes, here and in another clone.');
  await ops('check');
  await ops('build feature/loyalty-points --verify');

  chapter('A feature goes to staging', "A merge, locked and guarded by six gates of ours and one of the team's.");
  await ops('promote feature/loyalty-points main --yes', { fold: { from: /^## \d+ gates/, ...PLAN } });

  chapter('A fix is refused', 'It swaps two folders of the addons path: another addon would win.');
  const refused = await ops('promote fix/invoice-rounding main --yes', {
    expected: { code: 3, meaning: 'refused' },
    fold: { from: /^# Promote/, ...PLAN },
  });

  chapter('Staging goes to production', 'A fast-forward: production runs the very commit that staging ran.');
  await ops('promote main production --yes', { fold: { from: /^# Promote/, ...PLAN } });

  chapter('The way back', 'A plan only. Branches never rewind: the old state moves up like any change.');
  await ops('plan rollback production');

  chapter('Evidence', 'Each act left a record. Somebody edits a log of the refused one:');
  const log = join(program.root, refused.evidence ?? '', 'logs', 'gate-policy.log');
  const original = readFileSync(log);
  appendFileSync(log, 'passed: nothing to see here\n');
  say(`   ${paint('cyan', '$ echo "passed: nothing to see here" >> …/logs/gate-policy.log')}`);
  try {
    await ops('evidence verify', { expected: { code: 3, meaning: 'found' } });
  } finally {
    writeFileSync(log, original);
  }
  remark('Put back as it was:');
  await ops('evidence verify');
  await ops('status');
  return part;
}
