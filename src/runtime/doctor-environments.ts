import { databaseServer } from '../adapters/postgres/environments/server.ts';
import { count } from '../core/text.ts';
import { LACKS } from '../core/pr-environments/text.ts';
import { gitHubOf, openForge } from './forge.ts';
import { chooseEngine } from './pr-environments/engine.ts';
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

/** Where PR environments would run. @throws OpsError `unreachable` with what was tried */
export async function examineEngine(workspace: Workspace): Promise<Finding> {
  // No name is asked for here; what is made bears that of the repository.
  const { engine } = await chooseEngine(workspace, workspace.config, 'doctor');
  const { title, lacks, notes } = await engine.describe(within(workspace));
  const without = lacks.map((lack) => LACKS[lack] ?? lack).join(', ');
  return troubles(without === '' ? title : `${title}: ${without}`, notes);
}

/** The server that their databases would live on. @throws OpsError `unreachable` */
export async function examineDatabaseServer(workspace: Workspace): Promise<Finding> {
  const { url_env: variable } = workspace.config.pull_requests.database;
  const url = workspace.environment[variable] ?? '';
  if (url === '') {
    return {
      state: 'warning',
      message: `${variable} is not set: no PR environment can be built here.`,
      hint: `Set it to the connection string of a PostgreSQL server, as a role that may create roles and databases.`,
    };
  }
  const { version, host, port, problems } = await databaseServer({ url, timeout: WITHIN }).describe(within(workspace));
  return troubles(`PostgreSQL ${version} at ${host}:${port}`, problems);
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
