"""Reacts to changes with the cheapest step that leaves what a restart would leave: patch, fork, or a new parent."""

from __future__ import annotations

import asyncio
import os
import socket
import time

from .browsers import Browsers
from .changes import Changes, Project
from .channel import Message
from .crashes import Crashes, described
from .events import Events, Kind, Phase
from .generation import Child, Failed, Generation, Handlers
from .loading import Loader, forget_compiled
from .needs import Needs
from .options import Options
from .serving import Serving
from .tasks import Tasks, report
from .waiting import Waiting
from .watcher import Watcher
from .work import ENDED, SILENT, WANTED, Work

#: Seconds after which a fresh server is asked what the database lacks.
_LOOK_AFTER = 0.3
_UPDATED = 'modules were updated'


def _name(path: str) -> str:
    """A file's name, or a folder's, which ends in a slash."""
    return os.path.basename(path.rstrip(os.sep))


class Stop(Exception):
    """There is no use in going on."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Reloader:
    def __init__(self, options: Options, listening: socket.socket, events: Events, watcher: Watcher) -> None:
        self._options = options
        self._listening = listening
        self._events = events
        self._watcher = watcher
        self._project = Project()
        self._needs = Needs(events)
        self._browsers = Browsers()
        self._crashes = Crashes()
        handlers: Handlers = {
            'listener': lambda _child, message: self._listen(message['descriptors']),
            'modules-changed': lambda child, _message: self._tasks.start(self._look_at_modules(child)),
            'wants-reload': lambda child, _message: self._wants_reload(child),
        }
        self._tasks = Tasks()
        self._serving = Serving(listening, events, self._tasks, options.debug, self._ended)
        self._loader = Loader(options, listening, events, watcher, self._serving.exited, handlers)
        self._work = Work(parent='the first start', install=list(options.init), update=list(options.update), since=time.monotonic())
        self._wake = asyncio.Event()
        self._phase: Phase = 'start'
        self._waiting = Waiting(events, self._wake)

    # What comes from outside

    def command(self, name: str, modules: list[str]) -> None:
        """A person's wish. Done in its turn."""
        if name == 'restart':
            self._work.parent = 'asked for'
        elif name == 'reload':
            self._work.fork = 'asked for'
        elif name == 'update':
            self._work.add_updates(modules)
        elif name == 'debug':
            self._serving.debugging = True
            self._tasks.start(self._serving.debug(self._serving.server))
            return
        self._work.since = self._work.since or time.monotonic()
        self._wake.set()

    async def run(self) -> None:
        """Works until it is cancelled. Raises Stop."""
        for root in self._options.live:
            self._watcher.add(root)
        self._watcher.add(os.path.join(os.path.realpath(self._options.home), 'odoo'))
        self._tasks.start(self._collect())
        while True:
            if not self._work.any():
                await self._wake.wait()
            self._wake.clear()
            work, self._work = self._work, Work()
            if work.give_up:
                raise Stop('crash-loop', work.give_up)
            try:
                await self._do(work)
            except Failed as failed:
                await self._after(failed, work)
            except Exception as error:  # noqa: BLE001 - a defect of ours in one step is no reason to lose the session
                await self._after_defect(error, work)

    async def _collect(self) -> None:
        while True:
            try:
                paths = await self._watcher.batch()
            except Exception as error:  # noqa: BLE001 - without this task nothing would be noticed any more
                report(error)
                await asyncio.sleep(1)
                continue
            self._work.since = self._work.since or self._watcher.first
            self._work.paths |= paths
            self._wake.set()

    # One step

    async def _do(self, work: Work) -> None:
        changes = self._project.sort(work.paths)
        for broken in changes.broken:
            self._fail(broken, 'reload')
        for module, path, reason in changes.data:
            self._needs.file(module, path, reason)
        if work.parent is None and changes.held:
            self._hold_no_longer(changes.held)
            work.parent = f'{_name(changes.held[0])} changed, which the parent holds'
        if self._serving.generation is None or not self._serving.generation.alive:
            work.parent = work.parent or 'the parent ended'
        if self._options.auto_update and not work.parent:
            work.add_updates(self._needs.untried())
        if work.parent:
            await self._new_parent(work, changes)
        elif work.update or work.install:
            await self._update(work, changes)
        elif work.fork or changes.fresh or self._serving.server is None and changes.code():
            reason = work.fork or (f'{_name(changes.fresh[0])} changed' if changes.fresh else 'there was no server')
            await self._fork(work, changes, reason)
        elif changes.python:
            await self._patch(work, changes)
        await self._assets(work, changes)
        self._tell_needs()

    def _hold_no_longer(self, paths: list[str]) -> None:
        """A held module that is being worked on is not held again."""
        for path in paths:
            module = self._project.module_of(path)
            if module is not None and module['name'] != 'base':
                self._loader.not_held.add(module['name'])

    async def _assets(self, work: Work, changes: Changes) -> None:
        files = [*changes.assets, *changes.views, *changes.styles]
        if files and self._serving.server is not None:
            answer = await self._serving.ask({'type': 'assets', 'files': files}, 'assets-known')
            if answer['type'] == 'silent':  # pages that load now would wait for it: first another one
                self._work.paths |= set(files)
                self._work.fork, self._work.since = SILENT, self._work.since or work.since
                return
        if changes.assets or changes.views:
            self._browsers.tell('reload', files)
            self._reloaded('assets' if changes.assets else 'view', files, work)
        elif changes.styles:
            self._browsers.tell('styles', changes.styles)
            self._reloaded('assets', changes.styles, work)

    async def _patch(self, work: Work, changes: Changes) -> None:
        files = await self._concerned(changes.python)
        if not files:
            return
        answer = await self._serving.ask({'type': 'patch', 'files': files}, 'patched', 'refused', 'unpatchable')
        if answer['type'] == 'patched':
            if answer['files'] != files:
                await self._fork(work, changes, 'a file was added')
            else:
                self._reloaded('patch', files, work)
        elif answer['type'] == 'unpatchable' and 'line' in answer:
            raise Failed(answer)
        else:
            await self._fork(work, changes, answer.get('reason') or answer.get('message') or (SILENT if answer['type'] == 'silent' else ENDED))

    async def _concerned(self, paths: list[str]) -> list[str]:
        """The files that are loaded, or new beside loaded ones. What nobody imports is no reason to reload."""
        beside = {path: os.path.join(os.path.dirname(path), '__init__.py') for path in paths}
        answer = await self._serving.ask({'type': 'loaded?', 'files': [*paths, *beside.values()]}, 'loaded')
        if answer['type'] != 'loaded':
            return paths
        loaded = set(answer['files'])
        return [path for path in paths if path in loaded or beside[path] in loaded]

    async def _fork(self, work: Work, changes: Changes, reason: str, kind: Kind = 'fork') -> None:
        assert self._serving.generation is not None
        files = changes.files()
        self._events.emit('reloading', files=files)
        await self._serving.pause()
        child, ready = await self._serving.generation.serve(changes.python, self._options.auto_update)
        if ready['needs'] is not None:
            self._needs.schema(ready['needs'])
            if self._options.auto_update and (behind := self._needs.untried()):
                child.kill()
                work.add_updates(behind)
                await self._update(work, changes)
                return
        await self._take_over(child)
        self._answering(kind, files, work, reason, child)

    async def _update(self, work: Work, changes: Changes) -> None:
        assert self._serving.generation is not None
        self._phase = 'update'
        await self._serving.pause()
        await self._bring_up_to_date(self._serving.generation, work)
        self._learn(self._serving.generation)
        await self._fork(work, changes, _UPDATED, 'update')

    async def _bring_up_to_date(self, generation: Generation, work: Work) -> None:
        """Installs and updates. What is saved meanwhile may not have reached the database."""
        names = [*work.install, *work.update]
        before = self._project.snapshot(names)
        self._events.emit('updating', modules=names)
        for message in await generation.update(work.install, work.update):
            self._events.emit('notice', level='warning', message=message)
        work.install, work.update = [], []
        work.fork = _UPDATED  # whatever fails from here on
        self._project.updated(before)
        self._needs.updated(names)
        self._needs.schema({})
        await generation.look_at_database()

    async def _new_parent(self, work: Work, changes: Changes) -> None:
        files = sorted(changes.code())
        self._events.emit('starting', reason='' if self._phase == 'start' else work.parent, files=files)
        await self._serving.pause()
        forget_compiled(changes.held)
        generation = await self._loader.load(lambda found: self._prepare(found, work))
        self._serving.succeed(generation)
        self._learn(generation)
        # It has read these. Where only the server does not come up, the next attempt is a fork.
        reason, work.fork, work.parent = work.parent or '', work.parent, None
        work.paths -= set(changes.held)
        child, ready = await generation.serve([], True)
        await self._take_over(child)
        self._needs.schema(ready['needs'] or {})
        self._answering('parent', files, work, reason, child)

    async def _prepare(self, generation: Generation, work: Work) -> None:
        """Raises Failed where the database is nothing to serve."""
        initialized = await self._reach_database(generation)
        if not initialized and not work.install:
            raise Failed({'message': f'The database {self._options.database} has no Odoo in it: install `web` first (--init web).'})
        if work.install or work.update:
            if self._serving.generation is None:  # what the files are before the update
                self._learn(generation)
            await self._bring_up_to_date(generation, work)

    def _listen(self, descriptors: list[int]) -> None:
        """A page; its connection is not there where this process has too many open files."""
        for descriptor in descriptors:
            self._browsers.add(descriptor)

    async def _reach_database(self, generation: Generation) -> bool:
        """Waits for PostgreSQL with this parent, unless another one is due before. False where the database has no Odoo in it."""
        waited = False
        while True:
            try:
                found = await generation.look_at_database()
                if waited:
                    await self._serving.pause()
                return found
            except Failed as failed:
                if not failed.database:
                    raise
                waited = True
                await self._wait_for_database(failed)
                if self._work.parent or self._work.give_up or self._project.sort(self._work.paths).held or not generation.alive:
                    raise
                self._wake.clear()

    # What follows from a step

    async def _take_over(self, child: Child) -> None:
        if self._serving.debugging:
            await self._serving.debug(child)
        if self._work.fork in (ENDED, WANTED):  # that was about the old one
            self._work.fork = None
        self._serving.take_over(child)

    def _answering(self, kind: Kind, files: list[str], work: Work, reason: str, child: Child) -> None:
        self._waiting.over()
        if self._phase == 'start':
            host, port = self._listening.getsockname()[:2]
            url = f'http://{f"[{host}]" if ":" in host else host}:{port}'
            ms = round((time.monotonic() - work.since) * 1000)
            self._events.emit('ready', url=url, pid=child.pid, ms=ms, database=self._options.database)
        else:
            self._reloaded(kind, files, work, reason, child.pid)
        self._phase = 'reload'
        if kind != 'parent' and not self._options.auto_update:
            self._tasks.start(self._look_at_schema(child))
        self._tell_needs()

    def _tell_needs(self) -> None:
        """What is about to be updated is no news."""
        if self._options.auto_update and (behind := self._needs.untried()):
            self._work.add_updates(behind)
            self._work.since = self._work.since or time.monotonic()
        elif not self._work.update:
            self._needs.tell()

    def _reloaded(self, kind: Kind, files: list[str], work: Work, reason: str | None = None, pid: int | None = None) -> None:
        self._events.emit('reloaded', kind=kind, files=files, ms=round((time.monotonic() - work.since) * 1000), reason=reason, pid=pid)

    async def _look_at_schema(self, child: Child) -> None:
        """After the answer, and not while the next change waits for this server."""
        await asyncio.sleep(_LOOK_AFTER)
        if child is not self._serving.server or self._work.any():
            return  # the next one will look
        answer = await child.peer.ask({'type': 'needs?'}, 'needs', within=60)
        if answer.get('needs') is not None and child is self._serving.server:
            self._needs.schema(answer['needs'])
            self._needs.tell()

    async def _look_at_modules(self, child: Child) -> None:
        generation = child.generation
        if child is self._serving.server and generation is self._serving.generation:
            await generation.look_at_database()
            self._learn(generation)

    def _learn(self, generation: Generation) -> None:
        self._project.learn(generation.watch, generation.modules, generation.folders)
        self._loader.watch(generation)

    async def _after(self, failed: Failed, work: Work) -> None:
        """The last good server goes on. The same work is due again with the next change, or when PostgreSQL is back."""
        if failed.database:
            await self._wait_for_database(failed)
            self._again(work)
            return
        if failed.found.get('missing_database') and self._serving.generation is None:
            raise Stop('failed', str(failed))
        self._go_on_without(failed)
        self._fail(failed.found, self._phase)
        if self._phase == 'update':
            self._phase = 'reload' if self._serving.server is not None else 'start'
            work.update, work.install = [], []
            self._needs.try_again()
        await self._wake.wait()  # whatever changes next, this is tried again with it
        self._again(work)

    async def _after_defect(self, error: Exception, work: Work) -> None:
        """What the step was about may be what we cannot do. Another process has it all, without it."""
        report(error)
        failed = Failed({'message': f'The development server failed: {type(error).__name__}: {error}'})
        self._go_on_without(failed)
        self._fail(failed.found, 'reload')
        again = Work(since=work.since, fork='the last reload failed', parent=work.parent)
        if self._serving.generation is None:
            again.install, again.update = work.install, work.update
        await self._wake.wait()
        self._again(again)

    async def _wait_for_database(self, failed: Failed) -> None:
        self._go_on_without(failed)
        self._waiting.tell(str(failed))
        await self._waiting.moment()

    def _go_on_without(self, failed: Failed) -> None:
        place = failed.found.get('file')
        self._serving.resume(str(failed) + (f'\n\n{place}, line {failed.found.get("line")}' if place else ''))

    def _again(self, work: Work) -> None:
        work.add(self._work)
        self._work = work

    def _fail(self, found: Message, phase: Phase) -> None:
        place = {name: found[name] for name in ('file', 'line', 'column') if name in found}
        self._events.emit('failed', message=found['message'], **place, phase=phase, serving=self._serving.server is not None)

    # Ends

    def _ended(self, child: Child) -> None:
        how = described(child.code)
        if self._crashes.loop():
            self._work.give_up = f'The server ended five times in a minute, the last time with {how}. The log says why.'
            self._wake.set()
            return
        self._fail({'message': f'The server ended unexpectedly ({how}). A fresh one is started.'}, 'reload')
        self._work.fork, self._work.since = ENDED, time.monotonic()
        self._wake.set()

    def _wants_reload(self, child: Child) -> None:
        if child is self._serving.server:
            self._work.fork, self._work.since = WANTED, time.monotonic()
            self._wake.set()

    async def stop(self) -> None:
        """Ends everything."""
        self._tasks.cancel()
        await self._serving.stop()
        self._browsers.close()
