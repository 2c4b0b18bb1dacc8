import type { EnvironmentPlan, ThingNote } from '../../core/pr-environments/plan.ts';
import { lackTexts } from '../../core/pr-environments/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { count, plainText } from '../../core/text.ts';

const MOST = 8;

const some = (words: readonly string[], most = MOST): string =>
  words.length <= most ? words.join(', ') : `${words.slice(0, most).join(', ')} and ${words.length - most} more`;

const ACCESS: Record<EnvironmentPlan['access'], string> = {
  basic: 'with a password',
  forward: 'for those whom your sign-in lets in',
  public: 'for everybody who knows the address',
  local: 'for whoever works on this machine',
};

/** What a build will do, as a dialog says it: one fact a line. */
export function upText({ number, title, sha, branch, fork, approved_by, ...plan }: EnvironmentPlan): string {
  const { access, url, engine, template, modules, replaces_sha, lacks, egress } = plan;
  const changed = modules.filter(({ change }) => change !== 'removed').map(({ module }) => module);
  return [
    `#${number} ${plainText(title)}`,
    `Commit ${shortSha(sha ?? '')} of ${plainText(branch)}${fork ? `, from a fork${approved_by === null ? '' : `, approved by ${plainText(approved_by)}`}` : ''}`,
    `At ${engine === 'process' ? 'a port of its own' : url}, ${ACCESS[access]}`,
    `Database: ${template === null ? 'a fresh one' : `a neutralised copy of ${template.name}${template.sha === null ? '' : ` at ${shortSha(template.sha)}`}`}`,
    `Modules: ${changed.length === 0 ? 'none changed' : some(changed)}`,
    ...(egress.length === 0 ? [] : [`It may reach ${some(egress)}`]),
    ...(replaces_sha === null ? [] : ['', `It replaces the one of ${shortSha(replaces_sha)}, with what was typed into it.`]),
    ...(lacks.length === 0
      ? []
      : [
          '',
          `What ${engine === 'process' ? 'processes of this machine' : engine} cannot give:`,
          ...lackTexts(lacks).map((text) => `• ${text}`),
        ]),
  ].join('\n');
}

/** What a person decides on, before a stranger's code runs. */
export const forkText = ({ title, branch, sha, pull_request_url }: EnvironmentPlan, author: string): string =>
  [
    `${plainText(author)} wrote it: ${plainText(title)}`,
    `Commit ${sha ?? ''}`,
    `Branch ${plainText(branch)} of another repository`,
    '',
    'It gets a copy of your staging database. Read the change first; the approval counts for this commit alone.',
    ...(pull_request_url === null ? [] : [pull_request_url]),
  ].join('\n');

export const downText = ({ title, branch, database, engine, replaces_sha }: EnvironmentPlan): string =>
  [
    ...(title === '' ? [] : [plainText(title)]),
    ...(branch === '' ? [] : [`Branch ${plainText(branch)}${replaces_sha === null ? '' : ` at ${shortSha(replaces_sha)}`}`]),
    `Database ${database}, with all that was typed into it`,
    `Everything of it on ${engine === 'process' ? 'this machine' : engine} goes; its evidence stays.`,
  ].join('\n');

const MOST_THINGS = 12;

/** What a sweep would take away. */
export const sweepText = (reclaim: readonly ThingNote[]): string =>
  [
    ...reclaim.slice(0, MOST_THINGS).map(({ kind, name, reason }) => `${kind} ${plainText(name)}: ${plainText(reason)}`),
    ...(reclaim.length > MOST_THINGS ? [`… and ${count(reclaim.length - MOST_THINGS, 'thing')} more`] : []),
  ].join('\n');
