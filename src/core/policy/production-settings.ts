import type { Edit, Finding } from './finding.ts';
import { mayBeHidden } from './hidden-option.ts';
import { settingOf, type OdooInstance } from './instances.ts';

/** A finding of §8.3. */
export const limitFinding = (
  file: string,
  range: Finding['range'],
  what: Pick<Finding, 'message' | 'fix'> & Partial<Finding>,
): Finding => ({
  rule: 'production-limits',
  severity: 'error',
  file,
  range,
  paragraph: '§8.3',
  stage: 'production',
  ...what,
});

/** `name = value` below `[options]`, where there is a file of this Odoo's own. */
function insertion({ confs: [conf] }: OdooInstance, name: string, value: number): Pick<Finding, 'edits'> {
  if (!conf) return {};
  const { end } = conf.section;
  return { edits: [{ file: conf.file, range: { start: end, end }, text: `\n${name} = ${value}` }] };
}

/** What nobody says. Where no odoo.conf of it is in the repository, one outside may say it: then it is no error. */
export function missing(instance: OdooInstance, name: string, value: number, means: string): Finding {
  const isSure =
    !mayBeHidden(instance, name) && (instance.confs.length > 0 || instance.settings.some((setting) => setting.name !== 'config'));
  const place = instance.confs[0];
  return limitFinding(place?.file ?? instance.file, place?.section ?? instance.range, {
    severity: isSure ? 'error' : 'warning',
    message: isSure
      ? `${instance.name} does not set ${name}: ${means}.`
      : `Nothing that can be read here sets ${name} for ${instance.name}.`,
    fix: `Write ${name} = ${value} below [options] of its odoo.conf.`,
    ...insertion(instance, name, value),
  });
}

/** An option as a number; null where it is none, or only the machine knows. */
export function numberOf(instance: OdooInstance, name: string): { value: number | null; isSaid: boolean } {
  const setting = settingOf(instance, name);
  const value = setting?.value?.trim() ?? '';
  return { value: /^\d+$/.test(value) ? Number(value) : null, isSaid: setting !== undefined };
}

/** Asks that an option is a number between two, where its value is known. */
export function between(instance: OdooInstance, name: string, least: number, most: number, means: (value: number) => string): Finding[] {
  const setting = settingOf(instance, name);
  if (setting?.value == null) return [];
  const { value } = numberOf(instance, name);
  if (value !== null && value >= least && value <= most) return [];
  const allowed = Math.min(Math.max(value ?? least, least), most);
  const edit: Edit = { file: setting.file, range: setting.range, text: String(allowed) };
  return [
    limitFinding(setting.file, setting.range, {
      message:
        value === null
          ? `${name} is ${JSON.stringify(setting.value)}, which is no number.`
          : `${instance.name} has ${name} = ${value}: ${means(value)}.`,
      fix: `Write ${name} = ${allowed}.`,
      // A value in the middle of a command line has a range of its own only where it stands alone.
      ...(setting.via === 'conf' ? { edits: [edit] } : {}),
    }),
  ];
}
