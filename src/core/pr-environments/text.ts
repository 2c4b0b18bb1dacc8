import { shortSha } from '../repository/short-sha.ts';
import { count, plainText } from '../text.ts';
import { ago } from '../time.ts';
import type { Guarantee } from './engine.ts';
import type { PrEnvironment } from './environment.ts';
import type { EnvironmentOutcome, EnvironmentPlan, ThingNote } from './plan.ts';

const LACKS: Readonly<Record<string, string>> = {
  'egress-lock': 'nothing keeps its code from the network',
  limits: 'nothing bounds what it uses',
  'file-isolation': 'its code can read what the user that it runs as can',
  proxy: 'it answers on this machine only, without a password in front',
  'wake-on-request': 'a request does not wake it',
} satisfies Record<Guarantee, string>;

/** What an engine cannot give, as people say it. A record of a newer version may hold a word that this one does not know. */
export const lackTexts = (lacks: readonly string[]): string[] => lacks.map((lack) => LACKS[lack] ?? lack);

/** The plan of `up` or `down`, for a terminal. */
export function planText(plan: EnvironmentPlan): string {
  const { number, title, branch, sha, fork, approved_by: approved } = plan;
  if (plan.action === 'down') {
    return [
      `Take environment ${number} down${title === '' ? '' : ` (${plainText(title)})`}`,
      `  database     ${plan.database}, with all that is in it`,
      `  engine       ${plan.engine}`,
    ].join('\n');
  }
  const modules = plan.modules.filter(({ change }) => change !== 'removed').map(({ module }) => module);
  return [
    `Environment ${number}: ${plainText(title)}`,
    `  commit       ${shortSha(sha ?? '')} of ${plainText(branch)}${fork ? `, from a fork${approved === null ? '' : `, approved by ${plainText(approved)}`}` : ''}`,
    `  address      ${plan.engine === 'process' ? 'a port of this machine' : plan.url} (${plan.access === 'local' ? 'this machine only' : plan.access})`,
    `  database     ${plan.database}, ${plan.template === null ? 'fresh' : `a copy of ${plan.template.name}${plan.template.sha === null ? '' : ` at ${shortSha(plan.template.sha)}`}`}`,
    `  modules      ${modules.length === 0 ? 'none changed' : `${modules.slice(0, 12).join(', ')}${modules.length > 12 ? ` and ${modules.length - 12} more` : ''}`}`,
    `  engine       ${plan.engine}`,
    `  reaches      ${plan.lacks.includes('egress-lock') ? 'whatever this machine reaches' : plan.egress.length === 0 ? 'nothing outside' : plan.egress.join(', ')}`,
    ...(plan.replaces_sha === null ? [] : [`  replaces     ${shortSha(plan.replaces_sha)}`]),
    ...lackTexts(plan.lacks).map((text) => `  without      ${text}`),
  ].join('\n');
}

/** What came of it. */
export function outcomeText(plan: EnvironmentPlan, message: string | null, outcome: EnvironmentOutcome | null): string {
  if (!outcome || outcome.state === 'failed') return `Environment ${plan.number} was not made${message === null ? '.' : `: ${message}`}`;
  if (outcome.state === 'removed') return `Environment ${plan.number}: ${count(outcome.removed.length, 'thing')} removed, nothing is left.`;
  return [
    `Environment ${plan.number} is ${outcome.state === 'waiting' ? 'built and waits for its turn' : `up: ${message ?? plan.url}`}`,
    `  verdict      ${outcome.verdict ?? 'none'}${outcome.fallback ? ', shown with a database of base alone' : ''}`,
    ...outcome.lines.slice(0, 20).map((line) => `    ${plainText(line)}`),
    ...outcome.uncovered.map(({ module, reason }) => `  look at      ${module}: ${reason}`),
  ].join('\n');
}

/** Rows of `odoo-ops pr list`. */
export const environmentRows = (environments: readonly PrEnvironment[], now: Date): string[][] =>
  environments.map(({ number, state, verdict, sha, created_at, url, branch }) => [
    `#${number}`,
    verdict === null ? state : `${state}, ${verdict}`,
    sha === null ? '' : shortSha(sha),
    created_at === null ? '' : ago(new Date(created_at), now),
    state === 'absent' ? '' : url,
    plainText(branch),
  ]);

export const notesText = (notes: readonly ThingNote[]): string[] =>
  notes.map(({ kind, name, reason }) => `  ${kind.padEnd(10)} ${plainText(name)}  ${plainText(reason)}`);
