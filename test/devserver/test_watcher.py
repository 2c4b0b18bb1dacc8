"""Which changes are told, as what, and in which batches."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import shutil
import tempfile
import unittest
from unittest import mock

from running import sources  # noqa: F401 - puts the package on the path
from odoo_reload import inotify, polling, watcher


class Watching(unittest.IsolatedAsyncioTestCase):
    how = 'inotify'

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix='odoo-reload-')
        self.addCleanup(folder.cleanup)
        self.root = os.path.realpath(folder.name)
        self.addons = os.path.join(self.root, 'addons')
        os.mkdir(self.addons)
        self.notices: list[str] = []

    def save(self, *names: str, text: str = '') -> str:
        path = os.path.join(self.addons, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'a', encoding='utf-8') as file:
            file.write(text or 'x')
        return path

    def watch(self) -> watcher.Watcher:
        found = watcher.Watcher(self.how, self.notices.append)
        found.add(self.addons)
        return found

    async def told(self, watching: watcher.Watcher, *expected: str) -> None:
        """Exactly these, in one batch or more."""
        left = set(expected)
        while left:
            batch = await asyncio.wait_for(watching.batch(), 20)
            self.assertLessEqual(batch, set(expected))
            left -= batch

    async def found(self, watching: watcher.Watcher, expected: str) -> None:
        """This one, and maybe others."""
        while expected not in await asyncio.wait_for(watching.batch(), 20):
            pass

    async def test_saved_created_moved_deleted(self) -> None:
        old = self.save('a', 'old.py')
        watching = self.watch()
        await self.told(watching, self.save('a', 'old.py'))
        await self.told(watching, self.save('a', 'new.py'))
        os.replace(self.save('a', 'new.py'), old)
        await self.told(watching, old, os.path.join(self.addons, 'a', 'new.py'))
        os.unlink(old)
        await self.told(watching, old)

    async def test_a_folder_that_is_new(self) -> None:
        watching = self.watch()
        paths = [self.save('a', 'b', 'c', 'd.py'), self.save('a', 'e.py')]
        await self.told(watching, *paths)
        await self.told(watching, self.save('a', 'b', 'c', 'd.py'))

    async def test_folders_without_anything_of_odoo(self) -> None:
        hidden = [self.save(name, 'a.py') for name in ('.git', '__pycache__', 'node_modules')]
        watching = self.watch()
        for path in hidden:
            os.utime(self.save(os.path.relpath(path, self.addons)))
        self.save('b', '__pycache__', 'a.pyc')
        self.save('b', '.idea', 'a.xml')
        await self.told(watching, self.save('a.py'))

    async def test_symbolic_links(self) -> None:
        elsewhere = os.path.join(self.root, 'elsewhere')
        os.mkdir(elsewhere)
        os.symlink(elsewhere, os.path.join(self.addons, 'linked'))
        os.symlink(self.addons, os.path.join(elsewhere, 'back'))
        watching = self.watch()
        self.save('linked', 'a.py')
        await self.told(watching, os.path.join(elsewhere, 'a.py'))

    async def test_a_symbolic_link_is_pointed_elsewhere(self) -> None:
        inside = [self.save(self.root, name, 'shop', 'a.py') for name in ('one', 'two')]
        link = os.path.join(self.addons, 'shop')
        os.symlink(os.path.dirname(inside[0]), link)
        watching = self.watch()
        os.symlink(os.path.dirname(inside[1]), f'{link}~')
        os.replace(f'{link}~', link)
        await self.found(watching, os.path.join(link, ''))
        self.save(inside[1])
        await self.found(watching, inside[1])
        os.unlink(link)
        await self.found(watching, os.path.join(link, ''))

    async def test_files_that_go_on_changing(self) -> None:
        watching = self.watch()
        path = self.save('a.py')
        with mock.patch.object(watcher, '_AT_MOST', 0.3), mock.patch.object(watcher, '_QUIET', 60):
            await self.told(watching, path)

    async def test_a_file_outside(self) -> None:
        configuration = os.path.join(self.root, 'odoo.conf')
        self.save(configuration)
        inside = self.save('inside.conf')
        watching = self.watch()
        watching.add_file(configuration)
        watching.add_file(inside)
        self.save('../other.conf')
        await self.told(watching, self.save(configuration))
        await self.told(watching, self.save('inside.conf'))

    async def test_git_is_at_work(self) -> None:
        for place in ('.git', '../.git'):
            with self.subTest(place):
                lock = self.save(place, 'index.lock')
                watching = self.watch()
                path = self.save('a.py')
                batch = asyncio.ensure_future(watching.batch())
                done, _ = await asyncio.wait([batch], timeout=0.3)
                self.assertEqual(done, set())
                os.unlink(lock)
                self.assertEqual(await asyncio.wait_for(batch, 20), {path})
                shutil.rmtree(os.path.dirname(lock))

    async def test_git_left_a_lock_behind(self) -> None:
        os.makedirs(os.path.join(self.root, 'git'))
        self.save('.git', text='gitdir: ../git\n')
        self.save('../git/index.lock')
        watching = self.watch()
        with mock.patch.object(watcher, '_GIT_AT_MOST', 0.1):
            await self.told(watching, self.save('a.py'))


class Polling(Watching):
    how = 'poll'


class Notices(Watching):
    how = 'auto'

    async def test_a_folder_that_is_gone(self) -> None:
        path = self.save('a', 'b', 'c.py')
        watching = self.watch()
        os.rename(os.path.dirname(path), os.path.join(self.root, 'away'))
        await self.told(watching, os.path.join(self.addons, 'a', 'b', ''))

    async def test_more_changes_than_linux_keeps(self) -> None:
        asyncio.get_running_loop().slow_callback_duration = 60
        watching = self.watch()
        with open('/proc/sys/fs/inotify/max_queued_events', encoding='utf-8') as file:
            limit = int(file.read())
        paths = {os.path.join(self.addons, f'{number}.py') for number in range(limit + 100)}
        for path in paths:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        paths.add(os.path.join(self.addons, ''))  # something may be gone from it
        found: set[str] = set()
        while found != paths:
            found |= await asyncio.wait_for(watching.batch(), 20)

    async def test_a_folder_is_taken_away_and_comes_back(self) -> None:
        away = os.path.join(self.root, 'away')
        path, folder = self.save('a', 'b.py'), os.path.join(self.addons, '')
        ways = {
            'moved': lambda: (os.rename(self.addons, away), os.rename(away, self.addons)),
            'another': lambda: (os.rename(self.addons, away), shutil.copytree(away, self.addons), shutil.rmtree(away)),
            # Its number may be the same.
            'removed': lambda: (shutil.rmtree(self.addons), self.save('a', 'b.py')),
        }
        with mock.patch.object(watcher, '_ROOTS_EVERY', 0.05):
            watching = self.watch()
            for name, way in ways.items():
                way()
                if name != 'moved':
                    await self.found(watching, folder)
                self.save(path)
                await self.found(watching, path)
            os.rename(self.addons, away)
            await self.told(watching, folder)
            self.save('../away/a/b.py')
            os.rename(away, self.addons)
            await self.told(watching, folder, path)

    async def test_a_link_to_a_watched_folder_is_pointed_elsewhere(self) -> None:
        paths = [self.save(self.root, name, 'a.py') for name in ('one', 'two')]
        self.addons = os.path.join(self.root, 'live')
        os.symlink('one', self.addons)
        with mock.patch.object(watcher, '_ROOTS_EVERY', 0.05):
            watching = self.watch()
            watching.add(os.path.dirname(paths[0]))
            os.unlink(self.addons)
            os.symlink('two', self.addons)
            await self.told(watching, paths[1], *(os.path.join(os.path.dirname(path), '') for path in paths))
            for path in paths:
                await self.told(watching, self.save(path))

    async def test_no_more_watches_for_a_new_folder(self) -> None:
        watching = self.watch()
        add = inotify.Inotify.add

        def full(self: inotify.Inotify, root: str) -> list[str]:
            if root.endswith('new'):
                raise OSError(errno.ENOSPC, 'No space left on device')
            return add(self, root)

        with mock.patch.object(inotify.Inotify, 'add', full):
            inside, after = self.save('new', 'a.py'), self.save('after.py')
            await self.told(watching, inside, after, os.path.join(self.addons, ''), os.path.join(self.addons, 'new', ''))
        self.assertEqual(len(self.notices), 1)
        await self.told(watching, self.save('new', 'a.py'))

    async def test_no_more_watches(self) -> None:
        full = OSError(errno.ENOSPC, 'No space left on device')
        with mock.patch.object(watcher, 'Inotify', side_effect=full):
            watching = self.watch()
            watching.add(self.root)
        self.assertEqual(len(self.notices), 1)
        self.assertIn('No space left on device', self.notices[0])
        await self.told(watching, self.save('a.py'))

    def test_file_systems_that_tell_nothing(self) -> None:
        mounts = 'overlay / overlay rw 0 0\nhost /shared 9p rw 0 0\ntmpfs /shared/tmp tmpfs rw 0 0\nx /my\\040files fuse.sshfs rw 0 0\n'
        silent = {'/': False, '/shared': True, '/shared/addons': True, '/sharedshop': False, '/shared/tmp/a': False, '/my files/a': True}
        for path, expected in silent.items():
            with mock.patch('builtins.open', return_value=io.StringIO(mounts)):
                self.assertEqual(polling.is_silent(path), expected, path)


if __name__ == '__main__':
    unittest.main()
