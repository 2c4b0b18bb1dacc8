"""Functions are replaced in the running process where that equals a restart, and nowhere else."""

from __future__ import annotations

import traceback
import unittest

from running import Refused, running


class Bodies(unittest.TestCase):
    def test_function(self) -> None:
        with running('def f(): return 1') as module:
            module.save('def f(): return 2')
            self.assertEqual(module.call('f'), 2)

    def test_method_of_instances_that_exist(self) -> None:
        with running('class A:\n    def m(self): return 1\ndef make(): return A()') as module:
            thing = module.call('make')
            module.save('class A:\n    def m(self): return 2\ndef make(): return A()')
            self.assertEqual(thing.m(), 2)

    def test_decorated_function_and_its_decorator(self) -> None:
        source = (
            'import functools\n'
            'def twice(f):\n    @functools.wraps(f)\n    def inner(): return {} * f()\n    return inner\n'
            '@twice\ndef g(): return {}\n'
        )
        with running(source.format(2, 10)) as module:
            module.save(source.format(2, 11))
            self.assertEqual(module.call('g'), 22)
            module.save(source.format(3, 11))  # the wrapper's own body, in the closure that exists
            self.assertEqual(module.call('g'), 33)

    def test_lambdas_and_nested_functions(self) -> None:
        source = 'pick = lambda x: x + {}\ndef outer():\n    def inner(): return {}\n    return inner() + sum(y for y in ({}, 1))\n'
        with running(source.format(1, 2, 3)) as module:
            module.save(source.format(10, 20, 30))
            self.assertEqual((module.call('pick', 0), module.call('outer')), (10, 51))

    def test_super_in_both_versions(self) -> None:
        source = 'class A:\n    def m(self): return 1\nclass B(A):\n    def m(self): return super().m() + {}\ndef f(): return B().m()'
        with running(source.format(1)) as module:
            module.save(source.format(5))
            self.assertEqual(module.call('f'), 6)

    def test_lines_move_with_the_file(self) -> None:
        with running('def f():\n    raise ValueError\n') as module:
            module.save('# a comment\n\ndef f():\n    raise ValueError\n')
            try:
                module.call('f')
            except ValueError as error:
                self.assertEqual([frame.lineno for frame in traceback.extract_tb(error.__traceback__)][-1], 4)

    def test_an_lru_cache_forgets(self) -> None:
        source = 'import functools\n@functools.lru_cache\ndef f(x): return x * {}\n'
        with running(source.format(1)) as module:
            self.assertEqual(module.call('f', 2), 2)
            module.save(source.format(3))
            self.assertEqual(module.call('f', 2), 6)

    def test_an_lru_cache_forgets_what_a_function_left_before_it_moved(self) -> None:
        source = 'import functools\n{}def scale(x): return x * {}\n@functools.lru_cache\ndef f(x): return scale(x)\n'
        with running(source.format('', 1)) as module:
            self.assertEqual(module.call('f', 2), 2)
            module.save(source.format('# one line more\n', 1))
            module.save(source.format('# one line more\n', 3))
            self.assertEqual(module.call('f', 2), 6)

    def test_a_function_that_ran_only_after_the_start(self) -> None:
        with running('def f(): return g()\ndef g(): return 1') as module:
            module.call('f')
            module.save('def f(): return g()\ndef g(): return 2')
            self.assertEqual(module.call('f'), 2)
            self.assertTrue(module.forgot)

    def test_again_and_again(self) -> None:
        with running('def f(): return 0') as module:
            for number in range(1, 300):
                module.save(f'def f(): return {number}')
                self.assertEqual(module.call('f'), number)


class Refusals(unittest.TestCase):
    def refused(self, before: str, after: str, why: str, touch: str | None = None) -> None:
        with running(before) as module:
            if touch is not None:
                kept = module.call(touch)
            with self.assertRaisesRegex(Refused, why):
                module.save(after)
            del touch
            self.assertTrue(module.unchanged())
            kept = None  # noqa: F841 - it had to live until here

    def test_module_code(self) -> None:
        self.refused('X = 1\ndef f(): return X', 'X = 2\ndef f(): return X', 'module code')

    def test_a_new_function(self) -> None:
        self.refused('def f(): return 1', 'def f(): return 1\ndef g(): pass', 'module code')

    def test_class_attributes_bases_and_slots(self) -> None:
        for before, after in (('x = 1', 'x = 2'), ("__slots__ = ('a',)", "__slots__ = ('b',)")):
            self.refused(f'class A:\n    {before}', f'class A:\n    {after}', 'while Odoo was loading')
        self.refused('class A: pass', 'class A(dict): pass', 'module code')

    def test_defaults_annotations_decorators_and_parameters(self) -> None:
        self.refused('def f(x=1): return x', 'def f(x=2): return x', 'module code')
        self.refused('def f(x: int): return x', 'def f(x: str): return x', 'module code')
        self.refused('def d(n): return lambda f: f\n@d(1)\ndef f(): pass', 'def d(n): return lambda f: f\n@d(2)\ndef f(): pass', 'module code')
        self.refused('def f(x): return x', 'def f(y): return y', 'signature')

    def test_a_docstring_and_the_kind_of_function(self) -> None:
        self.refused('def f():\n    "a"', 'def f():\n    "b"', 'docstring')
        self.refused('def f():\n    return [1]', 'def f():\n    yield 1', 'kind')

    def test_a_function_that_ran_at_import(self) -> None:
        self.refused('def f(): return 1\nX = f()', 'def f(): return 2\nX = f()', 'f, which ran')
        self.refused('def f(): return g()\ndef g(): return 1\nX = f()', 'def f(): return g()\ndef g(): return 2\nX = f()', 'g, which ran')

    def test_super_that_was_not_there(self) -> None:
        body = 'class A:\n    def m(self): return 1\nclass B(A):\n    def m(self): return {}'
        self.refused(body.format('2'), body.format('super().m()'), 'super|while Odoo')

    def test_metaclass_effects(self) -> None:
        body = 'class M(type):\n    def __new__(m, n, b, d): return super().__new__(m, n + {}, b, d)\nclass A(metaclass=M): pass'
        self.refused(body.format('"1"'), body.format('"2"'), 'which ran')

    def test_a_running_generator(self) -> None:
        body = 'def g():\n    yield 1\n    yield {}\ndef start():\n    it = g()\n    next(it)\n    return it'
        self.refused(body.format(2), body.format(3), 'generator', 'start')

    def test_an_inner_function_that_a_changed_one_made(self) -> None:
        body = 'def make():\n    n = {}\n    def inner(): return n\n    return inner'
        self.refused(body.format(1), body.format(2), 'inner was made', 'make')

    def test_state_in_a_global_a_class_a_default_or_a_closure(self) -> None:
        for state in (
            'SEEN = []\ndef touch(): SEEN.append(1)\n',
            'SEEN = {"a": {}}\ndef touch(): SEEN["a"]["b"] = 1\n',
            'N = 0\ndef touch():\n    global N\n    N += 1\n',
            'class A:\n    n = 0\ndef touch(): A.n += 1\n',
            'class A:\n    def __init__(self): self.n = 0\nA1 = A()\ndef touch(): A1.n = 5000\n',
            'def touch(seen=[]): seen.append(1)\n',
            'def make():\n    n = 0\n    def touch():\n        nonlocal n\n        n += 1000\n    return touch\ntouch = make()\n',
            'def touch(): touch.n = 1\n',
            'class A: pass\nX = {"a": A()}\ndef touch(): X["a"].n = 1\n',
            'class A:\n    __slots__ = ("n",)\nX = [A()]\ndef touch(): X[0].n = 1\n',
            'X = ({},)\ndef touch(): X[0][1] = 1\n',
            '__cache = {}\ndef touch(): __cache[1] = 1\n',
            'class A:\n    @staticmethod\n    def get(cache={}): cache[1] = 1\ndef touch(): A.get()\n',
            'import functools\ndef keep(cache): cache[1] = 1\ntouch = functools.partial(keep, {})\n',
            'from types import SimpleNamespace\nX = SimpleNamespace()\ndef touch(): X.n = 1\n',
            'class A:\n    def get(self): self.n = 1\ntouch = A().get\n',
            'from weakref import WeakKeyDictionary\nX = WeakKeyDictionary()\nclass A: pass\nKEY = A()\ndef touch(): X[KEY] = 1\n',
            'X = {1: {}, "1": {}}\ndef touch(): X[1][2] = 3\n',
        ):
            with self.subTest(state):
                self.refused(f'{state}def f(): return 1\n', f'{state}def f(): return 2\n', 'changed since the start', 'touch')

    def test_what_nobody_can_look_into(self) -> None:
        for opaque in ('import itertools\nX = itertools.count()\n', 'import threading\nX = threading.local()\n', 'X = (n for n in [1])\n'):
            with self.subTest(opaque):
                self.refused(f'{opaque}def f(): return 1\n', f'{opaque}def f(): return 2\n', 'nobody can look into|while Odoo')

    def test_an_iterator_of_a_library_is_compared_by_identity(self) -> None:
        source = 'import csv\nrequest = csv.DictReader([])\ndef f(): return {}\n'
        with running(source.format(1)) as module:
            module.save(source.format(2))
            self.assertEqual(module.call('f'), 2)

    def test_looking_runs_no_code_of_an_addon(self) -> None:
        for hostile in (
            'class D(dict):\n    def keys(self): raise ValueError\n    items = values = __iter__ = keys\nX = D(a=1)\n',
            'class K:\n    def __str__(self): raise ValueError\n    __repr__ = __str__\nX = {K(): 1}\n',
            'class L(list):\n    def __iter__(self): raise ValueError\n    __len__ = __iter__\nX = L([1])\n',
        ):
            with self.subTest(hostile), running(f'{hostile}def f(): return 1\n') as module:
                module.save(f'{hostile}def f(): return 2\n')
                self.assertEqual(module.call('f'), 2)

    def test_code_around_a_changed_function_that_is_running(self) -> None:
        body = 'def loop():\n    while True:\n        def step(): return {}\n        yield step()\ndef start():\n    it = loop()\n    next(it)\n    return it'
        self.refused(body.format(1), body.format(2), 'generator of loop', 'start')

    def test_a_broken_file(self) -> None:
        with running('def f(): return 1') as module:
            with self.assertRaises(SyntaxError):
                module.save('def f(: return 1')
            with self.assertRaises(SyntaxError):
                module.save(b'def f(): return "\xff"')
            self.assertEqual(module.call('f'), 1)

    def test_two_files_are_patched_together_or_not_at_all(self) -> None:
        with running('def f(): return 1', 'def g(): return 1\nX = 1') as module:
            with self.assertRaises(Refused):
                module.save('def f(): return 2', 'def g(): return 2\nX = 2')
            self.assertEqual(module.call('f'), 1)


if __name__ == '__main__':
    unittest.main()
