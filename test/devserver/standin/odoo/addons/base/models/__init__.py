from . import assetsbundle, ir_asset, ir_model, ir_qweb
