from . import database

_Pool = None


class OperationalError(Exception):
    """psycopg2's, which need not be installed."""

    pgcode = None


OperationalError.__module__ = 'psycopg2'


class ConnectionPool:
    def __init__(self):
        self._connections = []


class Cursor:
    def __init__(self):
        message = database.read()['down']
        if message:
            raise OperationalError(message)
        _Pool._connections.append(self)

    def execute(self, query, params=None):
        assert 'ir_module_module' in query, query
        names = database.read()['installed']
        self._rows = [(name,) for name in names if params is None or name in params[0]]

    def fetchall(self):
        return self._rows

    def close(self):
        pass  # the pool keeps the connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Connection:
    def cursor(self):
        return Cursor()


def db_connect(_name):
    global _Pool
    _Pool = _Pool or ConnectionPool()
    return Connection()


def close_all():
    if _Pool:
        _Pool._connections.clear()
