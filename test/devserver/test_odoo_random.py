"""Random edits of addons in a real Odoo: each answer is that of an Odoo that has just been started. `ODOO_EDITS` says how many.

The Odoo that has just been started is a process of its own that knows nothing of ours: it holds Odoo's core, and forks for each answer a
child that imports all addons and loads the database anew. Every fiftieth time it is `odoo-bin` itself, started for that one answer."""

from __future__ import annotations

import json
import os
import random
import subprocess
import unittest

from real import HOME, MISSING, PYTHON, RealOdoo, ReloadingServer
from test_random import Text

MANIFEST = "{'name': 'Random', 'version': '19.0.1.0.0', 'author': 'tests', 'license': 'LGPL-3', 'depends': [%s]}"

MODELS = '''
import functools
from odoo import api, fields, models, tools
<|from . import help
>
RATE = ⟨2⟩
SEEN = {}


def rate(x):
    <return x * RATE|return x + ⟨7⟩>


def logged(function):
    @functools.wraps(function)
    def inner(self, *args):
        return function(self, *args) + ⟨0⟩
    return inner


class Thing(models.AbstractModel):
    _name = 'rr.thing'
    _description = 'Thing ⟨1⟩'
    _order_hint = ⟨3⟩

    number = fields.Integer(default=lambda self: ⟨5⟩)
    double = fields.Integer(compute='_compute_double')
    kind = fields.Selection(selection='_kinds', default='a')
    <|label = fields.Char(default='x')
    >

    @api.depends('number'<|, 'kind'>)
    def _compute_double(self):
        for thing in self:
            <thing.double = thing.number * ⟨2⟩|thing.double = rate(thing.number)>

    @api.model
    def _kinds(self):
        return [('a', 'A⟨1⟩'), ('b', 'B⟨2⟩')]

    @api.onchange('number')
    def _onchange_number(self):
        self.kind = <'a'|'b'>

    @tools.ormcache('x')
    def cached(self, x):
        return rate(x) + ⟨4⟩

    @logged
    def wrapped(self, x):
        return x + ⟨1⟩

    @api.model
    def remember(self, x):
        return SEEN.setdefault(x, rate(x))

    def _register_hook(self):
        super()._register_hook()
        type(self).hooked = ⟨6⟩

    @property
    def shown(self):
        return f'<shown|Shown> {self._order_hint}'

    def items(self):
        return [*(rate(i) for i in range(⟨3⟩))]
'''

SECOND = '''
from odoo import api, fields, models, http
from odoo.addons.rr_first.models import rate


class Thing(models.AbstractModel):
    _inherit = 'rr.thing'

    triple = fields.Integer(compute='_compute_triple')

    def _compute_triple(self):
        for thing in self:
            thing.triple = thing.double + ⟨3⟩

    <def wrapped(self, x): return super().wrapped(x) * ⟨2⟩|def items(self): return super().items() + [⟨9⟩]>

    @api.model
    def _kinds(self):
        return super()._kinds() + [('c', 'C⟨1⟩')]


class Partner(models.Model):
    _inherit = 'res.partner'

    def rr_name(self):
        return f'{self.name} {rate(len(self.name))} {⟨1⟩}'


class Main(http.Controller):
    @http.route(<'/rr/route'|['/rr/route', '/rr/other']>, auth='public', type='http')
    def route(self, value='⟨1⟩'):
        return f'{value} {rate(⟨2⟩)}'
'''

#: Not edited. Asks everything, and leaves nothing behind.
ASK = '''
from odoo import api, models, http


class Ask(models.AbstractModel):
    _name = 'rr.ask'
    _description = 'Questions'

    @api.model
    def answers(self):
        from odoo.addons.rr_first import models as first
        thing = self.env['rr.thing'].new({'number': 4})
        fresh = self.env['rr.thing'].new({})
        thing._onchange_number()
        routes = sorted(str(rule) for rule in self.env['ir.http'].routing_map().iter_rules() if '/rr/' in str(rule))
        return repr([
            thing.double, thing.triple, thing.kind, fresh.number, thing.cached(3), thing.cached(3), thing.wrapped(2), thing.hooked, thing.shown,
            thing.items(), self.env['rr.thing']._fields['kind']._description_selection(self.env), sorted(self.env['rr.thing']._fields),
            self.env.ref('base.main_partner').rr_name(), self.env['rr.thing']._description, first.SEEN, routes,
        ])


class Main(http.Controller):
    @http.route('/rr/answers', auth='public', type='http')
    def answers(self):
        return http.request.env['rr.ask'].sudo().answers()

    @http.route('/rr/do/<string:what>', auth='public', type='http')
    def do(self, what):
        thing = http.request.env['rr.thing'].sudo().new({'number': 2})
        return repr(thing.remember(5) if what == 'remember' else [thing.cached(1), thing.items(), thing.triple])
'''

#: An Odoo that only shares its core between answers.
REFERENCE = '''
import json, os, sys
sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True; os.environ['TZ'] = 'UTC'
from odoo.tools import config
config.parse_config(sys.argv[3:], setup_logging=True)
import odoo.http, odoo.service.server
from odoo import api, SUPERUSER_ID
from odoo.modules.registry import Registry
for line in sys.stdin:
    ready, answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            import threading
            threading.current_thread().dbname = sys.argv[2]
            odoo.service.server.load_server_wide_modules()
            with Registry.new(sys.argv[2]).cursor() as cr:
                found = api.Environment(cr, SUPERUSER_ID, {})['rr.ask'].answers()
        except BaseException as error:
            found = f'{type(error).__name__}: {error}'
        os.write(answer, found.encode()); os._exit(0)
    os.close(answer)
    data = b''
    while chunk := os.read(ready, 65536): data += chunk
    os.close(ready); os.waitpid(pid, 0)
    print('answer ' + json.dumps(data.decode()), flush=True)
'''


@unittest.skipIf(MISSING, MISSING)
class RandomEdits(unittest.TestCase):
    def setUp(self) -> None:
        self.seed = int(os.environ.get('SEED') or random.randrange(1 << 30))
        self.texts = {'rr_first/models.py': Text(MODELS), 'rr_second/models.py': Text(SECOND)}
        addons = {path: str(text) for path, text in self.texts.items()}
        for module, depends in (('rr_first', "'web'"), ('rr_second', "'rr_first'"), ('rr_ask', "'rr_second'")):
            addons[f'{module}/__manifest__.py'] = MANIFEST % depends
            addons[f'{module}/__init__.py'] = 'from . import models\n'
        self.odoo = RealOdoo({**addons, 'rr_ask/models.py': ASK, 'rr_first/help.py': ''}, ['rr_ask'])
        self.addCleanup(self.odoo.close)
        self.reference = self.odoo.python(
            '-c', REFERENCE, HOME, self.odoo.database, *self.odoo.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def fresh(self) -> str:
        self.reference.stdin.write('\n')
        while True:
            line = self.reference.stdout.readline()
            self.assertTrue(line, 'the reference ended')
            if line.startswith('answer '):
                return str(json.loads(line[7:]))

    def started(self) -> str:
        """The answer of `odoo-bin` itself."""
        code = "print('answer ' + env['rr.ask'].answers())"
        shell = self.odoo.python(f'{HOME}/odoo-bin', 'shell', *self.odoo.arguments, '--no-http', stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        out, _ = shell.communicate(code, timeout=120)
        return next(line[7:] for line in out.splitlines() if line.startswith('answer '))

    def test_each_answer_is_that_of_an_odoo_just_started(self) -> None:
        chance = random.Random(self.seed)
        server = ReloadingServer(self.odoo)
        server.wait('ready')
        kinds: dict[str, int] = {}
        for number in range(int(os.environ.get('ODOO_EDITS') or 60)):
            where = f'edit {number}, seed {self.seed}'
            for _ in range(chance.choice([0, 1, 2])):
                server.get(f'/rr/do/{chance.choice(["look", "look", "look", "remember"])}')
            before = {path: str(text) for path, text in self.texts.items()}
            for path in chance.choice([[path] for path in self.texts] + [list(self.texts)]):
                self.texts[path].edit(chance)
            changed = {path: str(text) for path, text in self.texts.items() if str(text) != before[path]}
            if not changed:
                continue
            for path, text in changed.items():
                self.odoo.write(path, text)
            event = server.wait('reloaded', 'failed')
            # Two files may settle as two batches on a busy machine: the last word counts.
            self.assertEqual(event['type'], 'reloaded', f'{where}: {event}')
            kinds[event['kind']] = kinds.get(event['kind'], 0) + 1
            expected = self.started() if number % 50 == 0 else self.fresh()
            self.assertTrue(expected.startswith('['), f'{where}: {expected}')
            self.assertEqual(server.get('/rr/answers'), expected, f'{where}: {event}')
        print(kinds)
        self.assertEqual(server.stop(), 0)


if __name__ == '__main__':
    unittest.main()
