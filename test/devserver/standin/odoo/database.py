"""The JSON file that is PostgreSQL here. Tests write it; a server reads it anew each time.

`installed`: names of modules. `down`: the message with which PostgreSQL refuses. `missing`: that with which it refuses this database.
`models`: what the last update wrote. `updated`: names.
"""

import json
import os

_FILE = os.environ['STANDIN_DATABASE']


def read():
    with open(_FILE, encoding='utf-8') as file:
        return {'installed': ['base'], 'initialized': True, 'down': None, 'missing': None, 'models': {}, 'updated': [], **json.load(file)}


def write(**changes):
    with open(f'{_FILE}.new', 'w', encoding='utf-8') as file:
        json.dump({**read(), **changes}, file)
    os.replace(f'{_FILE}.new', _FILE)
