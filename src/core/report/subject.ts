import type { EvidenceRecord } from '../evidence/record.ts';
import { shortSha } from '../repository/short-sha.ts';
import { count, markdownText } from '../text.ts';

interface Subject {
  title: string;
  /** Rows of a table. */
  rows: [name: string, value: string][];
  impact: string;
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
    case 'build':
      return { title: `build of ${shortSha(plan.commit.sha)}`, rows: [], impact: 'no environment' };
    default:
      return { title: plan.act, rows: [], impact: 'no environment' };
  }
}
