import { gitHubForge, type GitHubForge } from '../../../src/adapters/github/forge.ts';
import type { SampleRepository } from '../../fixtures/sample-repository.ts';
import { sampleIn } from '../sample.ts';
import { startGitHub, type GitHubServer } from './server.ts';

export interface GitHubSample extends SampleRepository {
  github: GitHubServer;
  /** As the app that the token is for, or as another account. */
  forge: (token?: string) => GitHubForge;
}

/** The sample repository with GitHub in front of its origin. The clone itself still reaches it by its path. */
export async function gitHubSample(folder: string, token?: string): Promise<GitHubSample> {
  const sample = sampleIn(folder);
  const github = await startGitHub({ repository: sample.origin, ...(token === undefined ? {} : { token }) });
  const forge = (other = github.token) =>
    gitHubForge({ repository: { owner: 'acme', name: 'odoo' }, token: other, baseUrl: `${github.url}/api/v3` });
  return { ...sample, github, forge };
}
