import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ADDON, commonFiles, commonViews } from './addon-python.ts';
import { writeProbe } from './browser.ts';

export { ADDON };

/** What the edits change: numbers that the addon answers with, by where they stand. */
export const PLACES = {
  /** In bodies of functions. */
  method: 'models/sale_order.py',
  controller: 'controllers/main.py',
  tool: 'tools/margins.py',
  /** Anywhere else in Python. */
  constant: 'models/sale_order.py',
  added: 'models/sale_order.py',
  label: 'models/sale_order.py',
  fallback: 'tools/margins.py',
  rank: 'models/sale_order.py',
  /** In views. */
  page: 'views/page.xml',
  form: 'views/sale_order.xml',
} as const;

export type Place = keyof typeof PLACES;
export type Marks = Record<Place, number>;

const MANIFEST = `{
    'name': 'Ops bench shop',
    'version': '19.0.1.0.0',
    'author': 'Odoo Ops',
    'license': 'LGPL-3',
    'depends': ['sale_management', 'stock', 'purchase', 'crm', 'website_sale'],
    'data': ['security/ir.model.access.csv', 'views/models.xml', 'views/sale_order.xml', 'views/page.xml'],
    'assets': {
        'web.assets_backend': ['${ADDON}/static/src/backend/*'],
        'web.assets_frontend': ['${ADDON}/static/src/website/*'],
    },
}
`;

const edited: Readonly<Record<string, (marks: Marks) => string>> = {
  'models/sale_order.py': (marks) => `from odoo import api, fields, models

from ..tools import margins

REVIEW_ABOVE = ${marks.constant}


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    _shop_rank = ${marks.rank}

    shop_review = fields.Selection([('none', 'None'), ('asked', 'Asked'), ('done', 'Done')], string='Review ${marks.label}', default='none')
    shop_margin = fields.Float(compute='_compute_shop_margin')

    @api.depends('amount_untaxed', 'order_line.price_subtotal')
    def _compute_shop_margin(self):
        for order in self:
            order.shop_margin = margins.margin(order.amount_untaxed, sum(order.order_line.mapped('price_subtotal')))

    def action_confirm(self):
        asked = self.filtered(lambda order: order.amount_total > REVIEW_ABOVE and order.shop_review == 'none')
        asked.write({'shop_review': 'asked'})
        return super().action_confirm()

    def _shop_added_${marks.added}(self):
        return self.filtered(lambda order: order.shop_review == 'done')

    @api.model
    def _shop_mark(self):
        waiting = self.search_count([('shop_review', '=', 'asked')])
        return ${marks.method} + 0 * waiting

    @api.model
    def _shop_threshold(self):
        return REVIEW_ABOVE
`,
  'controllers/main.py': (marks) => `from odoo import http
from odoo.http import request

from ..tools import margins

ADDED = '_shop_added_'


class ShopController(http.Controller):
    @http.route('/ops_bench/marks', type='http', auth='public', readonly=True)
    def marks(self, **_parameters):
        orders = request.env['sale.order'].sudo()
        added = [name for name in dir(type(orders)) if name.startswith(ADDED)]
        return request.make_json_response({
            'method': orders._shop_mark(),
            'controller': ${marks.controller},
            'tool': margins.mark(),
            'constant': orders._shop_threshold(),
            'added': int(added[0].removeprefix(ADDED)),
            'label': int(orders._fields['shop_review'].string.split()[-1]),
            'fallback': margins.fallback(),
            'rank': orders._shop_rank,
        })

    @http.route('/ops_bench/page', type='http', auth='public', website=True, sitemap=False)
    def page(self, **_parameters):
        return request.render('${ADDON}.page', {'orders': request.env['sale.order'].sudo().search_count([])})

    @http.route('/ops_bench/form', type='http', auth='public')
    def form(self, **_parameters):
        view = request.env.ref('sale.view_order_form')
        return request.env['sale.order'].sudo().get_view(view.id, 'form')['arch']
`,
  'tools/margins.py': (marks) => `def margin(revenue, cost):
    return (revenue - cost) / revenue if revenue else 0.0


def fallback(value=${marks.fallback}):
    return value


def mark():
    rates = [margin(revenue, 1.0) for revenue in (1.0, 1.0)]
    return ${marks.tool} + int(sum(rates))
`,
  'views/page.xml': (marks) => `<odoo>
    <template id="page" name="Ops page">
        <t t-call="website.layout">
            <section class="container"><h1>Orders</h1><p t-out="orders"/><p>mark ${marks.page} here</p></section>
        </t>
    </template>
</odoo>
`,
  'views/sale_order.xml': (marks) => `<odoo>
    <record id="sale_order_form" model="ir.ui.view">
        <field name="name">sale.order.form.shop</field>
        <field name="model">sale.order</field>
        <field name="inherit_id" ref="sale.view_order_form"/>
        <field name="arch" type="xml">
            <field name="partner_id" position="after">
                <field name="shop_review" help="mark ${marks.form} here"/>
            </field>
        </field>
    </record>
</odoo>
`,
};

const STATIC = {
  'static/src/backend/board.scss': '.o_ops_board { padding: $o-horizontal-padding; .badge { color: $primary; } }\n',
  'static/src/backend/board.js':
    'import { registry } from "@web/core/registry";\nregistry.category("ops_bench").add("board", { sequence: 1 });\n',
  'static/src/website/shop.scss': '.o_ops_shop { @include media-breakpoint-up(md) { color: $primary; } }\n',
  'static/src/website/shop.js':
    'import { registry } from "@web/core/registry";\nregistry.category("ops_bench").add("shop", { sequence: 1 });\n',
};

export const noMarks = (): Marks => Object.fromEntries(Object.keys(PLACES).map((place) => [place, 1])) as Marks;

/** The text of the file that a place stands in. */
export const textOf = (place: Place, marks: Marks): string => edited[PLACES[place]]!(marks);

/** Writes the addons that the edits are made in: ours, and the one for the browser. */
export function writeAddons(addons: string): void {
  const marks = noMarks();
  const files = {
    ...commonFiles(),
    ...STATIC,
    '__manifest__.py': MANIFEST,
    'views/models.xml': commonViews(),
    ...Object.fromEntries(Object.entries(edited).map(([path, text]) => [path, text(marks)])),
  };
  for (const [path, text] of Object.entries(files)) {
    const file = join(addons, ADDON, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeProbe(addons);
}
