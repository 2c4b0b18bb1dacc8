import { count, plainText } from '../text.ts';
import { shortSha } from '../repository/short-sha.ts';
import type { PromotionPlan } from './plan.ts';

const MAX_ROWS = 30;
const MAX_AUTHORS = 8;

/** The first rows, and how many were left out. */
function rows<T>(items: readonly T[], row: (item: T) => string): string[] {
  const shown = items.slice(0, MAX_ROWS).map(row);
  return items.length > MAX_ROWS ? [...shown, `- … and ${items.length - MAX_ROWS} more`] : shown;
}

/**
 * A plan as Markdown.
 * @param plain `plainText` for a terminal, `markdownText` for an editor that renders it
 */
export function planText(plan: PromotionPlan, plain = plainText): string {
  const { from, to, from_sha, to_sha, method, environment } = plan;
  const lines = [
    `# Promote ${plain(from)} to ${plain(to)}`,
    '',
    `${environment === 'production' ? 'Production' : 'Staging'} (${plan.remote}/${plain(to)}) moves from ${shortSha(to_sha)} ${method === 'merge' ? `by a merge of ${shortSha(from_sha)}` : `to ${shortSha(from_sha)}, by fast-forward`}.`,
  ];
  if (plan.pull_request) {
    const { number, title, url } = plan.pull_request;
    const how = plan.by === 'merge-api' ? 'GitHub merges it, by its rules for the branch.' : 'The push closes it.';
    lines.push('', `Pull request #${number}, ${plain(title)} (${url}). ${how}`);
  }
  lines.push(...plan.notices.flatMap((notice) => ['', plain(notice)]));
  if (plan.nothing_to_do) lines.push('', `Nothing to do: ${plain(to)} already holds ${shortSha(from_sha)}.`);
  if (plan.emergency) lines.push('', `**Emergency path**: ${plain(plan.emergency.reason)}`);
  if (plan.blockers.length > 0) {
    lines.push('', '## It may not happen', ...plan.blockers.flatMap(({ message, hint }) => [`- ${plain(message)}`, `  ${plain(hint)}`]));
  }
  const named = plan.authors.slice(0, MAX_AUTHORS).map(({ name, commits }) => `${plain(name)} (${commits})`);
  const authors = [...named, ...(plan.authors.length > MAX_AUTHORS ? [`${plan.authors.length - MAX_AUTHORS} others`] : [])].join(', ');
  lines.push(
    '',
    `## ${count(plan.commits.length, 'commit')}${authors === '' ? '' : ` by ${authors}`}`,
    ...rows(plan.commits, ({ sha, subject }) => `- ${shortSha(sha)} ${plain(subject)}`),
  );
  lines.push(
    '',
    `## ${count(plan.modules.length, 'module')}`,
    ...rows(plan.modules, ({ module, change, old_version, new_version }) => {
      const versions = old_version === new_version ? (new_version ?? 'no version') : `${old_version ?? 'none'} → ${new_version ?? 'none'}`;
      const same = change === 'changed' && old_version === new_version ? ' (version not raised)' : '';
      return `- ${plain(module)}: ${change}, ${plain(versions)}${same}`;
    }),
  );
  lines.push(
    '',
    `## ${count(plan.files.length, 'file')}`,
    ...rows(
      plan.files,
      ({ status, path, added, removed }) => `- ${status} ${plain(path)}${added === null ? ' (binary)' : ` +${added} -${removed ?? 0}`}`,
    ),
  );
  lines.push('', `## ${count(plan.gates.length, 'gate')}`, ...plan.gates.map(({ name, title }) => `- ${name}: ${plain(title)}`));
  return lines.join('\n');
}
