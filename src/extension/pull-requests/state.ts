import type { EnvironmentState } from '../../core/pr-environments/environment.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { plainText } from '../../core/text.ts';
import { ago } from '../../core/time.ts';
import type { Doing, Row } from './rows.ts';

/** What is seen of a row's environment: an act of this window is known before anybody else tells of it. */
export type RowState = EnvironmentState | Doing['what'];

export const stateOf = ({ environment, doing }: Row): RowState => doing?.what ?? environment?.state ?? 'absent';

/** True while it changes by itself, so that it is worth to look again. */
export const isChanging = (row: Row): boolean => ['building', 'removing', 'waking', 'stopping'].includes(stateOf(row));

/** True where its Odoo is there, running or not. One that failed may be either: its build left nothing, or its Odoo ended by itself. */
const isHere = ({ environment }: Row): boolean => environment !== null && environment.created_at !== null;

/** True where there is something to open, stop, wake, or take down. */
export const exists = (row: Row): boolean => isHere(row) && ['running', 'sleeping', 'waiting', 'failed'].includes(stateOf(row));

/** True where there is a log to follow: of a build, of its Odoo, or of the build that failed. */
export const hasLog = (row: Row): boolean => exists(row) || ['building', 'failed'].includes(stateOf(row));

/** As menus and the palette read it: `failed.here` can be woken and taken down, `failed` cannot. */
export const stateFlags = (row: Row): string => `${stateOf(row)}${isHere(row) ? '.here' : ''}`;

/** True where the branch went on after the environment was built. */
export function isBehind({ environment, pull, tip }: Row): boolean {
  const head = pull?.head ?? tip?.sha;
  return environment?.sha != null && head !== undefined && environment.state !== 'absent' && environment.sha !== head;
}

/** `running, yellow`; empty where there is no environment. */
export function stateText(row: Row): string {
  const state = stateOf(row);
  if (state === 'absent') return '';
  const { verdict } = row.environment ?? { verdict: null };
  const judged = state === 'running' && verdict !== null && verdict !== 'green' ? `, ${verdict}` : '';
  return `${state}${judged}${isBehind(row) && !isChanging(row) ? ', behind' : ''}`;
}

/** `running · 1a2b3c4d · 3 min ago`: of the environment, or of the branch where there is none. */
export function descriptionOf(row: Row, now: Date): string {
  const { environment, tip, pull } = row;
  const own = environment && environment.state !== 'absent' ? environment : null;
  const sha = own?.sha ?? pull?.head ?? tip?.sha;
  const moment = own ? own.created_at : tip?.committed_at;
  return [stateText(row), sha === undefined ? '' : shortSha(sha), moment == null ? '' : ago(new Date(moment), now)]
    .filter((part) => part !== '')
    .join(' · ');
}

/** `#12 Loyalty points`, or the branch: words of a stranger. */
export const labelOf = ({ number, title }: Row): string => plainText(number === null ? title : `#${number} ${title}`).trimEnd();

/** What a row can be asked to do, as when-clauses read it: `build.pr.open.branch.running.here.url.reasons`. */
export function contextOf(row: Row): string {
  const { number, pull, tip, environment } = row;
  const flags = [
    'build',
    number === null ? '' : 'pr',
    pull ? 'open' : '',
    tip ? 'branch' : '',
    number === null ? '' : stateFlags(row),
    environment && environment.url !== '' && stateOf(row) === 'running' ? 'url' : '',
    environment && environment.lines.length > 0 ? 'reasons' : '',
  ];
  return flags.filter((flag) => flag !== '').join('.');
}
