from types import SimpleNamespace

from .module import Manifest


class ModuleGraph:
    """Modules in loading order: after those that they depend on. What is not on disk is left out, as by Odoo."""

    def __init__(self, cr, mode='load'):
        self._nodes = {}

    def extend(self, names):
        for name in names:
            manifest = Manifest.for_addon(name)
            if name in self._nodes or manifest is None:
                continue
            depends = [] if name == 'base' else ['base', *manifest.get('depends', [])]
            self.extend(depends)
            nodes = [self._nodes[depended] for depended in depends if depended in self._nodes]
            self._nodes[name] = SimpleNamespace(name=name, manifest=manifest, depends=nodes, demo=False)

    def __iter__(self):
        return iter(self._nodes.values())

    def __contains__(self, name):
        return name in self._nodes
