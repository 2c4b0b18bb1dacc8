"""What `odoo_reload/assets.py` puts its own in place of. Nothing here makes bundles."""


class WebAsset:
    def minify(self):
        raise NotImplementedError

    _fetch_content = generate_xml_bundle = preprocess_css = minify
    content = property(minify)


class JavascriptAsset(WebAsset):
    pass


class StylesheetAsset(WebAsset):
    pass


class PreprocessedCSS(StylesheetAsset):
    pass


class ScssStylesheetAsset(PreprocessedCSS):
    pass


class AssetsBundle(WebAsset):
    pass
