"""A stand-in for Odoo: what `src/devserver/odoo_reload` imports from it, and nothing else, for tests without Odoo and PostgreSQL.

Its "database" is a JSON file (`database.py`). Its addons are Python packages with a manifest; functions under `@http.route` answer, and
constants `MODELS = {'shop.thing': {'name': 'char'}}` are models with fields. Names and order of events are those of Odoo 19.
"""

SUPERUSER_ID = 1

from . import release  # noqa: E402, F401
