"""Compiles the one style sheet of a bundle that changed, where the others cannot notice.

A bundle is compiled as one text of a million characters, in which every file sees what those before it define. It takes a second or two.
The result is divided by file, and is kept here. After a change in a file that defines the same as before, extends nothing and is extended
by nothing, only that file is compiled, behind the definitions that it needs. In every other case Odoo compiles the bundle.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import marshal
import os
import re
import threading
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from . import scss
from .stamps import Stamp, keep, made, stamp

_logger = logging.getLogger(__name__)

#: More changed files than this are compiled faster together.
_MANY = 4
_PLACEHOLDER = re.compile(r'(?<![\w)}])%[A-Za-z_-]')
_UNREPEATABLE = re.compile(r'@import|unique-id\(|random\(')
_NEVER = re.compile(r'@extend|@import|@charset|@use|@forward|!global|unique-id\(|random\(')


@dataclass
class Compiled:
    """What Odoo made of a bundle. All lists have the order of its SCSS files."""

    urls: list[str]
    texts: list[str]
    fragments: list[str]
    minified: list[str]
    at_rules: str


_compiled: dict[Any, Compiled] = {}
_folder: Path | None = None
_one_at_a_time = threading.Lock()
_imports: dict[str, tuple[Stamp, str]] = {}


def install(assetsbundle: Any, folder: Path) -> None:
    """Puts this before Odoo's own compilation of bundles (odoo/addons/base/models/assetsbundle.py)."""
    global _folder
    _folder = folder
    bundle, sheet = assetsbundle.AssetsBundle, assetsbundle.StylesheetAsset
    original, fetch = bundle.preprocess_css, sheet._fetch_content

    def read(asset: Any) -> tuple[str, list[str]]:
        errors = asset.bundle.css_errors
        count = len(errors)
        text = fetch(asset)
        new = errors[count:]
        del errors[count:]
        return text, new

    def kept_fetch(self: Any) -> str:
        text, errors = made(self, 'style', read)
        self.bundle.css_errors.extend(errors)
        return str(text)

    def preprocess_css(self: Any, debug: bool = False, old_attachments: Any = None) -> str:
        with _one_at_a_time:  # two compilations at once take as long as two after another
            return compile_bundle(self, debug, old_attachments)

    def compile_bundle(self: Any, debug: bool, old_attachments: Any) -> str:
        files = [asset for asset in self.stylesheets if type(asset) is assetsbundle.ScssStylesheetAsset]
        others = any(isinstance(asset, assetsbundle.PreprocessedCSS) and asset not in files for asset in self.stylesheets)
        if not files or others or self.rtl or any(asset.inline for asset in files):
            return str(original(self, debug, old_attachments))
        key = (self.env.cr.dbname, self.name, self.autoprefix, tuple(sorted(self.assets_params.items())))
        try:
            now = [scss.with_imports(asset._fetch_content(), lambda name: _imported(asset, name)) for asset in files]
        except (scss.NotUnderstood, OSError):
            return str(original(self, debug, old_attachments))
        compiled = _compiled.get(key) or _load(key)
        if compiled is None or not _update(self, compiled, files, now):
            _compiled.pop(key, None)
            count = len(self.stylesheets)
            text = original(self, debug, old_attachments)
            if not self.css_errors:
                at_rules = self.stylesheets[0].inline if len(self.stylesheets) > count else ''
                contents = [asset._content or '' for asset in files]
                _save(key, Compiled([asset.url for asset in files], now, contents, [asset.minify() for asset in files], at_rules))
            return str(text)
        _compiled[key] = compiled
        minified = dict(zip(map(id, files), compiled.minified))
        for asset, fragment in zip(files, compiled.fragments):
            asset._content = fragment
        if compiled.at_rules:
            self.stylesheets.insert(0, sheet(self, inline=compiled.at_rules))
        return '\n'.join(minified[id(asset)] if id(asset) in minified else asset.minify() for asset in self.stylesheets)

    sheet._fetch_content = kept_fetch
    bundle.preprocess_css = preprocess_css


def _file(key: Any) -> Path | None:
    """A fresh process has compiled nothing yet: it takes over from the one before."""
    from odoo.addons.base.models import assetsbundle

    made_by = [os.stat(path).st_mtime_ns for path in (__file__, assetsbundle.__file__)]
    return _folder and _folder / f'{hashlib.blake2b(repr((key, made_by)).encode(), digest_size=16).hexdigest()}.styles'


def _load(key: Any) -> Compiled | None:
    path = _file(key)
    if path is None:
        return None
    try:
        os.utime(path)  # old ones are tidied away
        return Compiled(*marshal.loads(path.read_bytes()))
    except (OSError, EOFError, TypeError, ValueError):
        return None


def _save(key: Any, compiled: Compiled) -> None:
    _compiled[key] = compiled
    if path := _file(key):
        with contextlib.suppress(OSError):  # then the next process compiles it again
            keep(path, marshal.dumps([getattr(compiled, field.name) for field in fields(compiled)]))


def _imported(asset: Any, name: str) -> str:
    """The file that Odoo's own importer (`ScssStylesheetAsset.compile`) finds for a name."""
    from odoo.tools.misc import file_path

    folder, _, file = name.rpartition('/')
    try:
        folder = file_path(folder)
    except FileNotFoundError:
        folder = file_path(os.path.join(asset.bootstrap_path, folder))
    path = next(path for path in (os.path.join(folder, f'_{file}.scss'), os.path.join(folder, f'{file}.scss'), '') if not path or os.path.exists(path))
    now = stamp(path)
    before, text = _imports.get(path, (None, ''))
    if before != now:
        with open(path, encoding='utf-8') as stream:
            text = stream.read()
        _imports[path] = (now, text)
    return text


def _update(bundle: Any, compiled: Compiled, files: list[Any], now: list[str]) -> bool:
    """Brings it up to date with these texts; False if only a compilation of the whole bundle can."""
    if [asset.url for asset in files] != compiled.urls:
        return False
    changed = [index for index, text in enumerate(now) if text != compiled.texts[index]]
    if len(changed) > _MANY:
        return False
    try:
        fragments = {index: _fragment(bundle, compiled, files[index], index, now) for index in changed}
    except scss.NotUnderstood as reason:
        bundle.css_errors.clear()
        _logger.debug('The bundle %s is compiled as a whole: %s', bundle.name, reason)
        return False
    for index, fragment in fragments.items():
        files[index]._content = fragment
        compiled.texts[index], compiled.fragments[index], compiled.minified[index] = now[index], fragment, files[index].minify()
    return True


def _fragment(bundle: Any, compiled: Compiled, asset: Any, index: int, now: list[str]) -> str:
    """The new CSS of one file. Raises NotUnderstood if that of other files may be different now, or this one cannot be compiled alone."""
    before, text = compiled.texts[index], now[index]
    for version in (before, text):
        if found := _NEVER.search(version) or _PLACEHOLDER.search(version):
            raise scss.NotUnderstood(f'{found[0]} in {asset.url}')
    given = scss.definitions(compiled.texts[: index + 1])
    if scss.definitions([*compiled.texts[:index], text])[index] != given[index]:
        raise scss.NotUnderstood(f'{asset.url} defines something else than before')
    prelude = scss.needed(scss.definitions(now[:index]), text)
    if found := _UNREPEATABLE.search(prelude):
        raise scss.NotUnderstood(f'{found[0]} in what {asset.url} needs')
    output = bundle.compile_css(asset.compile, f'{prelude}\n{asset.get_source()}')
    if bundle.autoprefix:
        output = bundle.autoprefix_css(output)
    head, marker, fragment = output.partition(f'/*! {asset.id} */')
    if bundle.css_errors or not marker:
        raise scss.NotUnderstood(f'{asset.url} alone: {bundle.css_errors[:1]}')
    if '@charset' in head and '@charset' not in compiled.at_rules:
        raise scss.NotUnderstood('the first character that is not of ASCII')
    for target in frozenset().union(*map(scss.extended, now)):
        if scss.mentions(compiled.fragments[index], target) or scss.mentions(fragment, target):
            raise scss.NotUnderstood(f'{target} is extended')
    return str(fragment)
