"""The child that serves: Odoo's own threaded server on a socket that outlives it, with a line to the supervisor.

It is Odoo's `ThreadedServer` (odoo/service/server.py) in all but three things: it accepts on a socket that it was given and can stop
accepting for a while; its main thread waits for the supervisor's messages; and when it is retired it ends its requests and jobs first.
"""

from __future__ import annotations

import gc
import inspect
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import assets, functions, patching, sources, state
from .channel import Channel, Closed, Message
from .failure import describe

if TYPE_CHECKING:
    from .parent import Parent

#: Seconds between two looks at memory and time limits, as Odoo's SLEEP_INTERVAL.
_LOOK_EVERY = 60
#: Seconds after which a fresh server has nothing to do for a moment.
_IDLE = 0.5
#: Seconds that a patch waits for requests that have begun: most are over sooner, and a fork takes longer.
_MOMENT = 0.06
#: Memos of the ORM on the classes of models (odoo/orm/models.py).
_FILLED_BY_ODOO = frozenset({'_constraint_methods', '_ondelete_methods', '_onchange_methods'})
#: A request may hand its connection over to the supervisor here: it is kept open, and no thread of ours is.
EVENTS_PATH = '/_odoo_ops/events'


def serve(channel: Channel, parent: Parent, message: Message) -> None:
    """Loads the database, then serves until it is told to go. The first message is `ready`, or `failed` by the caller."""
    started = time.monotonic()
    from odoo import sql_db
    from odoo.modules.registry import Registry
    from odoo.service import server as service

    import odoo.http

    database: str = parent.options.database
    threading.current_thread().dbname = database  # type: ignore[attr-defined]
    registry = Registry.new(database)
    if not registry.ready or not registry.models:
        raise RuntimeError(f'The database {database} has no Odoo in it: install `base` or `web` first (--init web)')
    _make_routes(registry)
    own = {*Registry.init.__code__.co_names, *inspect.unwrap(Registry.new).__code__.co_names}  # what Odoo keeps on it
    _tell_of_new_registries(Registry, channel)
    before = patching.baseline(lambda: _kept_by_registry(registry, own))
    caches = {name: dict(lru._values) for name, lru in registry._Registry__caches.items()}
    server = make_server(odoo.http.root, parent.listening, channel)
    service.server = server

    def forget_caches() -> None:
        """Entries that were there before the first request are nobody's result; others may be an old function's."""
        for name, lru in registry._Registry__caches.items():
            for key, value in list(lru._values.items()):
                if caches.get(name, {}).get(key) is not value:
                    lru.pop(key, None)

    def patch(paths: list[str]) -> Message:
        try:
            if Registry.registries.get(database) is not registry:
                raise patching.Refused('Odoo loaded the database anew meanwhile')
            known = [path for path in paths if path in sources.loaded]
            patching.patch(known, before, lambda: server.quiet(_MOMENT), forget_caches)
            assets.changed(known)
            return {'type': 'patched', 'files': known}
        except patching.Refused as refused:
            return {'type': 'refused', 'reason': str(refused)}
        except (SyntaxError, OSError) as error:
            return {'type': 'unpatchable', **describe(error, ())}
        except Exception as error:  # noqa: BLE001 - whatever it meets in an addon, a fork gets by without looking
            return {'type': 'refused', 'reason': f'{type(error).__name__}: {error}'}
        finally:
            server.go_on()

    needs = _needs_update(registry, parent) if message.get('check_schema') else None
    channel.send({'type': 'ready', 'ms': round((time.monotonic() - started) * 1000), 'needs': needs})
    server.serve(patch, lambda: _needs_update(registry, parent))
    sql_db.close_all()


def _kept_by_registry(registry: Any, own: set[str]) -> dict[str, dict[str, object]]:
    """What addons may put on the registry and on the classes of its models, which are no module's. Without what Odoo fills itself."""
    found = {'the registry': {name: value for name, value in vars(registry).items() if name not in own and not hasattr(type(registry), name)}}
    live = state.recorded_modules()
    for name, model in registry.items():
        if any(base.__module__ in live for base in model.__mro__):
            found[name] = {key: value for key, value in vars(model).items() if key not in _FILLED_BY_ODOO and not key.startswith('__')}
    return found


def _tell_of_new_registries(registry_class: Any, channel: Channel) -> None:
    """Somebody installs an app in the browser: Odoo loads the database anew in this process, with other modules."""
    load = registry_class.new.__func__

    def new(cls: Any, *arguments: Any, **more: Any) -> Any:
        gc.unfreeze()  # what the last registry leaves behind can be collected again
        found = load(cls, *arguments, **more)
        channel.send({'type': 'modules-changed'})
        return found

    registry_class.new = classmethod(new)


def _make_routes(registry: Any) -> None:
    """The first request needs them. Made before it, they are known to be no result of a function that may change later."""
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        # `website` keeps one map for each site (`routing_map` in website/models/ir_http.py).
        for key in env['website'].search([]).ids if 'website' in env else [None]:
            env['ir.http'].routing_map(key=key)


def _needs_update(registry: Any, parent: Parent) -> dict[str, list[str]]:
    from .schema import differences

    return differences(registry, tuple(os.path.join(root, '') for root in parent.options.live), set(parent.not_held))


def make_server(app: Any, listening: socket.socket, channel: Channel) -> Any:
    """Odoo's server class is only there in a child, so ours is made there."""
    from odoo.service import server as service

    from .inject import LiveReload

    class Handler(service.RequestHandler):  # type: ignore[misc]
        def run_wsgi(self) -> None:
            # Only our own pages: each connection costs the supervisor a descriptor.
            own = self.headers.get('Sec-Fetch-Site', 'same-origin') == 'same-origin'
            if self.path.split('?')[0] == EVENTS_PATH and self.command == 'GET' and own:
                self.server.hand_over(self.connection)
                self.close_connection = True
                return
            super().run_wsgi()

    class HttpServer(service.ThreadedWSGIServerReloadable):  # type: ignore[misc]
        def server_bind(self) -> None:
            self.reload_socket = True
            self.socket = listening
            self.server_address = listening.getsockname()
            self.server_name, self.server_port = self.server_address[0], self.server_address[1]
            self.handed_over: set[int] = set()

        def get_request(self) -> tuple[socket.socket, Any]:
            connection, address = super().get_request()
            connection.setblocking(True)  # elsewhere than on Linux it inherits that from the listening socket
            return connection, address

        def hand_over(self, connection: socket.socket) -> None:
            self.handed_over.add(id(connection))
            channel.send({'type': 'listener'}, connection.fileno())

        def shutdown_request(self, request: socket.socket) -> None:
            if id(request) not in self.handed_over:
                super().shutdown_request(request)
                return
            # A shutdown would end the connection for the supervisor too.
            self.handed_over.discard(id(request))
            if self.max_http_threads:
                self.http_threads_sem.release()
            request.close()

    class Server(service.ThreadedServer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(LiveReload(app))
            self.accepting = threading.Event()
            #: Held while a connection becomes a thread, so that nobody takes the server for quiet in between.
            self.gate = threading.Lock()
            self.resume = False
            self.retired = False
            self.wake_in, self.wake_out = os.pipe()

        def http_spawn(self) -> None:
            self.httpd = HttpServer(self.interface, self.port, self.app)
            self.httpd.RequestHandlerClass = Handler
            threading.Thread(target=self.accept, name='odoo.service.httpd', daemon=True).start()

        def accept(self) -> None:
            while not self.retired:
                self.accepting.wait()
                readable, _, _ = select.select([listening.fileno(), self.wake_in], [], [])
                if self.wake_in in readable:
                    os.read(self.wake_in, 512)
                else:
                    with self.gate:
                        if self.accepting.is_set():
                            self.httpd._handle_request_noblock()

        def set_accepting(self, yes: bool) -> None:
            if yes:
                self.accepting.set()
            else:
                self.accepting.clear()
                os.write(self.wake_out, b'.')

        def quiet(self, within: float) -> bool:
            """Stops accepting, and waits until no request and no job runs. False where one takes longer."""
            self.resume = self.accepting.is_set()
            self.set_accepting(False)
            deadline = time.monotonic() + within
            with self.gate:
                pass
            while busy := self.busy():
                if time.monotonic() > deadline:
                    break
                time.sleep(0.001)
            return not busy

        def go_on(self) -> None:
            """Accepts again, if it did before `quiet`."""
            if self.resume:
                self.resume = False
                self.set_accepting(True)

        def reload(self) -> None:
            """Odoo wants a fresh process: a limit was reached, or an addon called `restart()`."""
            channel.send({'type': 'wants-reload'})
            self.limits_reached_threads.clear()
            self.limit_reached_time = None

        def signal_handler(self, sig: int, frame: Any) -> None:
            if sig == signal.SIGHUP:
                self.reload()
            elif sig not in (signal.SIGINT, signal.SIGTERM):  # these are the supervisor's to act upon
                super().signal_handler(sig, frame)

        def busy(self) -> bool:
            return any(
                getattr(thread, 'type', None) == 'http' or getattr(thread, 'type', None) == 'cron' and getattr(thread, 'start_time', None)
                for thread in threading.enumerate()
            )

        def serve(self, patch: Callable[[list[str]], Message], needs: Callable[[], dict[str, list[str]]]) -> None:
            self.start()
            self.cron_spawn()
            looked = time.monotonic()
            if not select.select([channel], [], [], _IDLE)[0]:
                if self.quiet(_MOMENT):
                    functions.index()  # now, rather than when a person waits for a patch
                self.go_on()
            while True:
                if select.select([channel], [], [], max(0.0, looked + _LOOK_EVERY - time.monotonic()))[0]:
                    for message in channel.receive():
                        if message['type'] == 'retire':
                            return self.retire(message['within'])
                        self.obey(message, patch, needs)
                else:
                    looked = time.monotonic()
                    self.process_limit()
                    if self.limit_reached_time:
                        self.reload()

        def obey(self, message: Message, patch: Callable[[list[str]], Message], needs: Callable[[], dict[str, list[str]]]) -> None:
            match message['type']:
                case 'patch':
                    channel.send(patch(message['files']))
                case 'loaded?':
                    channel.send({'type': 'loaded', 'files': [path for path in message['files'] if path in sources.loaded]})
                case 'assets':
                    assets.changed(message['files'])
                    channel.send({'type': 'assets-known'})
                case 'pause':
                    self.set_accepting(False)
                    channel.send({'type': 'paused'})
                case 'resume':
                    self.set_accepting(True)
                case 'needs?':
                    threading.Thread(target=self.tell_needs, args=(needs,), daemon=True).start()
                case 'debug':
                    from .debugger import listen

                    channel.send(listen())

        def tell_needs(self, needs: Callable[[], dict[str, list[str]]]) -> None:
            """Beside the messages: PostgreSQL may be slow, or behind a lock."""
            try:
                channel.send({'type': 'needs', 'needs': needs()})
            except Closed:
                pass
            except Exception as error:  # noqa: BLE001 - a look, no more
                channel.send({'type': 'needs', 'needs': None, 'error': str(error)})

        def retire(self, within: float) -> None:
            """Ends what has begun, and begins nothing more."""
            self.retired = True
            self.set_accepting(False)
            service.cron_database_list = list
            deadline = time.monotonic() + within
            for function in self._on_stop_funcs:  # closes websockets: their pages connect again, to the next server
                try:
                    function()
                except Exception:  # noqa: BLE001
                    service._logger.warning('Exception in %s', function, exc_info=True)
            while self.busy() and time.monotonic() < deadline:
                try:
                    if select.select([channel], [], [], 0.02)[0]:
                        channel.receive()
                except Closed:
                    return

    return Server()
