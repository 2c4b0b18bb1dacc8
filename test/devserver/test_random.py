"""Thousands of random edits: after each, the process that was patched, or the fresh one where patching was refused, answers as a process
that has just imported the files. `EDITS` says how many; `SEED` repeats a run."""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tempfile
import unittest

from running import Refused, Running

#: Each number in a mark is one that an edit may change; each <…|…> is a choice of texts.
BASE = '''
import functools
<# one|# another

|>
LIMIT = ⟨3⟩
SEEN = []
TABLE = {'a': ⟨1⟩, 'b': {}}


def scale(x):
    <return x * ⟨2⟩|return x + ⟨5⟩|y = x; return y - ⟨1⟩>


def at_import():
    return scale(⟨7⟩)


FIXED = at_import()


def times(n):
    def decorate(function):
        @functools.wraps(function)
        def inner(*args):
            return n * function(*args) + ⟨0⟩
        return inner
    return decorate


@functools.lru_cache(maxsize=None)
def cached(x):
    return scale(x) + ⟨4⟩


def numbers(n):
    for i in range(n):
        yield i * ⟨3⟩


RUNNING = {}


def start():
    it = RUNNING.setdefault('it', numbers(⟨9⟩))
    return next(it, None)


def count(seen=[]):
    seen.append(⟨1⟩)
    return len(seen) * ⟨10⟩


def remember():
    SEEN.append(len(SEEN))
    return [*SEEN, ⟨2⟩]


def total():
    count.total = getattr(count, 'total', 0) + ⟨1⟩
    return count.total


def pure(x):
    """<Words.|Other words.>"""
    def double(y): return y * ⟨2⟩
    pick = lambda z: z - ⟨1⟩
    return [double(pick(i)) for i in range(x, x + ⟨2⟩)] + sorted(numbers(⟨3⟩))
'''

USER = '''
from . import base
from .base import cached, scale, times
<|import math
>

class Meta(type):
    def __new__(mcs, name, bases, attributes):
        made = super().__new__(mcs, name, bases, attributes)
        made.tag = len(name) + ⟨1⟩
        return made


class Thing(metaclass=Meta):
    kept = {}
    factor = ⟨2⟩

    def __init__(self, value=⟨5⟩):
        self.value = value

    def answer(self):
        <return self.value * self.factor + ⟨1⟩|return scale(self.value)|return self._help(⟨4⟩)>

    def _help(self, x):
        return x + base.LIMIT

    @property
    def shown(self):
        return f'{self.value}-{⟨3⟩}'

    @staticmethod
    def fixed():
        return ⟨8⟩

    @classmethod
    def keep(cls, key):
        return cls.kept.setdefault(key, scale(key) + ⟨1⟩)


class Special(Thing):
    <def answer(self): return super().answer() + ⟨6⟩|def answer(self): return ⟨6⟩|def answer(self, more=⟨1⟩): return super().answer() * more>


ONE = Special(⟨11⟩)


@times(⟨2⟩)
def decorated(x):
    return x + ⟨1⟩


def make():
    n = ⟨1⟩
    def inner(): return n + ⟨1⟩
    return inner


MADE = []


def closure():
    MADE.append(make())
    return [f() for f in MADE]


def counter():
    n = 0
    def step():
        nonlocal n
        n += ⟨1⟩
        return n
    return step


STEP = counter()
default = lambda: ⟨4⟩
PAIR = (lambda x: x + ⟨1⟩, lambda x: x - ⟨1⟩)


def adjust(x):
    ONE.value = x
    return ONE.answer()
'''

#: Asked after each reload, of a fresh process and of ours, in this order.
QUESTIONS = '''(
base.scale(3), base.LIMIT, base.FIXED, base.cached(2), base.cached(2), base.pure(2), base.pure.__doc__, list(base.numbers(4)),
base.TABLE, base.SEEN, user.Thing().answer(), user.Special(2).answer(), user.Thing.tag, user.Thing().shown, user.Thing.fixed(),
user.ONE.answer(), user.decorated(3), user.default(), [f(3) for f in user.PAIR], user.make()(), user.Thing.kept,
len(user.MADE), base.count.__defaults__[0], sorted(vars(base.count)), list(base.RUNNING)
)'''
#: What people do in between; some of it leaves something behind.
REQUESTS = [
    'base.scale(1)', 'base.cached(5)', 'base.pure(1)', 'user.Special(3).answer()', 'user.decorated(1)', 'user.default()', 'user.ONE.shown',
] * 4 + ['base.start()', 'base.count()', 'base.remember()', 'base.total()', 'user.Thing.keep(3)', 'user.closure()', 'user.STEP()', 'user.adjust(4)']


class Text:
    """A file with its choices."""

    def __init__(self, template: str) -> None:
        self.parts = re.split(r'(⟨\d+⟩|<[^<>]*\|[^<>]*>)', template)
        self.values: dict[int, str] = {}

    def edit(self, chance: random.Random) -> None:
        places = [at for at in range(1, len(self.parts), 2)]
        for at in chance.sample(places, chance.choice([1, 1, 1, 2, 4])):
            part = self.parts[at]
            self.values[at] = chance.choice(part[1:-1].split('|')) if part[0] == '<' else str(chance.randrange(100))

    def __str__(self) -> str:
        text = ''.join(self.values.get(at, part[1:-1].split('|')[0] if at % 2 and part[0] == '<' else part) for at, part in enumerate(self.parts))
        return re.sub(r'⟨(\d+)⟩', r'\1', text)


class Process:
    """A fork of this one that has imported the package, and answers questions."""

    def __init__(self, folder: str) -> None:
        self.to_child, self.from_child = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._answer(folder)
            finally:
                os._exit(0)
        os.close(self.to_child[0])
        os.close(self.from_child[1])
        self.answers = os.fdopen(self.from_child[0])

    def _answer(self, folder: str) -> None:
        os.close(self.to_child[1])
        sys.path.insert(0, os.path.dirname(folder))
        running = Running.of_package(folder, ['base', 'user'])
        scope = dict(zip(('base', 'user'), running.modules))
        with os.fdopen(self.from_child[1], 'w') as out, os.fdopen(self.to_child[0]) as lines:
            for line in lines:
                what = json.loads(line)
                try:
                    found: object = running.patch_saved() if what == 'patch' else repr(eval(what, scope))  # noqa: S307
                except Refused as refused:
                    found = f'refused: {refused}'
                except Exception as error:  # noqa: BLE001
                    found = f'{type(error).__name__}: {error}'
                out.write(json.dumps(found) + '\n')
                out.flush()

    def ask(self, what: str) -> object:
        os.write(self.to_child[1], json.dumps(what).encode() + b'\n')
        return json.loads(self.answers.readline())

    def close(self) -> None:
        os.close(self.to_child[1])
        self.answers.close()
        os.waitpid(self.pid, 0)


class RandomEdits(unittest.TestCase):
    def test_each_answer_is_that_of_a_fresh_process(self) -> None:
        seed = int(os.environ.get('SEED') or random.randrange(1 << 30))
        chance = random.Random(seed)
        texts = {'base': Text(BASE), 'user': Text(USER)}
        patched = refused = 0
        with tempfile.TemporaryDirectory() as temporary:
            folder = os.path.join(os.path.realpath(temporary), 'reload_random')
            os.mkdir(folder)

            def write() -> None:
                for name, text in {'__init__': '', **texts}.items():
                    with open(os.path.join(folder, f'{name}.py'), 'w') as file:
                        file.write(str(text))

            write()
            ours = Process(folder)
            now = [str(text) for text in texts.values()]
            for number in range(int(os.environ.get('EDITS') or 1000)):
                for _ in range(chance.choice([0, 1, 3])):
                    ours.ask(chance.choice(REQUESTS))
                for text in chance.choice([['base'], ['user'], ['user'], ['base', 'user']]):
                    texts[text].edit(chance)
                before, now = now, [str(text) for text in texts.values()]
                if before == now:
                    continue  # nothing was saved
                write()
                outcome = ours.ask('patch')
                if isinstance(outcome, str):
                    self.assertRegex(outcome, '^refused', f'edit {number}, seed {seed}')
                    refused += 1
                    ours.close()
                    ours = Process(folder)
                else:
                    patched += 1
                fresh = Process(folder)
                expected = fresh.ask(QUESTIONS)
                self.assertRegex(str(expected), r'^\(')  # an answer, not an error
                self.assertEqual(ours.ask(QUESTIONS), expected, f'edit {number}, seed {seed}, {outcome!r}')
                fresh.close()
            ours.close()
        print(f'{patched} edits patched, {refused} refused')
        self.assertGreater(patched, 0)
        self.assertGreater(refused, 0)


if __name__ == '__main__':
    unittest.main()
