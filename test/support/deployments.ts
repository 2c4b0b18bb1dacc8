import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DeploymentOutcome } from '../../src/core/deployment/plan.ts';
import { deploy } from '../../src/runtime/deploy/deploy.ts';
import { prepareDeployment } from '../../src/runtime/deploy/plan.ts';
import type { ActResult } from '../../src/runtime/evidence/act.ts';
import { commit, git, write } from './sample.ts';
import { opened } from './workspace.ts';

/** Commits to staging and pushes, as a promotion would, only faster. */
export function pushToStaging(root: string, files: Readonly<Record<string, string>>, message = 'Work'): string {
  write(root, files);
  const sha = commit(root, message);
  git(root, ['push', '--quiet', 'origin', 'main']);
  return sha;
}

/** An `odoo-ops.yml` that says how staging is deployed to. */
export const deployFiles = (
  deploySettings: Readonly<Record<string, unknown>>,
  url?: string,
  files: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  'odoo-ops.yml': stringify({ environments: { staging: { ...(url === undefined ? {} : { url }), deploy: deploySettings } } }),
  ...files,
});

/** Plans and deploys, in this process. */
export async function deployed(root: string, environment: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<ActResult> {
  const workspace = await opened(root, environment, signal);
  return deploy(workspace, await prepareDeployment(workspace, 'staging'));
}

export function outcomeOf({ record }: Pick<ActResult, 'record'>): DeploymentOutcome {
  if (record.outcome?.act !== 'deployment') throw new Error(`No deployment: ${JSON.stringify(record.outcome)}`);
  return record.outcome;
}

/** The command's log; empty where there is none. */
export function deployLog(root: string, folder: string): string {
  const file = join(root, folder, 'logs/deploy.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
