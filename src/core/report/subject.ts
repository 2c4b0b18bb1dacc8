import type { EvidenceRecord } from '../evidence/record.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../pr-environments/plan.ts';
import { shortSha } from '../repository/short-sha.ts';
import { count, markdownText } from '../text.ts';

interface Subject {
  title: string;
  /** Rows of a table. */
  rows: [name: string, value: string][];
  impact: string;
}

const some = (numbers: readonly number[]): string => numbers.map((number) => `pr-${number}`).join(', ');

function environmentSubject(plan: EnvironmentPlan, outcome: EnvironmentOutcome | null): Subject {
  const { action, number, title, sha, branch, modules, url, engine, replaces_sha } = plan;
  const name = `environment pr-${number}`;
  const impact = {
    running: `pr-${number} runs${outcome?.verdict === 'red' ? ', red' : ''}`,
    waiting: `pr-${number} is built, and waits for its turn`,
    failed: action === 'up' ? `nothing of pr-${number} runs` : `something of pr-${number} is left`,
    removed: `nothing is left of pr-${number}`,
  };
  return {
    title: `${name} ${action === 'down' || sha === null ? 'taken down' : `at ${shortSha(sha)}`}`,
    rows: [
      ['Where', `pull request ${number}${title === '' ? '' : `, ${markdownText(title)}`}, ${markdownText(url)} on ${engine}`],
      ...(sha === null
        ? []
        : [['What', `${shortSha(sha)} of ${markdownText(branch)}: ${count(modules.length, 'module')}`] as [string, string]]),
    ],
    impact: outcome
      ? impact[outcome.state]
      : replaces_sha === null
        ? `nothing of pr-${number} runs`
        : `pr-${number} runs ${shortSha(replaces_sha)}, if it was not replaced yet`,
  };
}

/** What was to go where, and what the environment was left with. */
export function subject({ plan, outcome, result }: EvidenceRecord): Subject {
  switch (plan.act) {
    case 'deployment': {
      const { environment, branch, sha, previous_sha, url, commits, modules } = plan;
      const ran = outcome?.act === 'deployment' ? outcome.sha : undefined;
      return {
        title: `deployment of ${shortSha(sha)} to ${environment}`,
        rows: [
          ['Where', `${environment}${url === null ? '' : `, ${markdownText(url)}`}`],
          [
            'What',
            `${markdownText(branch)}, from ${previous_sha === null ? 'an unknown commit' : shortSha(previous_sha)} to ${shortSha(sha)}: ${count(commits.length, 'commit')}, ${count(modules.length, 'module')}${plan.rollback ? ', a way back' : ''}`,
          ],
        ],
        impact:
          ran === undefined
            ? `${environment} was left as it was`
            : ran === null
              ? `nobody can say what ${environment} runs`
              : `${environment} runs ${shortSha(ran)}`,
      };
    }
    case 'promotion': {
      const { environment, from, to, from_sha, to_sha, commits, modules } = plan;
      const moved = result === 'passed' && outcome?.act === 'promotion' ? outcome.sha : null;
      return {
        title: `promotion of ${markdownText(from)} to ${markdownText(to)}`,
        rows: [
          ['Where', `the branch of ${environment}: it runs nothing else until it is deployed`],
          [
            'What',
            `from ${shortSha(to_sha)} to ${shortSha(from_sha)}: ${count(commits.length, 'commit')}, ${count(modules.length, 'module')}`,
          ],
        ],
        impact: moved === null ? `${markdownText(to)} stayed at ${shortSha(to_sha)}` : `${markdownText(to)} moved to ${shortSha(moved)}`,
      };
    }
    case 'pr-environment':
      return environmentSubject(plan, outcome?.act === 'pr-environment' ? outcome : null);
    case 'sweep': {
      const gone = outcome?.act === 'sweep' ? outcome.gone : [];
      const rows: Subject['rows'] = [['What', `${count(plan.reclaim.length, 'thing')} that no open pull request needs`]];
      return { title: 'sweep of PR environments', rows, impact: gone.length === 0 ? 'no environment' : `nothing is left of ${some(gone)}` };
    }
    case 'build':
      return { title: `build of ${shortSha(plan.commit.sha)}`, rows: [], impact: 'no environment' };
    default:
      return { title: plan.act, rows: [], impact: 'no environment' };
  }
}
