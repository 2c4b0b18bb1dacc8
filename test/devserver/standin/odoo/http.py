import functools
import sys
import threading
import traceback
from urllib.parse import parse_qsl


def route(path):
    def decorator(endpoint):
        @functools.wraps(endpoint)
        def wrapper(**params):
            return endpoint(**params)

        wrapper.routing = path
        return wrapper

    return decorator


def routing_map(modules):
    """As Odoo's: of installed modules only, made at the first need."""
    prefixes = tuple(f'odoo.addons.{name}.' for name in modules)
    loaded = [module for name, module in list(sys.modules.items()) if f'{name}.'.startswith(prefixes)]
    found = [value for module in loaded for value in list(vars(module).values())]
    return {value.routing: value for value in found if hasattr(value, 'routing')}


def root(environ, start_response):
    from .modules.registry import Registry

    registry = Registry.registries[threading.main_thread().dbname]
    endpoint = registry.routes().get(environ['PATH_INFO'])
    try:
        body = '' if endpoint is None else endpoint(**dict(parse_qsl(environ['QUERY_STRING'])))
        status = '404 Not Found' if endpoint is None else '200 OK'
    except Exception:
        body, status = traceback.format_exc(), '500 Internal Server Error'
    data = str(body).encode()
    start_response(status, [('Content-Type', 'text/html; charset=utf-8'), ('Content-Length', str(len(data)))])
    return [data]
