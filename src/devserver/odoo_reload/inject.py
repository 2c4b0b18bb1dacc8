"""Puts the script that reloads pages into backend and website pages, and tells it where fresh style sheets are."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import scripts

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

SCRIPT_PATH = '/_odoo_ops/live.js'
STYLES_PATH = '/_odoo_ops/styles'
#: A page of Odoo has some hundred kilobytes. What is larger is data, and not worth a copy.
_LARGEST = 4 * 1024 * 1024
#: Documents that are no page of their own: reports, attachments and files.
_NO_PAGES = ('/report/', '/web/content', '/web/image', '/web/assets/', '/web/static/', '/web/binary/', '/websocket')
_END_OF_HEAD = re.compile(rb'</head\s*>', re.IGNORECASE)
_END_OF_BODY = re.compile(rb'</body\s*>', re.IGNORECASE)
#: The rules that a policy may have for the script, its events and its worker; the first that is there counts.
_NEEDED = (
    ('script-src-elem', 'script-src', 'default-src'),
    ('connect-src', 'default-src'),
    ('worker-src', 'child-src', 'script-src', 'default-src'),
)
_BUNDLE = re.compile(r'/web/assets/(?P<website>\d+/)?(?P<version>[^/%]+)/(?P<file>[^/%]+\.css)')


class LiveReload:
    """WSGI middleware around Odoo. Whatever it does not understand passes unchanged."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._script = Path(__file__).with_name('live.js')

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get('PATH_INFO', '')
        if path == SCRIPT_PATH:
            return _answer(environ, start_response, '200 OK', self._script.read_bytes(), 'text/javascript; charset=utf-8')
        if path.startswith(scripts.PREFIX):
            return _part(environ, start_response, scripts.read(path))
        if path == STYLES_PATH:
            return self._fresh_styles(environ, start_response)
        if not _asks_for_page(environ):
            return self.app(environ, start_response)
        return self._with_script(environ, start_response)

    def _with_script(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        since = int(time.time() * 1000)
        held: list[tuple[str, Headers]] = []
        returned = False

        def hold(status: str, headers: Headers, exc_info: Any = None) -> Any:
            held.clear()
            if returned or exc_info or not _can_carry(status, headers):
                return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)
            held.append((status, headers))
            return _no_write

        body = self.app(environ, hold)
        returned = True
        if not held:
            return body
        try:
            page = b''.join(body)
        finally:
            getattr(body, 'close', lambda: None)()
        status, headers = held[0]
        page = with_script(scripts.in_parts(page), since)
        start_response(status, [(name, str(len(page)) if name.lower() == 'content-length' else value) for name, value in headers])
        return [page]

    def _fresh_styles(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Asks Odoo for a version of the bundle that never was: it answers with the way to the version of now."""
        asked = _BUNDLE.fullmatch(parse_qs(environ.get('QUERY_STRING', '')).get('of', [''])[0])
        if environ.get('REQUEST_METHOD') != 'GET' or environ.get('HTTP_SEC_FETCH_SITE', 'same-origin') != 'same-origin' or not asked:
            return _answer(environ, start_response, '404 Not Found', b'', 'text/plain')
        if asked['version'] == 'debug':  # made anew for every request
            return _answer(environ, start_response, '200 OK', f'{asked[0]}?since={time.time_ns()}'.encode(), 'text/plain')
        path = f"/web/assets/{asked['website'] or ''}odoo-ops/{asked['file']}"
        found: dict[str, str] = {}

        def read(status: str, headers: Headers, exc_info: Any = None) -> Any:
            found.update({name.lower(): value for name, value in headers}, status=status)
            return _no_write

        inner = {**environ, 'PATH_INFO': path, 'QUERY_STRING': '', 'REQUEST_URI': path, 'RAW_URI': path, 'wsgi.input': io.BytesIO()}
        body = self.app(inner, read)
        for _ in body:
            pass
        getattr(body, 'close', lambda: None)()
        location = urlsplit(found.get('location', '')).path
        if not found['status'].startswith('30') or not _BUNDLE.fullmatch(location):
            return _answer(environ, start_response, '404 Not Found', b'', 'text/plain')
        return _answer(environ, start_response, '200 OK', location.encode(), 'text/plain')


def with_script(page: bytes, since: int) -> bytes:
    """The page with the script at the end of its head; unchanged if it is no whole document."""
    if b'<html' not in page[:4096].lower():
        return page
    ends = [_END_OF_HEAD.search(page)] if _END_OF_HEAD.search(page) else list(_END_OF_BODY.finditer(page))
    if not ends or ends[-1] is None:
        return page
    at = ends[-1].start()
    return page[:at] + b'<script src="%s" data-since="%d" async="async"></script>' % (SCRIPT_PATH.encode(), since) + page[at:]


def _asks_for_page(environ: Environ) -> bool:
    if environ.get('REQUEST_METHOD') not in ('GET', 'POST') or environ.get('PATH_INFO', '').startswith(_NO_PAGES):
        return False
    # A report is made from pages too, and by a browser without event streams that waits for every connection to end.
    if 'wkhtmltopdf' in environ.get('HTTP_USER_AGENT', '').lower():
        return False
    if environ.get('HTTP_X_REQUESTED_WITH', '').lower() == 'xmlhttprequest':
        return False
    # A page that Odoo's service worker passes on no longer says that it is a document, but still what it accepts.
    return environ.get('HTTP_SEC_FETCH_DEST') in ('document', 'iframe', 'frame') or 'text/html' in environ.get('HTTP_ACCEPT', '')


def _can_carry(status: str, headers: Headers) -> bool:
    found = {name.lower(): value for name, value in headers}
    kind, _, parameters = found.get('content-type', '').partition(';')
    length = found.get('content-length', '')
    return (
        status.startswith('200')
        and kind.strip().lower() == 'text/html'
        and length.isdigit()  # none: the body is streamed
        and int(length) <= _LARGEST
        and found.get('content-encoding', 'identity') == 'identity'
        and not found.get('content-disposition', '').startswith('attachment')
        and _is_like_ascii(parameters)
        and all(_policy_allows(value) for name, value in headers if name.lower() == 'content-security-policy')
    )


def _is_like_ascii(parameters: str) -> bool:
    charset = re.search(r'charset\s*=\s*"?([^\s";]+)', parameters, re.IGNORECASE)
    try:
        return charset is None or '</head>'.encode(charset[1]) == b'</head>'
    except LookupError:
        return False


def _policy_allows(policy: str) -> bool:
    """Whether the page may load a script from here. A policy is never widened: such a page stays as it would be in production."""
    rules = {words[0].lower(): words[1:] for part in policy.split(';') if (words := part.split())}
    if 'sandbox' in rules and 'allow-scripts' not in rules['sandbox']:
        return False
    for names in _NEEDED:
        sources = next((rules[name] for name in names if name in rules), ['*'])
        if "'strict-dynamic'" in sources or not {"'self'", '*'} & set(sources):
            return False
    return True


def _part(environ: Environ, start_response: Callable[..., Any], text: bytes | None) -> list[bytes]:
    if text is None:
        return _answer(environ, start_response, '404 Not Found', b'', 'text/plain')
    # The address is made from the content, and the browser keeps the compiled script with it.
    return _answer(environ, start_response, '200 OK', text, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable')


def _answer(environ: Environ, start_response: Callable[..., Any], status: str, body: bytes, kind: str, caching: str = 'no-cache') -> list[bytes]:
    start_response(status, [('Content-Type', kind), ('Content-Length', str(len(body))), ('Cache-Control', caching)])
    return [] if environ.get('REQUEST_METHOD') == 'HEAD' else [body]


def _no_write(_data: bytes) -> None:
    raise NotImplementedError('the write() of WSGI before version 1.0')
