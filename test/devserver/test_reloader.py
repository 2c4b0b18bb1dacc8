"""What the supervisor's main line does with a defect of its own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import unittest
from unittest import mock

from running import sources  # noqa: F401 - puts the package on the path
from odoo_reload.options import Options
from odoo_reload.reloader import Reloader
from odoo_reload.work import Work


class Defects(unittest.IsolatedAsyncioTestCase):
    async def test_one_step_that_fails(self) -> None:
        events, steps = mock.Mock(), asyncio.Queue[Work]()
        outcomes = iter([ZeroDivisionError('oh'), None])

        async def do(work: Work) -> None:
            steps.put_nowait(work)
            if (error := next(outcomes)) is not None:
                raise error

        watcher = mock.Mock(first=0.0)
        watcher.batch = asyncio.Event().wait  # nothing changes
        with socket.create_server(('127.0.0.1', 0)) as listening, contextlib.redirect_stderr(io.StringIO()) as log:
            reloader = Reloader(Options('/home', 'dev', '127.0.0.1', 0), listening, events, watcher)
            with mock.patch.object(reloader, '_do', do):
                running = asyncio.ensure_future(reloader.run())
                await asyncio.wait_for(steps.get(), 20)
                await asyncio.sleep(0)
                reloader.command('reload', [])
                again = await asyncio.wait_for(steps.get(), 20)
                self.assertFalse(running.done())
                running.cancel()
                await reloader.stop()
        self.assertEqual(again.parent, 'the first start')
        self.assertIn('ZeroDivisionError: oh', log.getvalue())
        failed = events.emit.call_args_list[0]
        self.assertEqual((failed.args, failed.kwargs['phase'], failed.kwargs['serving']), (('failed',), 'reload', False))


if __name__ == '__main__':
    unittest.main()
