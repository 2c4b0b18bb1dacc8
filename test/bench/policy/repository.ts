import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SAMPLE_FILES } from '../../fixtures/sample-files.ts';
import { commit, git } from '../../fixtures/sample-repository.ts';
import { randomNumbers } from '../repository.ts';

type Random = (below: number) => number;

const WORDS =
  'account partner invoice order line move stock picking quantity price currency company state name date total tax journal user product'.split(
    ' ',
  );
const pick = (random: Random): string => WORDS[random(WORDS.length)] ?? '';
const repeat = (times: number, line: (index: number) => string): string =>
  Array.from({ length: times }, (_, index) => line(index)).join('');

const model = (name: string, random: Random): string => `# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

STATES = [("draft", "Draft"), ("done", "Done"), ("cancel", "Cancelled")]
LABELS = {"draft": "New", "done": "Finished"}


class ${name}(models.Model):
    _name = "${name.toLowerCase()}"
    _inherit = ["mail.thread"]
    _description = "${name}"

    name = fields.Char(required=True, index=True)
    state = fields.Selection(STATES, default="draft")
${repeat(6 + random(10), (index) => `    ${pick(random)}_${index} = fields.Float(string="${pick(random)} ${pick(random)}", digits=(16, 2))\n`)}
${repeat(
  4 + random(6),
  (index) => `    @api.depends("name", "state")
    def _compute_${pick(random)}_${index}(self):
        for record in self:
            found = []
            for line in record.search([("state", "=", "done"), ("name", "ilike", "%${pick(random)}%")]):
                found.append(line.name or LABELS.get(line.state))
            if len(found) > ${random(40)}:
                raise UserError(_("There are too many of %s") % record.name)
            record.name = ", ".join(found)
        _logger.info("Computed %s", len(self))

`,
)}`;

const view = (name: string, random: Random): string => `<?xml version="1.0" encoding="utf-8"?>
<odoo>
${repeat(
  3,
  (index) => `    <record id="view_${name}_${index}" model="ir.ui.view">
        <field name="name">${name}.form</field>
        <field name="model">${name}</field>
        <field name="arch" type="xml">
            <form>
                <sheet>
${repeat(8 + random(12), () => `                    <field name="${pick(random)}" string="${pick(random)} ${pick(random)}" invisible="state == 'done'"/>\n`)}                </sheet>
            </form>
        </field>
    </record>
`,
)}</odoo>
`;

const cron = (name: string): string => `<?xml version="1.0" encoding="utf-8"?>
<odoo noupdate="1">
    <record id="ir_cron_${name}" model="ir.cron">
        <field name="name">${name}: close what is old</field>
        <field name="model_id" ref="model_${name}"/>
        <field name="state">code</field>
        <field name="code">model._cron_close()</field>
        <field name="interval_number">1</field>
        <field name="interval_type">days</field>
    </record>
</odoo>
`;

const translation = (random: Random): string =>
  `msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n${repeat(30 + random(60), () => `#: model:ir.model.fields\nmsgid "${pick(random)} ${pick(random)}"\nmsgstr "${pick(random)} ${pick(random)} ${random(9999)}"\n\n`)}`;

const script = (random: Random): string =>
  `/** @odoo-module **/\nimport { registry } from "@web/core/registry";\n\n${repeat(5 + random(15), (index) => `export function ${pick(random)}${index}(${pick(random)}) {\n    return registry.category("${pick(random)}").get("${pick(random)}_${random(9999)}");\n}\n\n`)}`;

/** The files of an addon as OCA's are: 33 of them, about 100 kB. */
function addonFiles(name: string, random: Random): Record<string, string> {
  const files: Record<string, string> = {
    '__init__.py': 'from . import models\n',
    '__manifest__.py': `{\n    "name": "${name}",\n    "version": "19.0.1.0.0",\n    "license": "LGPL-3",\n    "depends": ["base", "mail"],\n    "data": ["data/ir_cron.xml"],\n}\n`,
    'README.rst': repeat(120, () => `${pick(random)} ${pick(random)} ${pick(random)} ${pick(random)} ${random(9999)}\n`),
    'pyproject.toml': '[build-system]\nrequires = ["whool"]\nbuild-backend = "whool.buildapi"\n',
    'data/ir_cron.xml': cron(name),
    'security/ir.model.access.csv': `id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\naccess_${name},${name},model_${name},base.group_user,1,1,1,0\n`,
    'models/__init__.py': repeat(6, (index) => `from . import model_${index}\n`),
    'tests/__init__.py': 'from . import test_model\n',
    'tests/test_model.py': model(`Test${name}`, random),
    'static/description/index.html': repeat(150, () => `<p>${pick(random)} ${pick(random)} ${random(9999)}</p>\n`),
    'static/description/icon.svg': `<svg xmlns="http://www.w3.org/2000/svg"><path d="M${random(99)} ${random(99)}"/></svg>\n`,
  };
  for (let index = 0; index < 6; index++) files[`models/model_${index}.py`] = model(`${name}_${index}`, random);
  for (let index = 0; index < 5; index++) files[`views/view_${index}.xml`] = view(`${name}_${index}`, random);
  for (const language of ['de', 'es', 'fr', 'it', 'nl', 'pt', 'zh']) files[`i18n/${language}.po`] = translation(random);
  for (let index = 0; index < 4; index++) files[`static/src/${index}.js`] = script(random);
  return files;
}

export const ADDONS = 300;

/** A repository of 10,000 files and 300 addons, committed; with what else a team has: compose files, odoo.conf, workflows, SQL, docs. */
export function makePolicyRepository(root: string): string {
  const random = randomNumbers(5);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(SAMPLE_FILES)) write(path, text);
  let written = Object.keys(SAMPLE_FILES).length;
  for (let index = 0; index < ADDONS; index++) {
    const name = `addon_${index}`;
    for (const [path, text] of Object.entries(addonFiles(name, random))) {
      write(`addons/${index % 3 === 0 ? 'ipai' : 'oca'}/${name}/${path}`, text);
      written++;
    }
  }
  for (let index = 0; written < 10_000; index++, written++) {
    write(`docs/notes/${index}.md`, `# ${pick(random)}\n\n\`\`\`sh\nodoo-ops status --env ${pick(random)}\n\`\`\`\n`);
  }
  git(root, ['init', '--quiet', '--initial-branch', 'main']);
  commit(root, 'Everything');
  return root;
}
