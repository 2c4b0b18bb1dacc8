import type { ModuleChange } from '../repository/module.ts';
import type { Sha } from '../repository/names.ts';
import { shortSha } from '../repository/short-sha.ts';

/** The way back to the commit that an environment ran before (§6.2). */
export interface RollbackPlan {
  environment: 'staging' | 'production';
  branch: string;
  /** Branch of staging. */
  staging: string;
  current: Sha;
  previous: Sha;
  /** Id of the promotion that would be undone. */
  record: string;
  /** What the modules would become; a database that was updated does not go back by itself. */
  modules: ModuleChange[];
}

export interface RollbackStep {
  title: string;
  command: string | null;
}

/** Branches never rewind: the code goes back by a commit that moves up like any other change (§4.2). */
export function rollbackSteps({ environment, branch, staging, current, previous, modules }: RollbackPlan): RollbackStep[] {
  const fix = `fix/rollback-${shortSha(current)}`;
  const steps: RollbackStep[] = [
    { title: `Build what ${environment} ran before`, command: `odoo-ops build ${previous} --verify` },
    {
      // A restore, not `git revert`: a range with merges cannot be reverted in one go.
      title: 'Make a branch that holds that state again',
      command: `git switch -c ${fix} origin/${branch} && git restore --source=${previous} --staged --worktree :/ && git commit -m "Roll back to ${shortSha(previous)}" && git push -u origin ${fix}`,
    },
    {
      title: 'Promote it',
      command:
        environment === 'production'
          ? `odoo-ops promote ${fix} ${branch} --emergency --reason "roll back ${shortSha(current)}"`
          : `odoo-ops promote ${fix} ${staging}`,
    },
  ];
  if (environment === 'production') steps.push({ title: 'Bring it to staging too', command: `odoo-ops promote ${fix} ${staging}` });
  const lowered = modules.filter(({ old_version, new_version }) => old_version !== new_version);
  if (lowered.length > 0) {
    steps.push({
      title: `Restore the database from before the promotion, or write down-migrations: ${lowered.map(({ module }) => module).join(', ')} changed version`,
      command: null,
    });
  }
  return steps;
}

export function rollbackText(plan: RollbackPlan): string {
  return [
    `# Roll back ${plan.environment}`,
    '',
    `${plan.branch} is at ${shortSha(plan.current)}; before the promotion ${plan.record.slice(0, 8)} it was at ${shortSha(plan.previous)}.`,
    '',
    ...rollbackSteps(plan).map(({ title, command }, index) => `${index + 1}. ${title}${command === null ? '' : `\n   ${command}`}`),
  ].join('\n');
}
