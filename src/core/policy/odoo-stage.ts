import type { Stage } from '../config/schema.ts';
import { count } from '../text.ts';
import type { Finding, Range } from './finding.ts';
import { odooInstances, type OdooInstance } from './odoo/instances.ts';
import { factsOf, type RuleDefinition } from './rule.ts';
import { isVerbatim } from './odoo/settings.ts';
import { stageOfFile, STAGES } from './odoo/stage.ts';

const ALL = 'development, staging or production';

interface Place {
  file: string;
  range: Range;
}

const finding = ({ file, range }: Place, message: string, stage: Stage | null): Finding => ({
  rule: 'odoo-stage',
  severity: 'error',
  file,
  range,
  message,
  fix: `Set ODOO_STAGE to ${stage ?? ALL}.`,
  paragraph: '§3.2',
  ...(stage ? { stage } : {}),
});

/** What people fill in when they copy a template (§7.1). */
const PLACEHOLDER = /^(?:|change[_-]?me.*|replace[_-].*|todo|<.*>|\[.*\]|\w+(?:\|\w+)+)$/i;
const TEMPLATE = /\.(?:template|tmpl|example|sample|dist)(?:\.env)?$/;

const isStage = (value: string): boolean => STAGES.some((stage) => stage === value);

/** A value that is no stage, or that of another environment. */
function wrongValue(place: Place, value: string, expected: Stage | null): Finding[] {
  if (TEMPLATE.test(place.file) && PLACEHOLDER.test(value)) return [];
  if (isStage(value) && (expected === null || value === expected)) return [];
  const what = isStage(value)
    ? `ODOO_STAGE is ${value} where the names say ${expected ?? ''}.`
    : `ODOO_STAGE is ${JSON.stringify(value)}, which is no stage.`;
  const found = finding(place, what, expected);
  const canReplace = expected !== null && value !== '' && isVerbatim(value, place.range);
  return [canReplace ? { ...found, edits: [{ ...place, text: expected }] } : found];
}

function findingsOf({
  name,
  kind,
  file,
  range,
  expected_stage: expected,
  environment,
  has_hidden_variables,
  variable_slot: slot,
}: OdooInstance): Finding[] {
  const said = environment.find((variable) => variable.name === 'ODOO_STAGE');
  if (said) return said.value === null ? [] : wrongValue({ file: said.file, range: said.range }, said.value, expected);
  // What CI starts to run tests is no environment; and what the repository does not hold may say it.
  if (kind === 'workflow' || has_hidden_variables) return [];
  const found = finding({ file, range }, `${name} starts Odoo without ODOO_STAGE.`, expected);
  if (!slot || expected === null) return [found];
  const text = `${slot.before}ODOO_STAGE${slot.between}${expected}${slot.after}`;
  return [{ ...found, edits: [{ file, range: { start: slot.at, end: slot.at }, text }] }];
}

/** §3.2: each environment sets `ODOO_STAGE`, to its own stage. */
export const odooStage: RuleDefinition = {
  name: 'odoo-stage',
  title: 'Each environment sets ODOO_STAGE to its own stage',
  paragraph: '§3.2',
  check: (facts) => {
    // An odoo.conf alone sets no variables.
    const started = odooInstances(facts).filter(({ kind }) => kind !== 'conf');
    const used = new Set(started.flatMap(({ environment }) => environment.map(({ file }) => file)));
    // Also those that nothing here names: a host may read the one, an overlay of Kubernetes the other.
    const maps = factsOf(facts, 'config_maps').flatMap(({ variables, file }) => variables.map((variable) => ({ ...variable, file })));
    const files = [...factsOf(facts, 'variables'), ...maps].filter(({ name, file }) => name === 'ODOO_STAGE' && !used.has(file));
    if (started.length === 0 && files.length === 0) {
      return {
        not_applicable: 'No compose file, dev container or Kubernetes manifest starts Odoo, and no .env file or ConfigMap sets ODOO_STAGE.',
      };
    }
    const inFiles = files.flatMap(({ file, range, value }) =>
      value === null || value === '' ? [] : wrongValue({ file, range }, value, stageOfFile(file, facts.config)),
    );
    const looked = [started.length > 0 ? count(started.length, 'Odoo') : '', files.length > 0 ? count(files.length, 'variable file') : ''];
    return {
      looked_at: looked.filter((text) => text !== '').join(' and '),
      findings: [...started.flatMap(findingsOf), ...inFiles],
    };
  },
};
