import { prepareDeployment } from '../../src/runtime/deploy/plan.ts';
import { deploy } from '../../src/runtime/deploy/deploy.ts';
import { build } from '../../src/runtime/build/build.ts';
import { preparePromotion } from '../../src/runtime/promotion/plan.ts';
import { promote } from '../../src/runtime/promotion/promote.ts';
import { daysAgo } from './clock.ts';
import { commit, git, write } from './sample.ts';
import { opened } from './workspace.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A week of a team, as real acts leave it: on the remote, in the evidence, and in the control plane where there is one. */
export async function weekOfWork(root: string, environment: Environment = {}): Promise<void> {
  const as = (name: string) => git(root, ['config', 'user.name', name]);
  const promoted = async (from: string, to: string) => {
    const workspace = await opened(root, environment);
    return promote(workspace, await preparePromotion(workspace, { from, to, emergency: null }));
  };
  const deployed = async (name: string) => {
    const workspace = await opened(root, environment);
    return deploy(workspace, await prepareDeployment(workspace, name));
  };
  const built = async (revision: string) => build(await opened(root, environment), { revision, verify: false, output: null });

  as('Ben Cruz');
  await daysAgo(6, () => promoted('feature/loyalty-points', 'main'));
  await daysAgo(5.98, () => deployed('staging'));
  as('Ana Reyes');
  await daysAgo(5, () => promoted('main', 'production'));
  await daysAgo(4.97, () => deployed('production'));
  await daysAgo(1.1, () => promoted('fix/invoice-rounding', 'main')); // the gate for the addons path refuses
  as('Ben Cruz');
  await daysAgo(1, () => deployed('staging'));
  await daysAgo(0.99, () => built('origin/main'));
  as('Ana Reyes');
  await daysAgo(0.05, () => deployed('production'));
}

/** Says in `main` how this team deploys: with words of a real one, and without touching anything. */
export function deployable(root: string, run: Readonly<Record<'staging' | 'production', string>>): void {
  const environments = (['staging', 'production'] as const).map((name) => `  ${name}: { deploy: { run: ${JSON.stringify(run[name])} } }\n`);
  git(root, ['switch', '--quiet', 'main']);
  write(root, {
    'odoo-ops.yml': `version: 1
odoo:
  version: "19.0"
promotion:
  gates:
    - name: manifest-versions
      run: [node, scripts/check-versions.mjs]
      timeout: 1m
environments:
${environments.join('')}`,
  });
  commit(root, 'Say how it is deployed');
  git(root, ['push', '--quiet', 'origin', 'main']);
}
