from .modules.registry import Registry


class _IrHttp:
    def routing_map(self, key=None):
        return next(iter(Registry.registries.values())).routes()


class _IrModelFields:
    _name = 'ir.model.fields'

    def _reflect_field_params(self, field, model_id):
        return {'model': model_id, 'name': field.name, 'ttype': field.type}


class _IrModel:
    _name = 'ir.model'


class Environment(dict):
    def __init__(self, cr, uid, context):
        super().__init__({'ir.http': _IrHttp(), 'ir.model': _IrModel(), 'ir.model.fields': _IrModelFields()})
