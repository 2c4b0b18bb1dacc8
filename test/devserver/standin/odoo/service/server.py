import logging
import signal
import socketserver
import threading
import time
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from ..tools import config

_logger = logging.getLogger('odoo.service.server')
server = None


def cron_database_list():
    return []


class RequestHandler(WSGIRequestHandler):
    """With the method of werkzeug's class, that Odoo's derives from."""

    def handle(self):
        self.raw_requestline = self.rfile.readline(65537)
        if self.raw_requestline and self.parse_request():
            self.run_wsgi()

    def run_wsgi(self):
        handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
        handler.request_handler = self
        handler.run(self.server.get_app())

    def log_message(self, *_):
        pass


class ThreadedWSGIServerReloadable(socketserver.ThreadingMixIn, WSGIServer):
    max_http_threads = None
    daemon_threads = False

    def __init__(self, host, port, app):
        super().__init__((host, port), RequestHandler)
        self.setup_environ()
        self.set_app(app)

    def server_activate(self):
        if not self.reload_socket:
            super().server_activate()

    def process_request(self, request, client_address):
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address))
        thread.daemon, thread.type, thread.start_time = self.daemon_threads, 'http', time.time()
        thread.start()


class ThreadedServer:
    _on_stop_funcs = []

    def __init__(self, app):
        self.app, self.interface, self.port = app, config['http_interface'], config['http_port']
        self.limits_reached_threads, self.limit_reached_time = set(), None

    def start(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGXCPU):
            signal.signal(number, self.signal_handler)
        self.http_spawn()

    def signal_handler(self, sig, frame):
        pass

    def cron_spawn(self):
        for number in range(config['max_cron_threads']):
            thread = threading.Thread(target=threading.Event().wait, name=f'odoo.service.cron.cron{number}', daemon=True)
            thread.type = 'cron'
            thread.start()

    def process_limit(self):
        pass


def load_server_wide_modules():
    from odoo.modules.module import load_openerp_module

    for name in config['server_wide_modules']:
        load_openerp_module(name)
