import logging
import os
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from xml.etree import ElementTree

from odoo import database, http, sql_db

from .module import Manifest, load_openerp_module
from .module_graph import ModuleGraph

_logger = logging.getLogger('odoo.modules.registry')


class _Cache:
    def __init__(self):
        self._values = {}

    def pop(self, key, default=None):
        return self._values.pop(key, default)


def _fields(module, fields):
    return {
        name: SimpleNamespace(name=name, type=kind, manual=False, inherited=False, store=True, column_type=None, _modules=(module,)) for name, kind in fields.items()
    }


class Registry(Mapping):
    registries = {}

    def init(self, name):
        self.models = {}

    @classmethod
    def new(cls, name, update_module=False, install_modules=(), upgrade_modules=()):
        registry = cls()
        cls.registries[name] = registry
        with registry.cursor():
            if install_modules:
                found = [name for name in install_modules if Manifest.for_addon(name)]
                database.write(installed=[*database.read()['installed'], *found], initialized=True)
            graph = ModuleGraph(None)
            graph.extend(database.read()['installed'])
            for node in graph:
                load_openerp_module(node.name)
                registry._add(node.name)
                if node.name in [*install_modules, *upgrade_modules]:
                    registry._update(node)
        registry.ready = True
        return registry

    def __init__(self):
        self.ready, self.models, self._init_modules, self._routes = False, {}, set(), None
        self.__caches = {'default': _Cache(), 'assets': _Cache(), 'templates': _Cache(), 'routing': _Cache()}

    def _add(self, module):
        self._init_modules.add(module)
        self.models.setdefault('base', type('Model', (), dict(_fields={}, _original_module='base', _custom=False, _auto=False)))
        for loaded in [value for key, value in list(sys.modules.items()) if f'{key}.'.startswith(f'odoo.addons.{module}.')]:
            for name, fields in getattr(loaded, 'MODELS', {}).items():
                found = _fields(module, fields)
                self.models[name] = type('Model', (), dict(_fields=found, _original_module=module, _custom=False, _auto=False))

    def _update(self, node):
        for name in node.manifest.get('data', []):
            ElementTree.parse(os.path.join(node.manifest.path, name))
        known = database.read()
        models = {name: {field.name: field.type for field in model._fields.values()} for name, model in self.models.items()}
        database.write(models={**known['models'], **models}, updated=[*known['updated'], node.name])
        if node.manifest.get('log_error'):
            _logger.error(node.manifest['log_error'])

    def routes(self):
        if self._routes is None:
            self._routes = http.routing_map(self._init_modules)
        return self._routes

    def cursor(self):
        return sql_db.db_connect('').cursor()

    def __getitem__(self, name):
        return self.models[name]

    def __iter__(self):
        return iter(self.models)

    def __len__(self):
        return len(self.models)
