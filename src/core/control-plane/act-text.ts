import { shortSha } from '../repository/short-sha.ts';
import { plainText } from '../text.ts';
import { isoInZone, lasted } from '../time.ts';
import type { Activity } from './questions.ts';

const words = (topic: string): string => topic.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase());

/** `main → production`, `Build main`, `Deploy production`, `PR 12 up`: what an act was about, in a few words. */
export function actTitle({ act, topic, environment, sha }: Pick<Activity, 'act' | 'topic' | 'environment' | 'sha'>): string {
  if (act === 'promotion') {
    // The topic names both branches; its last `-to-` is the one between them.
    const [, from, to] = /^promote-(.+)-to-(.+)$/.exec(topic) ?? [];
    if (from !== undefined && to !== undefined) return plainText(`${from} → ${to}`);
  }
  if (act === 'build') return plainText(`Build ${topic.replace(/^build-/, '')}`);
  if (act === 'deployment') return plainText(`Deploy ${environment ?? topic.replace(/^deploy-/, '')}`);
  // What was taken down has no commit.
  if (act === 'pr-environment') return plainText(`PR ${topic.replace(/^pr-/, '')} ${sha === null ? 'down' : 'up'}`);
  if (act === 'sweep') return 'Sweep PR environments';
  return act === 'prune' ? 'Prune old evidence' : plainText(words(topic));
}

/** How long an act took: `3 min`. Its times are whole seconds. */
export function actLasted({ started_at, finished_at }: Pick<Activity, 'started_at' | 'finished_at'>): string {
  const milliseconds = Date.parse(finished_at) - Date.parse(started_at);
  return milliseconds < 1000 ? 'under 1 s' : lasted(milliseconds);
}

/** `Ana Reyes <ana@example.com>` as `Ana Reyes`: the address is in the record. */
export const actBy = ({ actor }: Pick<Activity, 'actor'>): string => plainText(actor).replace(/\s*<.*>$/, '');

/** `2026-03-03 14:02`, in the zone of the evidence. */
export const shownTime = (time: string, timeZone: string): string => isoInZone(new Date(time), timeZone).slice(0, 16).replace('T', ' ');

/** Head and rows of `odoo-ops history`. */
export function historyTable(items: readonly Activity[], timeZone: string): string[][] {
  return [
    ['ENDED', 'WHAT', 'ENVIRONMENT', 'RESULT', 'BY', 'TOOK', 'COMMIT', 'ID'],
    ...items.map((item) => [
      shownTime(item.finished_at, timeZone),
      actTitle(item),
      item.environment ?? '-',
      item.result,
      actBy(item),
      actLasted(item),
      item.sha === null ? '-' : shortSha(item.sha),
      item.id.slice(0, 8),
    ]),
  ];
}
