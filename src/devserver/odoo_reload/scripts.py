"""The scripts of a large bundle in parts, so that a browser compiles only the part with the change again.

A browser keeps what it compiled of a script by address, and one changed line gives a bundle of seven million characters a new address. Here
the runs of files that are edited and those between them have addresses of their own, made from the times and sizes of their files, and are
kept in a folder that outlives this process. To the page they are still one script: modules wait until every part is there, and then start
in the order of the bundle, in one go. A part that fails stops them all, as a mistake in the bundle does.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from .stamps import keep

PREFIX = '/_odoo_ops/scripts/'
#: Those of the pages that are reloaded. Test runners and such look at scripts and modules themselves.
_BUNDLES = ('web.assets_web', 'web.assets_frontend_lazy')
_LOADER = '/web/static/src/module_loader.js'
#: Not modules, and so not made to wait: only libraries may be in the middle of a bundle that is divided.
_LIBRARIES = re.compile(r'/static/lib/|/web/static/src/polyfills/')
_TAG = re.compile(rb'<script\b[^>]*?\ssrc="(/web/assets/[^"]+)"[^>]*></script>|<script\b[^>]*?\sdata-src="(/web/assets/[^"]+)"[^>]*></script>')
_NAME = re.compile(r'[0-9a-f]{32}\.js')
#: Pages only ask for the last.
_VERSIONS = 32

_WAIT = """;(odoo => {
    const define = odoo.define, waiting = [];
    odoo.define = (...module) => void waiting.push(module);
    odoo.define.parts = 0;
    odoo.define.start = () => {
        odoo.define = define;
        waiting.forEach((module) => define(...module));
    };
})(odoo);
"""

_parts: dict[str, list[str]] = {}
_modules: dict[str, tuple[Any, bool]] = {}
_edited: set[str] = set()
_live: tuple[str, ...] = ()
_folder: Path | None = None


def use(folder: Path, live: Iterable[str]) -> None:
    """Keeps parts in this folder. Files below the roots in `live` are those that are edited."""
    global _folder, _live
    _folder, _live = folder, tuple(os.path.join(root, '') for root in live)


def edited(files: Iterable[str]) -> None:
    """From now on the files of these addons are taken to be edited, wherever they are."""
    _edited.update(path[: path.index('/static/') + 1] for path in files if '/static/' in path)


def divide(bundle: Any, url: str) -> None:
    """Makes the parts of a bundle (Odoo's AssetsBundle) whose script has this address, if that is possible."""
    _parts.pop(url, None)
    files = bundle.javascripts
    if _folder is None or bundle.name not in _BUNDLES or not all(asset._filename for asset in [*files, *bundle.templates]):
        return
    roots = (*_live, *_edited)
    runs = [list(run) for _, run in groupby(files, lambda asset: asset._filename.startswith(roots))]
    first = next((index for index, asset in enumerate(files) if not _LIBRARIES.search(asset.url) and asset.url != _LOADER), 0)
    if len(runs) < 2 or not all(_may_wait(asset) for asset in files[first:]):
        return
    try:
        _parts[url] = _written(bundle, runs)
    except OSError:
        return  # the disk is full, say: the page gets the bundle
    for oldest in list(_parts)[:-_VERSIONS]:
        _parts.pop(oldest, None)


def _written(bundle: Any, runs: list[list[Any]]) -> list[str]:
    names = [_part(run, index == 0) for index, run in enumerate(runs)]
    names.append(_templates(bundle))
    count = len(names)
    return [*names, _write(f'end {count}', lambda: f';if (odoo.define.parts === {count}) odoo.define.start();')]


def _may_wait(asset: Any) -> bool:
    before, answer = _modules.get(asset.url, (None, False))
    if before != asset.last_modified:
        answer = bool(_LIBRARIES.search(asset.url)) or asset.is_transpiled
        _modules[asset.url] = (asset.last_modified, answer)
    return answer


def _states(assets: Iterable[Any]) -> list[tuple[str, float]]:
    """The times are those that the version of the whole bundle is made of."""
    return [(asset.url, asset.last_modified) for asset in assets]


def _part(files: list[Any], first: bool) -> str:
    def text() -> str:
        texts = [asset.minify() for asset in files]
        if first:
            at = next((index + 1 for index, asset in enumerate(files) if asset.url == _LOADER), 0)
            texts.insert(at, _WAIT)
        # The semicolon in front keeps a `'use strict'` of the first file from being one for all.
        return ';' + ';\n'.join([*texts, 'odoo.define.parts++;'])

    return _write(f'{first} {_states(files)}', text)


def _templates(bundle: Any) -> str:
    def text() -> str:
        return f"""odoo.define("{bundle.name}.bundle.xml", ["@web/core/templates"], function(require) {{
"use strict";
const {{ checkPrimaryTemplateParents, registerTemplate, registerTemplateExtension }} = require("@web/core/templates");
{bundle.generate_xml_bundle()}
}});
odoo.define.parts++;"""

    return _write(f'{bundle.name} {_states(bundle.templates)}', text)


def _write(key: str, text: Callable[[], str]) -> str:
    assert _folder is not None
    name = hashlib.blake2b(f'{_maker()} {key}'.encode(), digest_size=16).hexdigest() + '.js'
    path = _folder / name
    try:
        os.utime(path)
    except FileNotFoundError:
        keep(path, text().encode())
    return name


def _maker() -> str:
    """What makes parts of files: this text, and Odoo's."""
    from odoo.addons.base.models import assetsbundle
    from odoo.tools import js_transpiler

    return ' '.join(str(os.stat(path or '').st_mtime_ns) for path in (__file__, assetsbundle.__file__, js_transpiler.__file__))


def in_parts(page: bytes) -> bytes:
    """The page with the parts in place of every bundle that has some."""

    def tags(match: re.Match[bytes]) -> bytes:
        address = match[1] or match[2]
        names = _usable(html.unescape(address.decode()))
        return b'\n'.join(match[0].replace(address, f'{PREFIX}{name}'.encode()) for name in names) or match[0]

    return _TAG.sub(tags, page) if _parts else page


def _usable(url: str) -> list[str]:
    """The parts of a bundle, used from now on. None where one is gone: then the page gets the bundle."""
    names = _parts.get(url, [])
    if _folder is None:
        return []
    try:
        for name in names:
            os.utime(_folder / name)  # another server tidies away what nobody uses
    except OSError:
        _parts.pop(url, None)
        return []
    return names


def read(path: str) -> bytes | None:
    name = path.removeprefix(PREFIX)
    if _folder is None or not _NAME.fullmatch(name):
        return None
    try:
        return (_folder / name).read_bytes()
    except OSError:
        for url in [url for url, names in list(_parts.items()) if name in names]:
            _parts.pop(url, None)  # the next page gets the bundle
        return None
