import type { Stage } from '../../config/schema.ts';
import type { Finding, Rule } from '../finding.ts';
import { mayBeHidden } from './hidden-option.ts';
import { settingOf, type OdooInstance } from './instances.ts';

/** An option that must be a number in a range. */
export interface Limit {
  rule: Rule;
  paragraph: string;
  option: string;
  isAllowed: (value: number) => boolean;
  /** What to write. */
  value: number;
  /** What another value means for this Odoo. */
  means: (value: number) => string;
  severity?: Finding['severity'];
}

/** A number as Odoo reads it; null where it is none, or only the machine knows; undefined where nobody says it. */
export function limitOf(instance: OdooInstance, option: string): number | null | undefined {
  const setting = settingOf(instance, option);
  if (!setting) return undefined;
  const text = setting.value?.trim().replaceAll('_', '') ?? '';
  return /^[-+]?\d+$/.test(text) ? Number(text) : null;
}

/** Whether it ends by itself; an odoo.conf may also say that it does not. */
function isOnce(instance: OdooInstance): boolean {
  const stop = settingOf(instance, 'stop_after_init');
  return stop !== undefined && !/^(?:false|none|0)?$/i.test(stop.value?.trim() ?? 'only the machine knows');
}

/** Jobs of workflows, and what ends by itself, serve nobody. */
const serves = (instance: OdooInstance): boolean => instance.kind !== 'workflow' && !isOnce(instance);

/** The Odoos that serve, of one of the stages. */
export const servingInstances = (instances: readonly OdooInstance[], stages: readonly Stage[]): (OdooInstance & { stage: Stage })[] =>
  instances.filter(
    (instance): instance is OdooInstance & { stage: Stage } =>
      instance.stage !== null && stages.includes(instance.stage) && serves(instance),
  );

/** Whether what no file says may be said all the same; an image may bring an odoo.conf of its own. */
const isHidden = (instance: OdooInstance, option: string): boolean =>
  mayBeHidden(instance, option) || (instance.confs.length === 0 && instance.settings.every(({ name }) => name === 'config'));

const where = (instance: OdooInstance): string => (instance.stage === null ? instance.name : `${instance.name} (${instance.stage})`);

/** `--max-cron-threads`, but `--db_maxconn` (`odoo/tools/config.py`). */
const argumentOf = (option: string): string => (option.startsWith('db_') ? option : option.replaceAll('_', '-'));

/** A finding about an option that nobody sets. */
export function unsetFinding(instance: OdooInstance, limit: Omit<Limit, 'isAllowed' | 'means'>, means: string): Finding {
  const [conf] = instance.confs;
  const { rule, paragraph, option, value } = limit;
  const hidden = isHidden(instance, option);
  const end = conf?.section.end;
  return {
    rule,
    severity: hidden ? 'warning' : (limit.severity ?? 'error'),
    file: conf?.file ?? instance.file,
    range: conf?.section ?? instance.range,
    message: hidden
      ? `Nothing in the repository sets ${option} for ${where(instance)}: ${means}.`
      : `${where(instance)} does not set ${option}: ${means}.`,
    fix: conf
      ? `Write ${option} = ${value} below [options].`
      : `Write ${option} = ${value} into its odoo.conf, or --${argumentOf(option)}=${value} behind odoo.`,
    ...(conf && end ? { edits: [{ file: conf.file, range: { start: end, end }, text: `\n${option} = ${value}` }] } : {}),
    paragraph,
    ...(instance.stage ? { stage: instance.stage } : {}),
  };
}

/** A finding about an option whose value is not allowed; none where it is unset, or only the machine knows it. */
export function limitFindings(instance: OdooInstance, limit: Limit): Finding[] {
  const setting = settingOf(instance, limit.option);
  if (setting?.value == null) return [];
  const value = limitOf(instance, limit.option) ?? null;
  if (value !== null && limit.isAllowed(value)) return [];
  const { rule, paragraph, option } = limit;
  const { file, range, via } = setting;
  return [
    {
      rule,
      severity: limit.severity ?? 'error',
      file,
      range,
      message:
        value === null
          ? `${option} of ${where(instance)} is ${JSON.stringify(setting.value)}, which is no number.`
          : `${where(instance)} has ${option} = ${value}: ${limit.means(value)}.`,
      fix: `Write ${option} = ${limit.value}.`,
      ...(via === 'conf' && setting.value.trim() !== '' ? { edits: [{ file, range, text: String(limit.value) }] } : {}),
      paragraph,
      ...(instance.stage ? { stage: instance.stage } : {}),
    },
  ];
}

/** One file may belong to several Odoos: what is wrong with it is said once. */
export function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ file, range, fix, stage }) => {
    const key = JSON.stringify([file, range, fix, stage]);
    return !seen.has(key) && seen.add(key);
  });
}
