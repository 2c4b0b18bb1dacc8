"""Runs the tests of this folder, each file in a process of its own, two at a time: `python3 test/devserver/run.py [FILE…]`.

What they print is shown when a file has ended. One JSON line of counts goes to the file that `TEST_COUNTS` names, for `test/run.ts`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_AT_ONCE = 2
#: Seconds for one file.
_WITHIN = 900
Counts = dict[str, int]


class _Result(unittest.TextTestResult):
    passes = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passes += 1

    def addExpectedFailure(self, test: unittest.TestCase, err: object) -> None:
        super().addExpectedFailure(test, err)  # type: ignore[arg-type]
        self.passes += 1


def _run_here(name: str, counts: str) -> None:
    result = unittest.TextTestRunner(resultclass=_Result).run(unittest.defaultTestLoader.loadTestsFromName(name))
    assert isinstance(result, _Result)
    failures = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    with open(counts, 'w', encoding='utf-8') as file:
        json.dump({'passes': result.passes, 'failures': failures, 'pending': len(result.skipped)}, file)


def _run(name: str) -> Counts:
    started = time.monotonic()
    with tempfile.NamedTemporaryFile('r', encoding='utf-8') as counts:
        command = [sys.executable, os.path.abspath(__file__), '--here', name, counts.name]
        try:
            done = subprocess.run(command, cwd=_FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_WITHIN, check=False)
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as expired:
            output, code = (expired.stdout or b'') + f'\nNot within {_WITHIN} s.\n'.encode(), 1
        text = counts.read()
    print(f'{name} ({time.monotonic() - started:.1f} s)\n{output.decode(errors="replace")}', flush=True)
    found: Counts = json.loads(text) if text else {'passes': 0, 'failures': 0, 'pending': 0}
    # A crash, or no test at all, is a failure too.
    if code != 0 and found['failures'] == 0 or sum(found.values()) == 0:
        found['failures'] += 1
    return found


def main(files: list[str]) -> int:
    found = files or sorted(name for name in os.listdir(_FOLDER) if name.startswith('test_') and name.endswith('.py'))
    names = [os.path.splitext(os.path.basename(file))[0] for file in found]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = list(pool.map(_run, names))
    total = {key: sum(counts[key] for counts in results) for key in ('passes', 'failures', 'pending')}
    print(f'{total["passes"]} passed, {total["failures"]} failed, {total["pending"]} skipped')
    if file := os.environ.get('TEST_COUNTS'):
        with open(file, 'a', encoding='utf-8') as counts:
            counts.write(f'{json.dumps(total)}\n')
    return 1 if total['failures'] else 0


if __name__ == '__main__':
    if sys.argv[1:2] == ['--here']:
        _run_here(*sys.argv[2:])
    else:
        sys.exit(main(sys.argv[1:]))
