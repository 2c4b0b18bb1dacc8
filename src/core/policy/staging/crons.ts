import type { Finding } from '../finding.ts';
import { mayBeHidden } from '../odoo/hidden-option.ts';
import { settingOf, type OdooInstance } from '../odoo/instances.ts';
import { stagingFinding } from './finding.ts';

const FIX = 'Write max_cron_threads = 0.';

/** Scheduled actions of staging run when somebody starts them. Unset, Odoo runs them in two threads. */
export function cronFindings(instance: OdooInstance): Finding[] {
  const setting = settingOf(instance, 'max_cron_threads');
  if (!setting) {
    const [conf] = instance.confs;
    const isSure = !mayBeHidden(instance, 'max_cron_threads');
    const place = conf ? { file: conf.file, range: conf.section } : instance;
    const edits = conf && {
      edits: [{ file: conf.file, range: { start: conf.section.end, end: conf.section.end }, text: '\nmax_cron_threads = 0' }],
    };
    return [
      stagingFinding(place, {
        severity: isSure ? 'error' : 'warning',
        message: isSure
          ? `${instance.name} is staging and does not set max_cron_threads: Odoo runs scheduled actions in 2 threads.`
          : `Nothing that can be read here sets max_cron_threads of ${instance.name}, and staging runs no scheduled actions.`,
        fix: conf ? FIX : 'Write max_cron_threads = 0 into its odoo.conf, or --max-cron-threads=0 behind odoo.',
        ...edits,
      }),
    ];
  }
  const { value, file, range, via } = setting;
  if (value === null) {
    const message = `Only the machine knows max_cron_threads of ${instance.name}, and staging runs no scheduled actions.`;
    return [stagingFinding({ file, range }, { severity: 'warning', message, fix: FIX })];
  }
  if (/^\s*0+\s*$/.test(value)) return [];
  return [
    stagingFinding(
      { file, range },
      {
        message: `${instance.name} is staging and has max_cron_threads = ${value}: scheduled actions run.`,
        fix: FIX,
        // Where there is no value, the place is the name.
        ...(via === 'conf' && value.trim() !== '' ? { edits: [{ file, range, text: '0' }] } : {}),
      },
    ),
  ];
}
