"""
Stands in for odoo-bin where only its process counts: it reads the port from its configuration file, tells on its log what it sees, and
answers HTTP. Odoo itself, and a stand-in that has a database, are in test/integration/process-engine.test.ts.
"""
import configparser
import http.server
import json
import os
import signal
import subprocess
import sys

arguments = sys.argv[1:]
command = arguments.pop(0) if not arguments[0].startswith("-") else "server"
options = dict(zip(arguments[::2], arguments[1::2])) if command == "server" else {}
file = configparser.RawConfigParser()
file.read(arguments[arguments.index("-c") + 1])
conf = dict(file["options"])


def log(level, message):
    print(f"2026-01-02 03:04:05,678 {os.getpid()} {level} fake odoo.fake: {message}", file=sys.stderr, flush=True)


if command == "neutralize":
    log("INFO", f"connected with {conf['db_password']}")
    print("BEGIN;\nUPDATE res_users SET password = 'not-a-secret-of-ours';\nCOMMIT;")
    sys.exit(int(conf.get("exit", "0")))

log("INFO", "variables " + json.dumps(sorted(os.environ)))
log("INFO", f"user {os.getuid()} with {conf['db_password']}")
if "--hang" in arguments:
    child = subprocess.Popen(["sleep", "600"])
    log("INFO", f"child {child.pid}")
    signal.pause()
if "--stop-after-init" in arguments:
    sys.exit(0)
if conf.get("broken") == "yes":
    log("CRITICAL", "No such module.")
    sys.exit(255)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/log/"):
            for number in range(int(self.path[5:])):
                log("INFO", f"line {number} " + "x" * 1000)
        if self.path == "/pid":
            log("INFO", f"pid {os.getpid()}")
        if self.path == "/orphan":  # in a session of its own, as a daemon
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            log("INFO", f"orphan {child.pid}")
        self.send_response(303 if self.path == "/" else 200)
        if self.path == "/":
            self.send_header("Location", "/web/login")
        self.end_headers()

    def log_message(self, *_):
        pass


log("INFO", "HTTP service running")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.ThreadingHTTPServer(("127.0.0.1", int(conf["http_port"])), Handler).serve_forever()
