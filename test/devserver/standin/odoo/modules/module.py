import ast
import os
import sys

import odoo.addons

from ..tools import config


class Manifest(dict):
    @staticmethod
    def for_addon(name, display_warning=True):
        for root in odoo.addons.__path__:
            path = os.path.join(root, name)
            try:
                with open(os.path.join(path, '__manifest__.py'), encoding='utf-8') as file:
                    manifest = Manifest(ast.literal_eval(file.read()))
            except (OSError, SyntaxError, ValueError):
                continue
            manifest.path = path
            return manifest
        return None


def initialize_sys_path():
    for root in config['addons_path']:
        if root not in odoo.addons.__path__:
            odoo.addons.__path__.append(root)
    odoo.addons.__path__._path_finder = lambda *_: None


def load_openerp_module(name):
    if f'odoo.addons.{name}' not in sys.modules:
        __import__(f'odoo.addons.{name}')
