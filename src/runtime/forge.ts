import { remoteUrl } from '../adapters/git/refs.ts';
import { gitHubForge, type GitHubForge } from '../adapters/github/forge.ts';
import { apiUrl, gitHubRepository, type GitHubRepository } from '../adapters/github/repository.ts';
import type { Workspace } from './workspace.ts';

const GITHUB = 'https://github.com';

/** The GitHub repository that the configured remote is; null for any other host. */
export async function gitHubOf({ git, remote, environment }: Workspace): Promise<GitHubRepository | null> {
  const url = remote === null ? null : await remoteUrl(git, remote);
  const server = environment['GITHUB_SERVER_URL'] ?? GITHUB;
  return url === null || !URL.canParse(server) ? null : gitHubRepository(url, new URL(server).hostname);
}

/**
 * GitHub, where the remote is there and somebody has a token for it. Asks nothing yet.
 * @param token of the person who is signed in; else that of the environment counts: GITHUB_TOKEN, GH_TOKEN
 * @throws OpsError `config` for an address of the API that no token may be sent to
 */
export async function openForge(workspace: Workspace, token: string | null): Promise<GitHubForge | null> {
  const { environment } = workspace;
  const known = [token, environment['GITHUB_TOKEN'], environment['GH_TOKEN']].find((one) => one != null && one !== '');
  const repository = await gitHubOf(workspace);
  if (known == null || repository === null) return null;
  return gitHubForge({
    repository,
    token: known,
    baseUrl: apiUrl(environment['GITHUB_SERVER_URL'] ?? GITHUB, environment['GITHUB_API_URL']),
  });
}
