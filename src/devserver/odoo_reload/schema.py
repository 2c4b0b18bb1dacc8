"""What the database does not know yet of the code that was loaded: fields and models that a module update would write."""

from __future__ import annotations

from typing import Any

from .sources import real_path

#: By module, in words for people.
Reasons = dict[str, list[str]]


def differences(registry: Any, live: tuple[str, ...], names: set[str]) -> Reasons:
    """Reasons to update, by module, for the modules below these folders and those of these names. Compares with what Odoo itself would
    reflect into `ir.model` and `ir.model.fields` (`_reflect_model_params` and `_reflect_field_params` in `base/models/ir_model.py`)."""
    from odoo import SUPERUSER_ID, api
    from odoo.addons.base.models.ir_model import select_en
    from odoo.modules.module import Manifest
    from odoo.tools.misc import unique
    from odoo.tools.sql import table_columns

    def is_live(module: str | None) -> bool:
        manifest = Manifest.for_addon(module, display_warning=False) if module else None
        return manifest is not None and real_path(manifest.path).startswith(live)

    modules = {name for name in registry._init_modules if name in names or is_live(name)}
    found: Reasons = {}

    def needs(module: str, reason: str) -> None:
        found.setdefault(module, []).append(reason)

    if not modules:
        return found
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        known_models = {row[0] for row in select_en(env['ir.model'], ['model'], list(registry))}
        touched: dict[str, list[Any]] = {}
        for name, model in registry.items():
            # A field that comes by `_inherits` is told by the model that has it.
            fields = [field for field in model._fields.values() if not field.manual and not field.inherited and modules.intersection(field._modules)]
            if model._original_module in modules and name not in known_models and not model._custom:
                needs(model._original_module, f'new model {name}')
            elif fields:
                touched[name] = fields
        if not touched:
            return found
        model_ids = dict(select_en(env['ir.model'], ['model', 'id'], list(touched)))
        columns = list(unique(['model', 'name', *env['ir.model.fields']._reflect_field_params(next(iter(touched.values()))[0], 0)]))
        rows = {row[:2]: row for row in select_en(env['ir.model.fields'], columns, list(touched))}
        for name, fields in touched.items():
            table = None
            for field in fields:
                module = next((module for module in reversed(field._modules) if module in modules))
                row = rows.get((name, field.name))
                if row is None:
                    needs(module, f'new field {name}.{field.name}')
                    continue
                params = env['ir.model.fields']._reflect_field_params(field, model_ids[name])
                other = [column for column, value in zip(columns, row) if params[column] != value]
                if other:
                    needs(module, f'changed field {name}.{field.name} ({", ".join(other)})')
                elif field.store and field.column_type and registry[name]._auto:
                    table = table_columns(cr, registry[name]._table) if table is None else table
                    if field.name not in table:
                        needs(module, f'no column for {name}.{field.name}')
    return found
