import { OpsError } from '../../core/errors.ts';

export interface GitHubRepository {
  owner: string;
  name: string;
}

/** `https://github.com/acme/odoo.git` or `git@github.com:acme/odoo` as owner and name; null for other hosts. */
export function gitHubRepository(remoteUrl: string, host = 'github.com'): GitHubRepository | null {
  const match = /^(?:https?:\/\/|ssh:\/\/(?:[^@/]+@)?|(?:[^@/]+@))?([^/:]+)(?::\d+\/|[/:])([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(remoteUrl);
  const [, hostname = '', owner, name] = match ?? [];
  // GitHub also listens for SSH on port 443, under a name of its own.
  const known = hostname.toLowerCase() === host || hostname.toLowerCase() === `ssh.${host}`;
  return known && owner !== undefined && name !== undefined ? { owner, name } : null;
}

/**
 * Where a GitHub's API is: its own in the cloud, below the web's address on an Enterprise Server.
 * @param server address of the web: `https://github.com`
 * @param api as GitHub Actions says it in `GITHUB_API_URL`
 * @throws OpsError `config` for an address that a token may not be sent to
 */
export function apiUrl(server: string, api: string | undefined): string {
  const web = new URL(server);
  const known =
    web.hostname === 'github.com' || web.hostname.endsWith('.ghe.com') ? `https://api.${web.hostname}` : new URL('/api/v3', web).href;
  const url = URL.canParse(api ?? known) ? new URL(api ?? known) : null;
  const local = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && local))) return url.href.replace(/\/$/, '');
  throw new OpsError('config', `${api ?? known} is no address that a token may be sent to.`, {
    hint: 'Set GITHUB_API_URL to the https address of the API, or unset it for github.com.',
  });
}
