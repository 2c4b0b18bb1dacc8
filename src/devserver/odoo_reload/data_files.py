"""Which changes of data files the running Odoo sees by itself: with `--dev=xml` it reads the architecture of views from their files.

Everything else in a data file reaches the database only by a module update (`odoo/tools/convert.py`).
"""

from __future__ import annotations

import ast
from typing import Any
from xml.etree import ElementTree

#: Keys of a manifest that only an update acts upon (`odoo/modules/loading.py`, `ir_module_module`).
_UPDATE_KEYS = ('depends', 'data', 'demo', 'version', 'external_dependencies', 'pre_init_hook', 'post_init_hook', 'auto_install', 'installable')

#: What reading a data file raises. The last: elements in elements, thousands deep, which Odoo refuses too.
BROKEN = (ElementTree.ParseError, ValueError, LookupError, RecursionError)


def _masked(element: ElementTree.Element) -> bytes:
    """A record without what Odoo reads from the file at each request."""
    copy = ElementTree.fromstring(ElementTree.tostring(element))
    copy.tail = None
    if copy.tag == 'template':
        for child in list(copy):
            copy.remove(child)
        copy.text = None
    elif copy.tag == 'record' and copy.get('model') == 'ir.ui.view':
        for field in copy.findall('field[@name="arch"]'):
            for child in list(field):
                field.remove(child)
            field.text = None
    for inner in copy.iter():
        # Between elements it is indentation, elsewhere it is the value of a field.
        if len(inner) and inner.text is not None and not inner.text.strip():
            inner.text = None
        if inner.tail is not None and not inner.tail.strip():
            inner.tail = None
    return ElementTree.canonicalize(ElementTree.tostring(copy, encoding='unicode')).encode()


def _records(text: bytes) -> list[bytes]:
    root = ElementTree.fromstring(text)
    records: list[bytes] = [repr(sorted(root.attrib.items())).encode()]
    for element in root:
        if element.tag == 'data':
            records.append(repr(sorted(element.attrib.items())).encode())
            records.extend(map(_masked, element))
        else:
            records.append(_masked(element))
    return records


def xml_needs_update(old: bytes | None, new: bytes | None) -> bool:
    """Whether two versions of an XML data file differ in more than the architecture of views that both have. Raises
    one of `BROKEN` where the new one is not XML that Odoo reads."""
    if new is None or old is None:
        return True
    after = _records(new)
    try:
        return _records(old) != after
    except BROKEN:
        return True


def manifest_of(text: bytes) -> dict[str, Any]:
    """What a manifest says. Raises SyntaxError, ValueError."""
    try:
        manifest = ast.literal_eval(text.decode())
    except (TypeError, MemoryError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(manifest, dict):
        raise ValueError('it is no dictionary')
    for key in ('data', 'demo'):
        names = manifest.get(key, [])
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise ValueError(f'{key!r} is no list of file names')
    return manifest


def manifest_needs_update(old: bytes | None, new: bytes | None) -> bool:
    """Whether two versions of a manifest differ in what only an update acts upon. Raises SyntaxError, ValueError."""
    if old is None or new is None:
        return True
    after = manifest_of(new)
    try:
        before = manifest_of(old)
    except (SyntaxError, ValueError):
        return True
    return any(before.get(key) != after.get(key) for key in _UPDATE_KEYS)
