class IrAsset:
    def _get_asset_paths(self, bundle, assets_params):
        raise NotImplementedError
