import { userInfo } from 'node:os';
import type { Workspace } from '../workspace.ts';

/** Who acts: in GitHub Actions the account that started the run, else the person's git identity. */
export async function actorName({ git, environment }: Workspace): Promise<string> {
  const account = environment['GITHUB_ACTOR'];
  if (account !== undefined && account !== '' && environment['GITHUB_ACTIONS'] === 'true') return `${account} (GitHub Actions)`;
  const lines = (await git.run(['config', '--null', '--get-regexp', '^user\\.(name|email)$']).catch(() => '')).split('\0');
  // The last one counts, as git reads it: the repository's own over the person's.
  const get = (key: string) => lines.findLast((line) => line.startsWith(`${key}\n`))?.slice(key.length + 1) ?? '';
  const [name, email] = [get('user.name'), get('user.email')];
  if (name === '' && email === '') return userInfo().username;
  return email === '' ? name : `${name} <${email}>`;
}
