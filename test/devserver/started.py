"""A development server on the stand-in for Odoo: real processes, their events, and what they answer."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Sequence

from project import Project

_PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'src', 'devserver', 'odoo_reload')
#: Seconds. Nothing here takes one, except on a machine with much else to do.
WITHIN = float(os.environ.get('WITHIN', '30'))
Event = dict


def until(condition: Callable[[], object], what: str) -> object:
    """Waits for what has no event."""
    deadline = time.monotonic() + WITHIN
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f'Not within {WITHIN:.0f} s: {what}')
        time.sleep(0.01)
    return found


class Started:
    """`wait` goes through the events in their order: each call begins behind the event that the last one found."""

    def __init__(self, project: Project, *arguments: str, odoo: Sequence[str] = ()) -> None:
        self.project = project
        self.events: list[Event] = []
        self._at = 0
        self._arrived = threading.Condition()
        self._ended = False
        self.port = 0
        self.log = os.path.join(project.folder, 'log')
        events, events_end = os.pipe()
        commands_end, self._commands = os.pipe()
        roots = ','.join([project.vendor, project.live])
        command = [
            sys.executable, _PACKAGE, f'--home={project.home}', '--database=dev', '--port=0', f'--live={project.live}',
            f'--events-fd={events_end}', f'--commands-fd={commands_end}', *arguments, '--', f'--addons-path={roots}', *odoo,
        ]  # fmt: skip
        environment = {**os.environ, 'STANDIN_DATABASE': project.database_file}
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[events_end, commands_end], env=environment, start_new_session=True
            )
        os.close(events_end)
        os.close(commands_end)
        self._descriptor = events
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        rest = b''
        while data := os.read(self._descriptor, 65536):
            *lines, rest = (rest + data).split(b'\n')
            with self._arrived:
                self.events += map(json.loads, lines)
                self._arrived.notify_all()
        with self._arrived:
            self._ended = True
            self._arrived.notify_all()

    def wait(self, type_: str, unless: str | None = None, **fields: object) -> Event:
        """The next event of this type with these fields, if none of the type `unless` comes before it."""
        deadline = time.monotonic() + WITHIN
        with self._arrived:
            while True:
                while self._at < len(self.events):
                    event = self.events[self._at]
                    self._at += 1
                    if event['type'] == type_ and all(event.get(name) == value for name, value in fields.items()):
                        return event
                    if event['type'] == unless:
                        raise AssertionError(f'{unless} came before {type_}.\n{self.report()}')
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    raise AssertionError(f'No event {type_} {fields or ""}{" until the end" if self._ended else ""}.\n{self.report()}')
                self._arrived.wait(left)

    def ready(self) -> Event:
        event = self.wait('ready', unless='failed')
        self.port = int(event['url'].rpartition(':')[2])
        return event

    def listening(self) -> None:
        """Finds the port where no event told it: no server is ready yet."""
        inodes = {os.stat(f'/proc/{self.process.pid}/fd/{name}').st_ino for name in os.listdir(f'/proc/{self.process.pid}/fd')}
        with open('/proc/net/tcp', encoding='utf-8') as table:
            rows = [line.split() for line in table][1:]
        [self.port] = [int(row[1].rpartition(':')[2], 16) for row in rows if row[3] == '0A' and int(row[9]) in inodes]

    def report(self) -> str:
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return '\n'.join(['Events:', *map(json.dumps, self.events), 'Log:', log.read()[-4000:]])

    def of(self, type_: str) -> list[Event]:
        return [event for event in self.events if event['type'] == type_]

    def get(self, path: str = '/page') -> str:
        """What a page answers; with another status than 200, the status before it."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=WITHIN)
        try:
            connection.request('GET', path)
            answer = connection.getresponse()
            text = answer.read().decode()
            return text if answer.status == 200 else f'{answer.status} {text}'.strip()
        finally:
            connection.close()

    def command(self, *lines: object) -> None:
        os.write(self._commands, b''.join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b'\n' for line in lines))

    def close_commands(self) -> None:
        os.close(self._commands)
        self._commands = -1

    def processes(self) -> dict[int, int]:
        """All that run of this server, by process id, with the id of who started them. Its session is its own."""
        found = {}
        for name in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{name}/stat', encoding='utf-8', errors='replace') as file:
                    state, parent, _, session, *_ = file.read().rpartition(') ')[2].split()
            except OSError:
                continue
            if int(session) == self.process.pid and state not in 'ZX':
                found[int(name)] = int(parent)
        return found

    def parents(self) -> list[int]:
        """The processes that hold Odoo."""
        return [pid for pid, above in self.processes().items() if above == self.process.pid]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code, when all its processes are gone."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        code = self.process.wait(WITHIN)
        self._reader.join(WITHIN)
        until(lambda: not self.processes(), f'no process is left\n{self.report()}')
        return code

    def clean(self) -> None:
        for pid in [self.process.pid, *self.processes()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self._reader.join()
        os.close(self._descriptor)
        if self._commands >= 0:
            self.close_commands()


class Case(unittest.TestCase):
    """A project for each test, and servers that end with it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix='odoo-reload-')
        self.addCleanup(folder.cleanup)
        self.project = Project(folder.name)

    def start(self, *arguments: str, odoo: Sequence[str] = ()) -> Started:
        server = Started(self.project, *arguments, odoo=odoo)
        self.addCleanup(server.clean)
        return server

    def started(self, *arguments: str, odoo: Sequence[str] = ()) -> Started:
        """A server that is ready; it has to end well, too."""
        server = self.start(*arguments, odoo=odoo)
        server.ready()
        self.addCleanup(lambda: server.process.poll() is not None or self.assertEqual(server.stop(), 0, server.report()))
        return server
