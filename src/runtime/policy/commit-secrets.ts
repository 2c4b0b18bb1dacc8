import { decode, MAX_BYTES } from '../../adapters/files/content.ts';
import type { FactsCache } from '../../adapters/files/facts-cache.ts';
import { addedBlobs, type AddedBlob } from '../../adapters/git/added-blobs.ts';
import { readBlobs } from '../../adapters/git/objects.ts';
import { remoteBranches } from '../../adapters/git/refs.ts';
import type { CommitSecret, SecretFact } from '../../core/policy/secrets/facts.ts';
import type { Sha } from '../../core/repository/names.ts';
import type { Workspace } from '../workspace.ts';
import { SECRET_READERS, secretsIn } from './secret-readers.ts';

type Blob = Pick<AddedBlob, 'path' | 'object'>;

/** In the cache beside all that a file of the work tree tells, which holds more than this. */
const SECRETS_OF = 'secrets of ';

/** What blobs tell, each read at most once. */
async function secretsOf({ git }: Workspace, blobs: readonly Blob[], cache?: FactsCache): Promise<Map<string, SecretFact[]>> {
  const told = new Map<string, SecretFact[]>();
  const unread: Blob[] = [];
  for (const { path, object } of blobs) {
    const known = cache?.get(path, object) ?? cache?.get(`${SECRETS_OF}${path}`, object);
    if (known) told.set(`${object} ${path}`, known.secrets ?? []);
    else unread.push({ path, object });
  }
  await readBlobs(git, unread, async ({ path, object }, blob) => {
    git.signal.throwIfAborted();
    const chunks: Buffer[] = [];
    // What is too large is passed over, piece by piece.
    for await (const chunk of blob.chunks()) if (blob.size <= MAX_BYTES) chunks.push(Buffer.from(chunk));
    const content = decode(Buffer.concat(chunks));
    const secrets = content.is === 'text' ? await secretsIn(path, content.text) : [];
    told.set(`${object} ${path}`, secrets);
    cache?.set(`${SECRETS_OF}${path}`, object, secrets.length > 0 ? { secrets } : {});
  });
  return told;
}

/**
 * Secrets that the commits of `from..to` add, also those that a later one takes away again. What a parent already had in that file
 * is not added: it is in history anyway.
 * @param cache what is known of a blob is not read again; saving it is the caller's
 */
export async function commitSecrets(workspace: Workspace, from: Sha, to: Sha, cache?: FactsCache): Promise<CommitSecret[]> {
  const added = (await addedBlobs(workspace.git, from, to)).filter(({ path }) => SECRET_READERS.some(({ reads }) => reads(path)));
  const now = await secretsOf(workspace, added, cache);
  const suspect = added.filter(({ path, object }) => (now.get(`${object} ${path}`) ?? []).length > 0);
  const parents = suspect.flatMap(({ path, before }) => before.map((object) => ({ path, object })));
  const then = await secretsOf(workspace, parents, cache);
  return suspect.flatMap(({ commit, path, object, before }) => {
    const had = new Set(before.flatMap((parent) => (then.get(`${parent} ${path}`) ?? []).map(({ message }) => message)));
    return (now.get(`${object} ${path}`) ?? [])
      .filter(({ message }) => !had.has(message))
      .map((secret) => ({ commit, file: path, secret }));
  });
}

/**
 * Secrets of the commits that are to be promoted: what staging has and production lacks, and what HEAD has and staging lacks.
 * Undefined where this clone cannot tell: without a remote, without its two branches, or with a history that is cut off.
 */
export async function secretsToPromote(workspace: Workspace, cache?: FactsCache): Promise<CommitSecret[] | undefined> {
  const { git, remote, config, state } = workspace;
  if (remote === null || state.shallow) return undefined;
  const branches = await remoteBranches(git, remote);
  const staging = branches.get(config.branches.staging)?.sha;
  const production = branches.get(config.branches.production)?.sha;
  if (staging === undefined || production === undefined) return undefined;
  const promoted = await commitSecrets(workspace, production, staging, cache);
  return state.head === null ? promoted : [...promoted, ...(await commitSecrets(workspace, staging, state.head, cache))];
}
