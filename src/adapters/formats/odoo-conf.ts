import { optionsOf, parseIni } from '../../core/ini.ts';
import type { FileFacts, Reader } from '../../core/policy/facts.ts';
import { lineIndex } from './lines.ts';
import { withoutControl } from './template.ts';

const NAME =
  /(?:^|\/)(?:[^/]*\.conf|\.?odoorc|\.?openerp_serverrc|(?:odoo|openerp)[^/]*\.cfg)(?:\.(?:template|tmpl|tpl|j2|jinja2?|example|sample|dist|in))*$/i;
/** Other programs (pacman) have a section [options] too. */
const OWN_OPTIONS = [
  'addons_path',
  'admin_passwd',
  'data_dir',
  'db_host',
  'db_name',
  'db_user',
  'dbfilter',
  'list_db',
  'max_cron_threads',
  'workers',
];

const isNamedForOdoo = (path: string): boolean => /odoo|openerp/i.test(path.slice(path.lastIndexOf('/') + 1));

function read(path: string, text: string): FileFacts {
  const steered = withoutControl(text);
  const ini = parseIni(steered ?? text);
  const section = ini.sections.find(({ name }) => name === 'options');
  const options = [...optionsOf(ini, 'options').values()];
  if (!section || !(isNamedForOdoo(path) || options.some(({ name }) => OWN_OPTIONS.includes(name)))) return {};
  const at = lineIndex(text);
  // Where a template has branches, an option that is there twice is one of two values: only the machine knows which.
  const branching = new Set(
    steered === null
      ? []
      : ini.problems.map(({ message }) => /option (\S+) is there twice/.exec(message)?.[1]).filter((name) => name !== undefined),
  );
  return {
    confs: [
      {
        section: at.range(section.start, section.end),
        options: options.map(({ name, value, start, end }) => ({
          name,
          value: branching.has(name) ? '{% if %}' : value,
          range: at.range(start, end),
        })),
      },
    ],
    unreadable:
      steered === null
        ? ini.problems.map(({ message, start, end }) => ({
            message: `Odoo does not start with it: ${message}`,
            range: at.range(start, end),
          }))
        : [],
  };
}

/** odoo.conf under its many names, and the templates that it is made from. */
export const odooConfReader: Reader = {
  name: 'odoo-conf',
  version: 2,
  // Odoo's own tests bring some.
  reads: (path) => NAME.test(path) && !/(?:^|\/)tests?\//.test(path),
  mayTell: (text) => text.includes('[options]'),
  read,
};
