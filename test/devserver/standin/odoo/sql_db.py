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
    def __init__(self, name):
        found = database.read()
        message = found['down'] or name != 'postgres' and found['missing']
        if message:
            raise OperationalError(message)
        _Pool._connections.append(self)

    def execute(self, query, params=None):
        if 'pg_database' in query:
            self._rows = [] if database.read()['missing'] else [params]
            return
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
    def __init__(self, name):
        self._name = name

    def cursor(self):
        return Cursor(self._name)


def db_connect(name):
    global _Pool
    _Pool = _Pool or ConnectionPool()
    return Connection(name)


def close_all():
    if _Pool:
        _Pool._connections.clear()
