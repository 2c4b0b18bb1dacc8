"""Pages and bundles in development without the work that Odoo repeats for every page.

With `--dev=xml` Odoo lists the files of every bundle and compiles every QWeb template again for each page, and after a change in one
script it transpiles the two thousand others of the bundle too. Here lists and templates are kept until `changed` names a file that they
were made from, and what was made of one file as long as its time and size stay as they were. The answers are those of Odoo's own methods.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import scripts, styles
from .stamps import made, stamp

_KEEP_DAYS = 7
_STATIC = f'{os.sep}static{os.sep}'
#: Every file that some bundle was seen to have.
_listed: set[str] = set()
#: The templates of a bundle as a script.
_templates: dict[str, tuple[Any, str]] = {}
_kept: dict[str, Callable[..., Any]] = {}


def changed(files: Iterable[str]) -> None:
    """Forgets what was made from these files. To be called in the serving process before the browser hears of them."""
    from odoo.modules.registry import Registry

    paths = set(files)
    scripts.edited(paths)
    forget = {'links'}
    if any(_STATIC not in path or path not in _listed or not os.path.exists(path) for path in paths):
        forget.add('paths')  # a manifest, or a file that is new or gone: patterns may match something else
    if any(_STATIC not in path for path in paths):
        forget.add('code')
    methods = {_kept[name] for name in forget if name in _kept}
    for registry in list(Registry.registries.values()):
        for name in ('assets', 'templates'):
            kept = registry._Registry__caches[name]
            for key in list(kept._values):
                if key[1] in methods:
                    kept.pop(key, None)


def install(folder: Path, live: Iterable[str]) -> None:
    """Puts the kept answers in place of the methods that are not cached with `--dev=xml`. To be called once, with `base` imported.

    `folder` may be shared by processes, and `live` has the roots of the addons that are edited.
    """
    from odoo.addons.base.models import assetsbundle, ir_asset, ir_qweb
    from odoo.tools import config

    _tidy(folder)
    if 'xml' in config['dev_mode']:
        scripts.use(folder, live)
        _keep_lists(ir_asset.IrAsset, ir_qweb.IrQweb)
    _keep_scripts(assetsbundle)
    styles.install(assetsbundle, folder)


def _tidy(folder: Path) -> None:
    """Removes what nobody used for long. Another server may do the same, or a person: whatever is in the way is left."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - _KEEP_DAYS * 86400:
                    path.unlink()


def _keep_lists(asset: Any, qweb: Any) -> None:
    """As Odoo does without `--dev=xml`; the keys are its own."""
    from odoo.tools import ormcache
    from odoo.tools.constants import EXTERNAL_ASSET

    list_paths, generate_code = asset._get_asset_paths, qweb._generate_code_cached

    def paths(self: Any, bundle: str, assets_params: dict[str, Any]) -> Any:
        found = list_paths(self, bundle, assets_params)
        _listed.update(path for _url, path, _bundle, _time in found if path and path is not EXTERNAL_ASSET)
        return found

    def links(self: Any, bundle: str, css: bool = True, js: bool = True, assets_params: Any = None, rtl: bool = False, autoprefix: bool = False) -> Any:
        found = self._get_asset_bundle(bundle, css=css, js=js, rtl=rtl, assets_params=assets_params, autoprefix=autoprefix)
        if js and found.javascripts:
            scripts.divide(found, found.get_link('js'))
        return found.get_links()

    def code(self: Any, ref: int) -> Any:
        return generate_code(self, ref)

    cached_paths = ormcache('bundle', 'tuple(sorted(assets_params.items()))', cache='assets')(paths)

    def paths_now(self: Any, bundle: str, assets_params: dict[str, Any]) -> Any:
        return [
            (url, path, part, _time(path, time) if path and path is not EXTERNAL_ASSET else time)
            for url, path, part, time in cached_paths(self, bundle, assets_params)
        ]

    _kept.update(paths=paths, links=links, code=code)
    asset._get_asset_paths = paths_now
    qweb._generate_asset_links_cache = ormcache(
        'bundle', 'css', 'js', 'tuple(sorted(assets_params.items()))', 'rtl', 'autoprefix', cache='assets'
    )(links)
    qweb._generate_code_cached = ormcache(
        'ref', 'tuple(self.env.context.get(k) or False for k in self._get_template_cache_keys())', cache='templates'
    )(code)


def _time(path: str, before: float) -> float:
    """The time of a file is part of the bundle's version, and changes without a change of the list."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return before


def _keep_scripts(assetsbundle: Any) -> None:
    script, bundle = assetsbundle.JavascriptAsset, assetsbundle.AssetsBundle
    content, generate = script.content.fget, bundle.generate_xml_bundle

    def content_parts(asset: Any) -> tuple[Any, ...]:
        return content(asset), asset._content, asset._is_transpiled

    def kept_content(asset: Any) -> str:
        converted, asset._content, asset._is_transpiled = made(asset, 'content', content_parts)
        return str(converted)

    def minify(asset: Any) -> str:
        return str(asset.with_header(assetsbundle.rjsmin(content(asset))))

    def kept_minify(asset: Any) -> str:
        return str(made(asset, 'minified', minify))

    def kept_templates(self: Any) -> str:
        try:
            now = [stamp(asset._filename) for asset in self.templates]
        except (OSError, TypeError):  # a template that is a record
            return str(generate(self))
        names = [asset.url for asset in self.templates]
        before, result = _templates.get(self.name, (None, ''))
        if before != (names, now):
            result = generate(self)
            _templates[self.name] = ((names, now), result)
        return result

    script.content = property(kept_content)
    script.minify = kept_minify
    bundle.generate_xml_bundle = kept_templates
