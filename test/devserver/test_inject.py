"""Which answers carry the script, and that all others pass unchanged."""

from __future__ import annotations

import os
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

from running import sources  # noqa: F401 - puts the package on the path
from odoo_reload import assets, scripts, stamps
from odoo_reload.inject import LiveReload

_PAGE = b'<!DOCTYPE html><html><head><title>T</title></head><body><p>caf\xc3\xa9</p></body></html>'
_HTML = 'text/html; charset=utf-8'


def _ask(
    body: bytes | Iterable[bytes],
    *headers: tuple[str, str],
    status: str = '200 OK',
    path: str = '/odoo',
    kind: str = _HTML,
    length: bool = True,
    **environ: str,
) -> tuple[str, dict[str, str], bytes]:
    """Asks a server that answers so. Environment keys are in small letters."""
    whole = [body] if isinstance(body, bytes) else body

    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = [('Content-Length', str(len(body)))] if length and isinstance(body, bytes) else []
        start_response(status, [('Content-Type', kind), *size, *headers])
        return whole

    return _call(app, path, environ)


def _call(app: Any, path: str, environ: dict[str, str]) -> tuple[str, dict[str, str], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    asked = {'REQUEST_METHOD': 'GET', 'PATH_INFO': path, 'HTTP_ACCEPT': 'text/html', **{key.upper(): value for key, value in environ.items()}}
    answer = b''.join(LiveReload(app)(asked, lambda status, headers, exc_info=None: started.append((status, headers))))
    assert len(started) == 1, 'a server calls start_response once'
    return started[0][0], dict(started[0][1]), answer


class Pages(unittest.TestCase):
    def test_a_page_gets_the_script_at_the_end_of_its_head(self) -> None:
        _, headers, answer = _ask(_PAGE)
        self.assertRegex(answer, rb'</title><script src="/_odoo_ops/live.js" data-since="\d+" async="async"></script></head>')
        self.assertEqual(headers['Content-Length'], str(len(answer)))

    def test_without_a_head_it_comes_before_the_last_end_of_the_body(self) -> None:
        _, _, answer = _ask(b'<html><body><script>"</body>"</script></BODY ></html>')
        self.assertRegex(answer, rb'"</body>"</script><script src=[^>]+></script></BODY >')

    def test_a_page_in_pieces_is_one_page(self) -> None:
        _, _, answer = _ask(iter([_PAGE[:30], _PAGE[30:]]), ('Content-Length', str(len(_PAGE))))
        self.assertIn(b'/_odoo_ops/live.js', answer)

    def test_a_page_through_the_service_worker_has_no_destination(self) -> None:
        self.assertIn(b'live.js', _ask(_PAGE, http_sec_fetch_dest='empty')[2])
        self.assertEqual(_ask(_PAGE, http_sec_fetch_dest='empty', http_accept='*/*')[2], _PAGE)


class Unchanged(unittest.TestCase):
    def same(self, *args: Any, **more: Any) -> None:
        answer = _ask(*args, **more)
        body = args[0] if isinstance(args[0], bytes) else _PAGE
        self.assertEqual(answer[2], body)

    def test_what_is_no_page(self) -> None:
        self.same(b'{"html": "</head>"}', kind='application/json')
        self.same(b'<p>a part</p></body>')
        self.same(_PAGE, status='404 Not Found')
        self.same(_PAGE, ('Content-Disposition', 'attachment; filename=a.html'))
        self.same(_PAGE, path='/report/html/sale.report/1')
        self.same(_PAGE, path='/web/content/7')

    def test_what_was_asked_by_something_else_than_a_browser_window(self) -> None:
        self.same(_PAGE, request_method='HEAD')
        self.same(_PAGE, http_x_requested_with='XMLHttpRequest')
        self.same(_PAGE, http_user_agent='Mozilla/5.0 wkhtmltopdf')

    def test_what_cannot_be_read(self) -> None:
        self.same(_PAGE, ('Content-Encoding', 'gzip'))
        self.same(_PAGE, kind='text/html; charset=utf-16')
        self.same(_PAGE, kind='text/html; charset=nonsense')
        self.same(b'<html><head></head>' + b' ' * (4 * 1024 * 1024))

    def test_a_stream_stays_one(self) -> None:
        def endless() -> Iterable[bytes]:
            yield _PAGE
            raise AssertionError('read before the first piece was sent')

        started: list[str] = []

        def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            start_response('200 OK', [('Content-Type', _HTML)])
            return endless()

        environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/', 'HTTP_ACCEPT': 'text/html'}
        body = iter(LiveReload(app)(environ, lambda status, headers, exc_info=None: started.append(status)))
        self.assertEqual(next(body), _PAGE)
        self.assertEqual(started, ['200 OK'])

    def test_a_policy_is_kept(self) -> None:
        self.same(_PAGE, ('Content-Security-Policy', "default-src 'none'"))
        self.same(_PAGE, ('Content-Security-Policy', 'sandbox'))
        self.same(_PAGE, ('Content-Security-Policy', "script-src 'nonce-x' 'strict-dynamic'"))
        self.same(_PAGE, ('Content-Security-Policy', "default-src 'self'; worker-src 'none'"))
        self.assertIn(b'live.js', _ask(_PAGE, ('Content-Security-Policy', "default-src 'self'; img-src *"))[2])


class Own(unittest.TestCase):
    def test_the_script_is_asked_for_each_time(self) -> None:
        status, headers, answer = _ask(b'', path='/_odoo_ops/live.js')
        self.assertEqual((status, headers['Cache-Control']), ('200 OK', 'no-cache'))
        self.assertIn(b'EventSource', answer)

    def test_fresh_styles_are_where_odoo_says(self) -> None:
        asked: list[str] = []

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            asked.append(environ['PATH_INFO'])
            start_response('303 See Other', [('Location', 'http://x:1/web/assets/1/abc1234/web.assets_frontend.min.css')])
            return [b'see there']

        query = {'query_string': 'of=%2Fweb%2Fassets%2F1%2Fold%2Fweb.assets_frontend.min.css'}
        self.assertEqual(_call(app, '/_odoo_ops/styles', query)[2], b'/web/assets/1/abc1234/web.assets_frontend.min.css')
        self.assertEqual(asked, ['/web/assets/1/odoo-ops/web.assets_frontend.min.css'])
        for refused in ({**query, 'http_sec_fetch_site': 'cross-site'}, {**query, 'request_method': 'POST'}, {'query_string': 'of=/web/login'}):
            self.assertEqual(_call(app, '/_odoo_ops/styles', refused)[0], '404 Not Found')
        self.assertEqual(len(asked), 1)

    def test_parts_of_scripts_are_named_by_their_hash_alone(self) -> None:
        for name in ('../inject.py', 'x.js', '0' * 32 + '.js'):
            self.assertEqual(_ask(b'', path=f'{scripts.PREFIX}{name}')[0], '404 Not Found')

    def test_a_bundle_in_parts_keeps_its_attributes(self) -> None:
        folder = self.folder()
        self.divided('/web/assets/v/web.assets_web.min.js', folder, 'a.js', 'b.js')
        page = b'<script type="text/javascript" src="/web/assets/v/web.assets_web.min.js" onerror="e=1"></script><script src="/other.js"></script>'
        tag = b'<script type="text/javascript" src="/_odoo_ops/scripts/%s.js" onerror="e=1"></script>'
        self.assertEqual(scripts.in_parts(page), tag % b'a' + b'\n' + tag % b'b' + b'<script src="/other.js"></script>')
        # Without one of them it is Odoo's own bundle.
        (folder / 'b.js').unlink()
        self.assertEqual(scripts.in_parts(page), page)

    def test_a_part_that_is_gone_is_not_named_again(self) -> None:
        name, folder = f'{"0" * 32}.js', self.folder()
        self.divided('/web/assets/v/x.js', folder, name)
        self.assertEqual(scripts.read(scripts.PREFIX + name), b'')
        (folder / name).unlink()
        self.assertIsNone(scripts.read(scripts.PREFIX + name))
        self.assertEqual(scripts._parts, {})

    def folder(self) -> Path:
        folder = tempfile.TemporaryDirectory(prefix='odoo-reload-')
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    def divided(self, url: str, folder: Path, *names: str) -> None:
        for name in names:
            (folder / name).touch()
        scripts.use(folder, ())
        self.addCleanup(setattr, scripts, '_folder', None)
        self.addCleanup(scripts._parts.clear)
        scripts._parts[url] = list(names)

    def test_what_is_kept_is_whole(self) -> None:
        path = self.folder() / 'emptied' / 'a.js'
        texts = [bytes([65 + number]) * 300_000 for number in range(4)]
        writers = [threading.Thread(target=stamps.keep, args=(path, text)) for text in texts * 5]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            if path.exists():
                self.assertIn(path.read_bytes(), texts)
        self.assertEqual([entry.name for entry in path.parent.iterdir()], ['a.js'])
        with self.assertRaises(OSError), mock.patch('os.replace', side_effect=OSError):
            stamps.keep(path, b'')
        self.assertEqual([entry.name for entry in path.parent.iterdir()], ['a.js'])

    def test_only_what_nobody_used_is_tidied_away(self) -> None:
        folder = self.folder()
        self.divided('/web/assets/v/x.js', folder, 'used.js')
        for name in ('used.js', 'unused.js'):
            (folder / name).touch()
            os.utime(folder / name, (1, 1))
        (folder / 'vanished').symlink_to('nowhere')
        scripts.in_parts(b'<script src="/web/assets/v/x.js"></script>')
        assets._tidy(folder)
        self.assertEqual({entry.name for entry in folder.iterdir()}, {'used.js', 'vanished'})
        assets._tidy(folder / 'nowhere')


if __name__ == '__main__':
    unittest.main()
