import { execFileSync, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

/** git in the bare repository that the server stands for. @throws Error with what git said */
export function gitIn(repository: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): string {
  return execFileSync('git', [...args], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: 'pipe',
    input,
  }).trim();
}

export function tryGit(repository: string, args: readonly string[]): string | null {
  try {
    return gitIn(repository, args);
  } catch {
    return null;
  }
}

export interface Commit {
  tree: string;
  parents: readonly string[];
  message: string;
}

/** A commit as GitHub makes one: it is the committer, the person the author. */
export function commitTree(repository: string, { tree, parents, message }: Commit, author: string): string {
  const arguments_ = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message];
  return gitIn(repository, arguments_, {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: `${author}@users.noreply.github.com`,
    GIT_COMMITTER_NAME: 'GitHub',
    GIT_COMMITTER_EMAIL: 'noreply@github.com',
  });
}

/** The tree of a merge; null where the two conflict. */
export function mergedTree(repository: string, base: string, head: string): string | null {
  return tryGit(repository, ['merge-tree', '--write-tree', base, head])?.split('\n')[0] ?? null;
}

/** Moves a branch from one commit to another, at once or not at all. */
export const moveBranch = (repository: string, branch: string, to: string, from: string): boolean =>
  tryGit(repository, ['update-ref', `refs/heads/${branch}`, to, from]) !== null;

/** Serves clones, fetches and pushes over HTTP through git's own CGI program. */
export function serveGit(repository: string, path: string, query: string, request: IncomingMessage, response: ServerResponse): void {
  const cgi = spawn(join(gitIn(repository, ['--exec-path']), 'git-http-backend'), {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: repository,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'somebody', // whoever is known may push
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(cgi.stdin);
  cgi.stdin.on('error', () => undefined); // a program that ends early does not read the rest
  let head = Buffer.alloc(0);
  let begun = false;
  cgi.stdout.on('data', (chunk: Buffer) => {
    if (begun) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    begun = true;
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  cgi.on('close', () => response.end());
}
