import { databaseServer } from '../adapters/postgres/environments/server.ts';
import type { Config } from '../core/config/schema.ts';
import { isOpsError } from '../core/errors.ts';
import { count } from '../core/text.ts';
import { lackTexts } from '../core/pr-environments/text.ts';
import { gitHubOf, openForge } from './forge.ts';
import { chooseEngine } from './pr-environments/engine.ts';
import { environmentsConfig, projectOf, requireServerUrl } from './pr-environments/platform.ts';
import { requireDoor } from './pr-environments/route.ts';
import type { Workspace } from './workspace.ts';

/** Milliseconds: a service that takes longer to say that it is there is one that people wait for. */
const WITHIN = 15_000;

interface Finding {
  state?: 'ok' | 'warning';
  message: string;
  hint?: string;
}

const within = ({ context }: Workspace): AbortSignal => AbortSignal.any([context.signal, AbortSignal.timeout(WITHIN)]);

/** What is to be mended, in one line each for the eye and for the hand. */
function troubles(title: string, found: readonly { message: string; hint: string }[]): Finding {
  if (found.length === 0) return { message: title };
  const [messages, hints] = [found.map(({ message }) => message), found.map(({ hint }) => hint)];
  return { state: 'warning', message: [`${title}.`, ...messages].join(' '), hint: [...new Set(hints)].join(' ') };
}

/** Why nobody could open an environment behind the proxy. */
function missingPassword(config: Config, variables: Workspace['environment']): { message: string; hint: string }[] {
  try {
    requireDoor({ config, variables });
    return [];
  } catch (error) {
    if (!isOpsError(error, 'usage')) throw error;
    return [{ message: error.message, hint: error.hint ?? '' }];
  }
}

/** Where PR environments would run. @throws OpsError `unreachable` with what was tried */
export async function examineEngine(workspace: Workspace): Promise<Finding> {
  const { config } = await environmentsConfig(workspace);
  // No name is asked for here; what is made bears that of the repository.
  const { engine, description, proxy } = await chooseEngine(workspace, config, 'doctor');
  const { title, lacks } = description;
  const without = lackTexts(lacks).join(', ');
  const closed = proxy === null ? [] : missingPassword(config, workspace.environment);
  return troubles(without === '' ? title : `${title}: ${without}`, [...(await engine.notes(within(workspace))), ...closed]);
}

/** The server that their databases would live on. @throws OpsError `usage` where none is named, `unreachable` */
export async function examineDatabaseServer(workspace: Workspace): Promise<Finding> {
  const { config } = await environmentsConfig(workspace);
  const server = databaseServer({ url: requireServerUrl(workspace, config), timeout: WITHIN });
  const { version, host, port, problems } = await server.describe(within(workspace));
  const isCopied = config.pull_requests.database.template === 'staging';
  const templates = isCopied ? await server.templates(await projectOf(workspace, config), within(workspace)) : [];
  const lacking = isCopied && !templates.some(({ name }) => name === 'staging');
  const fresh = lacking ? ', with no copy of staging yet: environments get a fresh database until `odoo-ops pr template` keeps one' : '';
  return troubles(`PostgreSQL ${version} at ${host}:${port}${fresh}`, problems);
}

/** Where pull requests are asked for. @throws OpsError `unreachable`, `rejected` */
export async function examineForge(workspace: Workspace): Promise<Finding> {
  const repository = await gitHubOf(workspace);
  if (!repository) {
    return {
      state: 'warning',
      message: 'The remote is no repository on GitHub: nobody can be asked about pull requests.',
      hint: 'For a GitHub Enterprise Server set GITHUB_SERVER_URL to its address.',
    };
  }
  const name = `${repository.owner}/${repository.name}`;
  const forge = await openForge(workspace, null);
  if (!forge) {
    return {
      state: 'warning',
      message: `There is no token for ${name}.`,
      hint: 'Set GITHUB_TOKEN (contents, pull requests and commit statuses of that repository); in VS Code sign in to GitHub.',
    };
  }
  return { message: `${name}, ${count((await forge.openPullRequests(within(workspace))).length, 'open pull request')}` };
}
