import { userInfo } from 'node:os';
import type { Workspace } from '../workspace.ts';

/** Who acts: in GitHub Actions the account that started the run, else the person's git identity. */
export async function actorName({ git, environment }: Workspace): Promise<string> {
  const account = environment['GITHUB_ACTOR'];
  if (account !== undefined && account !== '' && environment['GITHUB_ACTIONS'] === 'true') return `${account} (GitHub Actions)`;
  const get = async (key: string) => (await git.run(['config', '--get', key]).catch(() => '')).trim();
  const [name, email] = await Promise.all([get('user.name'), get('user.email')]);
  if (name === '' && email === '') return userInfo().username;
  return email === '' ? name : `${name} <${email}>`;
}
