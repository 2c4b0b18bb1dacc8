import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import type { MergeRequest } from '../../core/pr-environments/pull-request.ts';
import { shaSchema, type Sha } from '../../core/repository/names.ts';
import { sentence } from '../../core/text.ts';
import type { GitHubClient } from './client.ts';
import { failureOf, gitHubError } from './errors.ts';
import type { GitHubRepository } from './repository.ts';

const mergedSchema = z.object({ merged: z.literal(true), sha: shaSchema });

/** What GitHub's status says of a merge that did not happen; undefined where nobody can tell from it. */
function refusal(number: number, error: unknown): OpsError | undefined {
  const { status, words, retryAt } = failureOf(error, new Date());
  if (retryAt !== null) return undefined; // it was not even looked at
  // GitHub says 405 for a base that moved under it, as for whatever its rules forbid.
  if (status === 409 || (status === 405 && /was modified/i.test(words))) {
    return new OpsError('moved', `GitHub did not merge pull request ${number}: ${sentence(words)}`, {
      hint: 'Somebody pushed meanwhile: make the plan again and look at what is new.',
      details: { number, status },
    });
  }
  if (status === 403 || status === 405 || status === 422) {
    return new OpsError('refused', `GitHub refuses to merge pull request ${number}: ${sentence(words)}`, {
      hint: 'Its rules for the branch say what is missing: open the pull request to see it.',
      details: { number, status },
    });
  }
  return undefined;
}

/**
 * Merges exactly this head, by the repository's rules.
 * @throws OpsError `refused` and `moved` in GitHub's words: nothing was merged; `unreachable`: nobody knows whether it was
 */
export async function mergePull(
  client: GitHubClient,
  { owner, name: repo }: GitHubRepository,
  number: number,
  { head, method, title, message }: MergeRequest,
  signal: AbortSignal,
): Promise<Sha> {
  try {
    const answer = await client.send(
      'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
      { owner, repo, pull_number: number, sha: head, merge_method: method, commit_title: title, commit_message: message },
      signal,
    );
    return mergedSchema.parse(answer).sha;
  } catch (error) {
    throw refusal(number, error) ?? gitHubError(error, `merge pull request ${number}`, new Date());
  }
}
