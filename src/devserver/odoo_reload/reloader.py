"""Reacts to changes with the cheapest step that leaves what a restart would leave: patch, fork, or a new parent."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field

from .browsers import Browsers
from .changes import Changes, Project
from .channel import Message
from .crashes import Crashes
from .events import Events, Kind, Phase
from .generation import Child, Failed, Generation, Unholdable
from .needs import Needs
from .options import Options
from .placeholder import Placeholder
from .watcher import Watcher

#: Seconds after which a fresh server is asked what the database lacks.
_LOOK_AFTER = 0.3
#: Seconds after which a server counts as stopped in a debugger, or stuck.
_SILENT = 3.0
#: Seconds between two attempts while PostgreSQL is out of reach.
_RETRY = 1.0
#: Seconds that a retired server gets for the requests and jobs that it has begun: as Odoo's limit_time_real.
_DRAIN = 120.0
_STOP_WITHIN = 5.0


class Stop(Exception):
    """There is no use in going on."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass
class Work:
    """What is to be done next. Grows while it waits."""

    paths: set[str] = field(default_factory=set)
    since: float = 0.0
    #: Reasons for a fresh child or a new parent that are no file.
    fork: str | None = None
    parent: str | None = None
    update: list[str] = field(default_factory=list)
    install: list[str] = field(default_factory=list)
    #: Why there is no use in going on.
    give_up: str | None = None

    def any(self) -> bool:
        return bool(self.paths or self.fork or self.parent or self.update or self.install or self.give_up)


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
        self._placeholder = Placeholder(listening)
        self._generation: Generation | None = None
        self._server: Child | None = None
        self._not_held: set[str] = set()
        self._work = Work(parent='the first start', install=list(options.init), update=list(options.update), since=time.monotonic())
        self._wake = asyncio.Event()
        self._debugging = options.debug
        self._phase: Phase = 'start'
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = False

    # What comes from outside

    def command(self, name: str, modules: list[str]) -> None:
        """A person's wish. Done in its turn."""
        if name == 'restart':
            self._work.parent = 'asked for'
        elif name == 'reload':
            self._work.fork = 'asked for'
        elif name == 'update':
            self._work.update += [module for module in modules if module not in self._work.update]
        elif name == 'debug':
            self._debugging = True
            self._start(self._debug())
            return
        self._work.since = self._work.since or time.monotonic()
        self._wake.set()

    async def run(self) -> None:
        """Works until it is cancelled. Raises Stop."""
        for root in self._options.live:
            self._watcher.add(root)
        self._watcher.add(os.path.join(os.path.realpath(self._options.home), 'odoo'))
        self._start(self._collect())
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

    async def _collect(self) -> None:
        while True:
            paths = await self._watcher.batch()
            self._work.since = self._work.since or self._watcher.first
            self._work.paths |= paths
            self._wake.set()

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # One step

    async def _do(self, work: Work) -> None:
        changes = self._project.sort(work.paths)
        for broken in changes.broken:
            self._fail(broken, 'reload')
        for module, path, reason in changes.data:
            self._needs.file(module, path, reason)
        if work.parent is None and changes.held:
            self._hold_no_longer(changes.held)
            work.parent = f'{os.path.basename(changes.held[0])} changed, which the parent holds'
        if self._generation is None or not self._generation.alive:
            work.parent = work.parent or 'the parent ended'
        if self._options.auto_update and not work.parent:
            work.update += [module for module in self._needs.reasons() if module not in work.update]
        if work.parent:
            await self._new_parent(work, changes)
        elif work.update or work.install:
            await self._update(work, changes)
        elif work.fork or changes.fresh or self._server is None and changes.code():
            reason = work.fork or (f'{os.path.basename(changes.fresh[0])} changed' if changes.fresh else 'there was no server')
            await self._fork(work, changes, reason)
        elif changes.python:
            await self._patch(work, changes)
        await self._assets(work, changes)
        self._needs.tell()

    def _hold_no_longer(self, paths: list[str]) -> None:
        """A held module that is being worked on is not held again."""
        for path in paths:
            module = self._project.module_of(path)
            if module is not None and module['name'] != 'base':
                self._not_held.add(module['name'])

    async def _assets(self, work: Work, changes: Changes) -> None:
        files = [*changes.assets, *changes.views, *changes.styles]
        if files and self._server is not None:
            await self._ask({'type': 'assets', 'files': files}, 'assets-known')
        if changes.assets or changes.views:
            self._browsers.tell('reload', files)
            self._reloaded('assets' if changes.assets else 'view', files, work)
        elif changes.styles:
            self._browsers.tell('styles', changes.styles)
            self._reloaded('assets', changes.styles, work)

    async def _patch(self, work: Work, changes: Changes) -> None:
        assert self._server is not None
        files = await self._concerned(changes.python)
        if not files:
            return
        answer = await self._ask({'type': 'patch', 'files': files}, 'patched', 'refused', 'unpatchable')
        if answer['type'] == 'patched':
            if answer['files'] != files:
                await self._fork(work, changes, 'a file was added')
            else:
                self._reloaded('patch', files, work)
        elif answer['type'] == 'unpatchable' and 'line' in answer:
            raise Failed(answer)
        else:
            await self._fork(work, changes, answer.get('reason') or answer.get('message') or 'the server did not answer: it may be stopped in a debugger')

    async def _ask(self, message: Message, *types: str) -> Message:
        """Asks the server. It answers at once, unless a debugger holds it: then a fresh one is made without its help."""
        child = self._server
        if child is None or not child.answers:
            return {'type': 'silent'}
        answer = await child.peer.ask(message, *types, within=_SILENT)
        child.answers = answer['type'] != 'silent'
        return answer

    async def _concerned(self, paths: list[str]) -> list[str]:
        """The files that are loaded, or new beside loaded ones. What nobody imports is no reason to reload."""
        assert self._server is not None
        beside = {path: os.path.join(os.path.dirname(path), '__init__.py') for path in paths}
        answer = await self._ask({'type': 'loaded?', 'files': [*paths, *beside.values()]}, 'loaded')
        if answer['type'] != 'loaded':
            return paths
        loaded = set(answer['files'])
        return [path for path in paths if path in loaded or beside[path] in loaded]

    async def _fork(self, work: Work, changes: Changes, reason: str, kind: Kind = 'fork') -> None:
        assert self._generation is not None
        files = changes.files()
        self._events.emit('reloading', files=files)
        await self._pause()
        child, ready = await self._generation.serve(changes.python, self._options.auto_update)
        if ready['needs'] is not None:
            self._needs.schema(ready['needs'])
            behind = [module for module in self._needs.reasons() if module not in work.update]
            if self._options.auto_update and behind:
                child.kill()
                work.update += behind
                await self._update(work, changes)
                return
        await self._take_over(child)
        self._answering(kind, files, work, reason, child)

    async def _update(self, work: Work, changes: Changes) -> None:
        assert self._generation is not None
        self._phase = 'update'
        self._events.emit('updating', modules=[*work.install, *work.update])
        await self._pause()
        self._warn(await self._generation.update(work.install, work.update))
        await self._generation.look_at_database()
        self._learn(self._generation)
        self._project.updated([*work.install, *work.update])
        self._needs.updated([*work.install, *work.update])
        self._needs.schema({})
        await self._fork(work, changes, 'modules were updated', 'update')

    def _warn(self, messages: list[str]) -> None:
        for message in messages:
            self._events.emit('notice', level='warning', message=message)

    async def _new_parent(self, work: Work, changes: Changes) -> None:
        files = sorted(changes.code())
        self._events.emit('starting', reason='' if self._phase == 'start' else work.parent, files=files)
        await self._pause()
        _forget_compiled(changes.held)
        generation = await self._load(work)
        try:
            child, ready = await generation.serve([], True)
        except BaseException:
            self._start(self._end(generation, None))
            raise
        previous, self._generation = self._generation, generation
        await self._take_over(child)
        self._learn(generation)
        self._needs.schema(ready['needs'] or {})
        self._answering('parent', files, work, work.parent or '', child)
        if previous is not None:
            self._start(self._end(previous, _DRAIN))

    async def _load(self, work: Work) -> Generation:
        """A parent that holds what it may. One that meets an addon that it must not hold is thrown away."""
        while True:
            generation = Generation(self._options, self._listening, self._not_held, self._exited)
            generation.on('listener', lambda _child, message: self._browsers.add(message['descriptors'][0]))
            generation.on('modules-changed', lambda child, _message: self._start(self._look_at_modules(child)))
            generation.on('wants-reload', lambda child, _message: self._wants_reload(child))
            try:
                await generation.start()
                initialized = await generation.look_at_database()
                if not initialized and not work.install:
                    raise Failed({'message': f'The database {self._options.database} has no Odoo in it: install `web` first (--init web).'})
                if work.install or work.update:
                    self._events.emit('updating', modules=[*work.install, *work.update])
                    self._warn(await generation.update(work.install, work.update))
                    work.install, work.update = [], []
                    await generation.look_at_database()
                for root in {*self._options.live, *(module['folder'] for module in generation.modules)}:
                    self._watcher.add(root)
                for root in self._options.live:
                    self._watcher.add_requirements(root)
                for path in generation.watch['files']:
                    self._watcher.add_file(path)
                await generation.hold()
                return generation
            except Unholdable as found:
                self._events.emit('notice', level='warning', message=f'The addon {found}. It is imported at each reload instead.')
                self._not_held.add(found.module)
                await generation.close()
            except BaseException:
                await generation.close()
                raise

    # What follows from a step

    async def _pause(self) -> None:
        if self._server is not None:
            await self._ask({'type': 'pause'}, 'paused')

    async def _take_over(self, child: Child) -> None:
        """The new server accepts from here on; the old one ends what it has begun."""
        if self._debugging:
            await self._debug(child)
        old, self._server = self._server, child
        self._placeholder.hide()
        child.peer.send({'type': 'resume'})
        if old is not None:
            old.peer.send({'type': 'retire', 'within': _DRAIN})
            self._start(self._kill_later(old))

    def _answering(self, kind: Kind, files: list[str], work: Work, reason: str, child: Child) -> None:
        self._waiting = False
        if self._phase == 'start':
            host, port = self._listening.getsockname()[:2]
            url = f'http://{f"[{host}]" if ":" in host else host}:{port}'
            ms = round((time.monotonic() - work.since) * 1000)
            self._events.emit('ready', url=url, pid=child.pid, ms=ms, database=self._options.database)
        else:
            self._reloaded(kind, files, work, reason, child.pid)
        self._phase = 'reload'
        if kind != 'parent' and not self._options.auto_update:
            self._start(self._look_at_schema(child))
        self._needs.tell()

    def _reloaded(self, kind: Kind, files: list[str], work: Work, reason: str | None = None, pid: int | None = None) -> None:
        self._events.emit('reloaded', kind=kind, files=files, ms=round((time.monotonic() - work.since) * 1000), reason=reason, pid=pid)

    async def _look_at_schema(self, child: Child) -> None:
        """After the answer, and not while the next change waits for this server."""
        await asyncio.sleep(_LOOK_AFTER)
        if child is not self._server or self._work.any():
            return  # the next one will look
        answer = await child.peer.ask({'type': 'needs?'}, 'needs', within=60)
        if answer.get('needs') is not None and child is self._server:
            self._needs.schema(answer['needs'])
            self._needs.tell()

    async def _look_at_modules(self, child: Child) -> None:
        generation = child.generation
        if child is self._server and generation is self._generation:
            await generation.look_at_database()
            self._learn(generation)

    def _learn(self, generation: Generation) -> None:
        self._project.learn(generation.watch, generation.modules, generation.folders)
        for root in {*self._options.live, *(module['folder'] for module in generation.modules)}:
            self._watcher.add(root)

    async def _after(self, failed: Failed, work: Work) -> None:
        """The last good server goes on. The same work is due again with the next change, or when PostgreSQL is back."""
        if self._server is not None:
            self._server.peer.send({'type': 'resume'})
        if failed.database:
            if not self._waiting:
                self._waiting = True
                self._events.emit('waiting', **{'for': 'postgresql'}, message=str(failed))
            self._merge(work)
            try:
                await asyncio.wait_for(self._wake.wait(), _RETRY)
            except asyncio.TimeoutError:
                pass
            return
        if 'does not exist' in str(failed) and 'database' in str(failed) and self._generation is None:
            raise Stop('failed', str(failed))
        self._fail(failed.found, self._phase)
        if self._server is None:
            place = failed.found.get('file')
            self._placeholder.show(str(failed) + (f'\n\n{place}, line {failed.found.get("line")}' if place else ''))
        if self._phase == 'update':
            self._phase = 'reload' if self._server is not None else 'start'
            work.update, work.install = [], []
        await self._wake.wait()  # whatever changes next, this is tried again with it
        self._merge(work)

    def _merge(self, work: Work) -> None:
        later, self._work = self._work, work
        since = later.since or work.since
        work.paths |= later.paths
        work.since = since
        work.give_up = later.give_up
        work.fork, work.parent = work.fork or later.fork, work.parent or later.parent
        work.update += [module for module in later.update if module not in work.update]

    def _fail(self, found: Message, phase: Phase) -> None:
        place = {name: found[name] for name in ('file', 'line', 'column') if name in found}
        self._events.emit('failed', message=found['message'], **place, phase=phase, serving=self._server is not None)

    async def _debug(self, child: Child | None = None) -> None:
        child = child or self._server
        if child is None:
            return
        answer = await child.peer.ask({'type': 'debug'}, 'debugging', within=30)
        if 'port' in answer:
            self._events.emit('debugging', host=answer['host'], port=answer['port'], pid=answer['pid'])
        elif 'error' in answer:
            self._debugging = False
            self._events.emit('notice', level='warning', message=answer['error'])

    # Ends

    def _exited(self, child: Child, code: int) -> None:
        if child is not self._server:
            return
        self._server = None
        how = f'exit code {code}' if code >= 0 else signal_name(-code)
        if self._crashes.loop():
            self._work.give_up = f'The server ended five times in a minute, the last time with {how}. The log says why.'
            self._wake.set()
            return
        self._fail({'message': f'The server ended unexpectedly ({how}). A fresh one is started.'}, 'reload')
        self._work.fork, self._work.since = 'the server ended', time.monotonic()
        self._wake.set()

    def _wants_reload(self, child: Child) -> None:
        if child is self._server:
            self._work.fork, self._work.since = 'Odoo asked for it', time.monotonic()
            self._wake.set()

    async def _kill_later(self, child: Child) -> None:
        await asyncio.sleep(_DRAIN + 5)
        if child.pid in child.generation.children:
            self._events.emit('notice', level='warning', message=f'Requests of the server before last took longer than {_DRAIN:.0f} s and were ended.')
            child.kill()

    async def _end(self, generation: Generation, within: float | None) -> None:
        deadline = time.monotonic() + (within or 0)
        while generation.children and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
        await generation.close()

    async def stop(self) -> None:
        """Ends everything: requests get a second, as from Odoo's own server."""
        for task in list(self._tasks):
            task.cancel()
        self._placeholder.hide()
        if self._server is not None:
            server, self._server = self._server, None
            server.peer.send({'type': 'retire', 'within': 1.0})
            deadline = time.monotonic() + _STOP_WITHIN
            while server.pid in server.generation.children and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
        if self._generation is not None:
            await self._generation.close()
        self._browsers.close()


def _forget_compiled(paths: list[str]) -> None:
    """Python's cache takes two saves within a second for one."""
    from importlib.util import cache_from_source

    for path in paths:
        if path.endswith('.py'):
            try:
                os.unlink(cache_from_source(path))
            except (OSError, NotImplementedError):
                pass


def signal_name(number: int) -> str:
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f'signal {number}'
