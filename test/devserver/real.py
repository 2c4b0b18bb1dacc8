"""A real Odoo for tests: needs ODOO_HOME, PG* for a role that may create databases, and as root ODOO_OPS_RUN_AS."""

from __future__ import annotations

import json
import os
import pwd
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from typing import Any

HOME = os.environ.get('ODOO_HOME', '')
PYTHON = os.environ.get('ODOO_PYTHON') or '/usr/bin/python3'
PACKAGE = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..', 'src', 'devserver', 'odoo_reload'))
MISSING = None if HOME else 'ODOO_HOME is not set'


def _as_user() -> tuple[dict[str, Any], dict[str, str]]:
    """How a process is started that is not root, and its environment."""
    environment = {**os.environ, 'PYTHONUNBUFFERED': '1'}
    if os.getuid() != 0:
        return {}, environment
    user = pwd.getpwnam(os.environ.get('ODOO_OPS_RUN_AS') or 'odoo')
    environment.pop('XDG_DATA_HOME', None)
    return {'user': user.pw_uid, 'group': user.pw_gid, 'extra_groups': []}, {**environment, 'HOME': user.pw_dir, 'USER': user.pw_name}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


class RealOdoo:
    """A database with some modules, a folder of addons that tests may edit, and processes on them."""

    def __init__(self, addons: dict[str, str], install: list[str]) -> None:
        self.folder = tempfile.mkdtemp(prefix='odoo-reload-')
        os.chmod(self.folder, 0o755)
        # The user that runs Odoo may not reach a clone in a closed home.
        self.package = shutil.copytree(PACKAGE, os.path.join(self.folder, 'odoo_reload'), ignore=shutil.ignore_patterns('__pycache__'))
        self.addons = os.path.join(self.folder, 'addons')
        self.port = free_port()
        self.database = f'odoo_ops_test_reload_{os.getpid()}'
        self.how, self.environment = _as_user()
        self.processes: list[subprocess.Popen[Any]] = []
        for path, text in addons.items():
            self.write(path, text)
        self.arguments = [
            f'--database={self.database}', f'--addons-path={HOME}/addons,{self.addons}', '--http-interface=127.0.0.1', '--workers=0', '--log-level=warn',
        ]
        subprocess.run(['createdb', self.database], check=True)
        command = [PYTHON, f'{HOME}/odoo-bin', *self.arguments, f'--init={",".join(install)}', '--stop-after-init', '--no-http']
        subprocess.run(command, check=True, env=self.environment, cwd=self.folder, **self.how)

    def write(self, path: str, text: str) -> None:
        place = os.path.join(self.addons, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, 'w') as file:
            file.write(text)

    def python(self, *arguments: str, **more: Any) -> subprocess.Popen[Any]:
        process = subprocess.Popen([PYTHON, *arguments], env=self.environment, cwd=self.folder, **{**self.how, **more})
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        subprocess.run(['dropdb', '--force', '--if-exists', self.database], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class ReloadingServer:
    """The development server on a RealOdoo."""

    def __init__(self, odoo: RealOdoo, *more: str) -> None:
        self.odoo = odoo
        own = ['--home', HOME, '--database', odoo.database, '--port', str(odoo.port), '--live', odoo.addons, '--commands-fd', '0', *more]
        arguments = [odoo.package, *own, '--', *odoo.arguments, f'--http-port={odoo.port}', '--dev=access,qweb,xml', '--max-cron-threads=0']
        self.process = odoo.python(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith('{'):
                self._events.put(json.loads(line))

    def wait(self, *types: str, within: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + within
        seen = []
        while True:
            try:
                event = self._events.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f'none of {types} within {within} s, but {seen}') from None
            seen.append(event)
            if event['type'] in types:
                return event

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f'http://127.0.0.1:{self.odoo.port}{path}', timeout=60) as answer:
            return str(answer.read().decode())

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

