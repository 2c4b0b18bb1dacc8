import * as z from 'zod';
import { isOpsError } from '../../core/errors.ts';
import type { GitHubClient } from './client.ts';
import type { GitHubRepository } from './repository.ts';

const commentsSchema = z.array(z.object({ id: z.int(), body: z.string().nullish(), user: z.object({ id: z.int() }).nullable() }));
const viewerSchema = z.object({ viewer: z.object({ databaseId: z.int() }) });

/** GitHub takes 65,536 characters. */
const MAX_BODY = 65_000;

/**
 * The account that the token is for. Asked of GraphQL, which also tells the token of an app or of a workflow who it is: REST's `/user`
 * refuses these.
 */
async function viewerId({ memory, query }: GitHubClient, signal: AbortSignal): Promise<number> {
  const question = { doing: 'be asked whose token it is', parse: (answer: unknown) => viewerSchema.parse(answer).viewer.databaseId };
  return (memory.viewer ??= await query('query { viewer { login databaseId } }', {}, question, signal));
}

/**
 * One comment a pull request, found by the marker that it begins with. Only one that this very account wrote counts: everybody can write
 * a marker, and whoever owns a comment can change afterwards what it says.
 * @throws OpsError `unreachable`, `rejected`
 */
export async function putComment(
  client: GitHubClient,
  { owner, name: repo }: GitHubRepository,
  number: number,
  marker: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const doing = 'be told of the environment';
  const body = `${marker}\n${text.length > MAX_BODY ? `${text.slice(0, MAX_BODY)}…` : text}`;
  const own = await viewerId(client, signal);
  const question = { doing: 'be asked for comments', parse: (answer: unknown) => commentsSchema.parse(answer) };
  const route = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
  for (let page = 1, more = true; more; page++) {
    const answer = await client.read(`GET ${route}`, { owner, repo, issue_number: number, per_page: 100, page }, question, signal);
    const found = answer.value.find((comment) => comment.user?.id === own && comment.body?.startsWith(marker) === true);
    if (found?.body === body) return;
    if (found) {
      try {
        await client.write(
          'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
          { owner, repo, comment_id: found.id, body },
          doing,
          signal,
        );
        return;
      } catch (error) {
        if (!isOpsError(error, 'rejected') || error.details['status'] !== 404) throw error;
        break; // somebody deleted it meanwhile
      }
    }
    more = answer.more;
  }
  await client.write(`POST ${route}`, { owner, repo, issue_number: number, body }, doing, signal);
}
