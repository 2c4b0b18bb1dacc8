import { labelOf, pullRequestHost } from '../branches.ts';
import type { Hash } from '../hash.ts';
import type { EnvironmentIdentity } from './identity.ts';

export interface IdentityOptions {
  /** As `projectName` gives it. */
  project: string;
  number: number;
  /** A stranger's word. */
  branch: string;
  /** `pr-<number>-<slug>.<domain>` */
  host: string;
}

/** Who the environment of a pull request is, wherever something of it exists. All but the host hangs on project and number alone. */
export function environmentIdentity({ project, number, branch, host }: IdentityOptions): EnvironmentIdentity {
  return {
    project,
    number,
    host: pullRequestHost(host, number, branch),
    name: `odoo-ops-${project}-pr-${number}`,
    database: `odoo_ops_${project.replaceAll('-', '_')}_pr_${number}`,
  };
}

const SLUG_LENGTH = 17;

/**
 * A remote by what it leads to: `git@github.com:Acme/Odoo.git` and `https://token@github.com/acme/odoo` are one repository, and whoever
 * cleans up may have cloned it the other way. A path stays as it is.
 */
function repositoryOf(remote: string): string {
  const [, host, path] =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^:/]+)(?::\d+)?\/(.*)$/i.exec(remote) ??
    /^(?:[^@/:]+@)?([^:/\\]{2,}):(?!\/\/)(.*)$/.exec(remote) ??
    [];
  if (host === undefined || path === undefined) return remote;
  // GitHub also listens for SSH on port 443, under a name of its own.
  return `${host.replace(/^ssh\.(?=github\.com$)/i, '')}/${path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')}`.toLowerCase();
}

/**
 * Name of a repository on a host that several share: readable, the same from each clone of it, at most 24 characters.
 * @param remote address of the remote, or the folder of a repository without one
 */
export function projectName(clientId: string, remote: string, hash: Hash): string {
  const repository = repositoryOf(remote);
  const last = repository.split(/[/\\]/).findLast((word) => word !== '') ?? '';
  const words = labelOf(last.replace(/\.git$/, ''), SLUG_LENGTH);
  return `${words === '' ? 'odoo' : words}-${hash(JSON.stringify([clientId, repository])).slice(0, 6)}`;
}
