/** The parts of the sample addon that are like those of any other: some thirty files that Odoo imports. */

export const ADDON = 'ops_bench_shop';

const OWN_MODELS = [
  'delivery_slot',
  'gift_wrap',
  'loyalty_tier',
  'pickup_store',
  'price_rule',
  'return_reason',
  'return_request',
  'stock_alert',
];
const INHERITED: Readonly<Record<string, string>> = {
  product_template: 'product.template',
  product_product: 'product.product',
  res_partner: 'res.partner',
  res_company: 'res.company',
  sale_order_line: 'sale.order.line',
  stock_picking: 'stock.picking',
  purchase_order: 'purchase.order',
  crm_lead: 'crm.lead',
};
const WIZARDS = ['assign_slot', 'merge_requests', 'recompute_prices'];

const camel = (name: string): string => name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
const title = (name: string): string => name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
const imports = (names: readonly string[]): string => names.map((name) => `from . import ${name}\n`).join('');

const ownModel = (name: string): string => `import logging
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import codes, dates

_logger = logging.getLogger(__name__)

STATES = [('draft', 'Draft'), ('open', 'Open'), ('done', 'Done'), ('cancel', 'Cancelled')]
DAYS_KEPT = 90


class ${camel(name)}(models.Model):
    _name = 'ops.${name.replaceAll('_', '.')}'
    _description = '${title(name)}'
    _inherit = ['mail.thread']
    _order = 'sequence, name, id'

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(copy=False, default=lambda self: codes.next_code('${name}'))
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    state = fields.Selection(STATES, default='draft', required=True, tracking=True)
    company_id = fields.Many2one('res.company', default=lambda self: self.env.company)
    partner_id = fields.Many2one('res.partner', string='Customer', ondelete='restrict', index=True)
    product_ids = fields.Many2many('product.template', string='Products')
    date_from = fields.Date(default=fields.Date.context_today)
    date_to = fields.Date()
    days = fields.Integer(compute='_compute_days', store=True)
    note = fields.Html()

    @api.depends('date_from', 'date_to')
    def _compute_days(self):
        for record in self:
            record.days = dates.working_days(record.date_from, record.date_to)

    @api.constrains('date_from', 'date_to')
    def _check_dates(self):
        for record in self:
            if record.date_from and record.date_to and record.date_from > record.date_to:
                raise ValidationError(_('%(name)s ends before it begins.', name=record.display_name))

    @api.onchange('partner_id')
    def _onchange_partner_id(self):
        if self.partner_id.company_id:
            self.company_id = self.partner_id.company_id

    def action_open(self):
        drafts = self.filtered(lambda record: record.state == 'draft')
        if not drafts:
            raise UserError(_('Nothing here is a draft.'))
        drafts.write({'state': 'open', 'date_from': fields.Date.context_today(self)})
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'view_mode': 'list,form', 'domain': [('id', 'in', drafts.ids)]}

    def action_done(self):
        self.filtered(lambda record: record.state == 'open').write({'state': 'done'})

    @api.model
    def _archive_old(self):
        limit = fields.Date.context_today(self) - timedelta(days=DAYS_KEPT)
        old = self.search([('state', 'in', ('done', 'cancel')), ('date_to', '<', limit)])
        _logger.info('Archiving %s of %s', len(old), self._name)
        old.write({'active': False})
        return len(old)
`;

const inherited = (name: string, model: string): string => `from odoo import api, fields, models

from ..tools import codes


class ${camel(name)}(models.Model):
    _inherit = '${model}'

    shop_reference = fields.Char(string='Shop reference', copy=False, index=True)
    shop_priority = fields.Selection([('0', 'Normal'), ('1', 'High')], default='0')
    shop_label = fields.Char(compute='_compute_shop_label')

    @api.depends('shop_reference', 'shop_priority')
    def _compute_shop_label(self):
        for record in self:
            record.shop_label = ' '.join(part for part in (record.shop_reference, record.shop_priority == '1' and '!') if part)

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            values.setdefault('shop_reference', codes.next_code('${name}'))
        return super().create(vals_list)

    def action_shop_priority(self):
        for record in self:
            record.shop_priority = '0' if record.shop_priority == '1' else '1'
`;

const wizard = (name: string): string => `from odoo import fields, models


class ${camel(name)}(models.TransientModel):
    _name = 'ops.wizard.${name.replaceAll('_', '.')}'
    _description = '${title(name)}'

    order_ids = fields.Many2many('sale.order', default=lambda self: self.env.context.get('active_ids'))
    date = fields.Date(required=True, default=fields.Date.context_today)

    def action_apply(self):
        self.ensure_one()
        for order in self.order_ids.filtered(lambda order: order.state in ('draft', 'sent')):
            order.message_post(body=self._description)
        return {'type': 'ir.actions.act_window_close'}
`;

const CODES = `import random
import string

ALPHABET = string.ascii_uppercase + string.digits


def next_code(prefix, length=8):
    return prefix[:3].upper() + ''.join(random.choices(ALPHABET, k=length))
`;

const DATES = `from datetime import timedelta


def working_days(start, end):
    if not start or not end:
        return 0
    days = (start + timedelta(days=number) for number in range((end - start).days + 1))
    return sum(day.weekday() < 5 for day in days)
`;

const PORTAL = `from odoo import http
from odoo.http import request


class ShopPortal(http.Controller):
    @http.route('/ops_bench/slots', type='http', auth='user')
    def slots(self, page=1, **_parameters):
        slots = request.env['ops.delivery.slot'].search([('state', '=', 'open')], limit=20, offset=20 * (int(page) - 1))
        return request.make_json_response([{'id': slot.id, 'name': slot.name, 'days': slot.days} for slot in slots])
`;

const access = (): string =>
  ['id,name,model_id/id,group_id/id,perm_read,perm_write,perm_create,perm_unlink']
    .concat(
      [...OWN_MODELS, ...WIZARDS.map((name) => `wizard_${name}`)].map(
        (name) => `${name},${name},model_ops_${name},base.group_user,1,1,1,1`,
      ),
    )
    .join('\n');

/** By path in the addon. */
export const commonFiles = (): Record<string, string> => ({
  '__init__.py': imports(['controllers', 'models', 'wizards']),
  'models/__init__.py': imports([...OWN_MODELS, ...Object.keys(INHERITED), 'sale_order']),
  'controllers/__init__.py': imports(['main', 'portal']),
  'controllers/portal.py': PORTAL,
  'wizards/__init__.py': imports(WIZARDS),
  'tools/__init__.py': imports(['codes', 'dates', 'margins']),
  'tools/codes.py': CODES,
  'tools/dates.py': DATES,
  'security/ir.model.access.csv': access(),
  ...Object.fromEntries(OWN_MODELS.map((name) => [`models/${name}.py`, ownModel(name)])),
  ...Object.fromEntries(Object.entries(INHERITED).map(([name, model]) => [`models/${name}.py`, inherited(name, model)])),
  ...Object.fromEntries(WIZARDS.map((name) => [`wizards/${name}.py`, wizard(name)])),
});

/** List, form, action and menu of each own model. */
export const commonViews = (): string =>
  `<odoo>\n    <menuitem id="menu_root" name="Ops shop"/>\n${OWN_MODELS.map((name) => {
    const model = `ops.${name.replaceAll('_', '.')}`;
    return `    <record id="${name}_form" model="ir.ui.view">
        <field name="name">${model}.form</field>
        <field name="model">${model}</field>
        <field name="arch" type="xml">
            <form><header><button name="action_open" type="object" string="Open"/><field name="state" widget="statusbar"/></header>
                <sheet><group><field name="name"/><field name="code"/><field name="partner_id"/><field name="days"/></group></sheet></form>
        </field>
    </record>
    <record id="${name}_action" model="ir.actions.act_window">
        <field name="name">${title(name)}</field>
        <field name="res_model">${model}</field>
        <field name="view_mode">list,form</field>
    </record>
    <menuitem id="menu_${name}" name="${title(name)}" parent="menu_root" action="${name}_action"/>\n`;
  }).join('')}</odoo>\n`;
