class IrQweb:
    def _generate_code_cached(self, ref):
        raise NotImplementedError

    _generate_asset_links_cache = _generate_code_cached
