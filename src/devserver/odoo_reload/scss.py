"""What an SCSS file of a bundle takes from those before it, and gives to those after it. Only text: nothing here knows Odoo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|url\(\s*[^"'\s)#][^)]*\)|\\.|["';{}()]|\#\{""", re.DOTALL)
_IN_STRING = re.compile(r"""\\.|\#\{|["']""", re.DOTALL)
_FLOW = re.compile(r'@(if|else|each|for|while)\b')
_DEFINED = re.compile(r'(\$)([\w-]+)\s*:|@(function|mixin)\s+([\w-]+)')
_ASSIGNMENT = re.compile(r'\$([\w-]+)\s*:')
_USED = re.compile(r'(\$)([\w-]+)|@(include)\s+([\w-]+)|([\w-]+)\(')
_EXTEND = re.compile(r'@extend\s+([^;}!]+)')
_IMPORT = re.compile(r"""@import\s*((?:["'][\w/-]+["'][\s,]*)+);?""")
_QUOTED = re.compile(r'[\w/-]+')
_SIMPLE = re.compile(r'[.#%]?[\w-]+')
_EXTENSION = re.compile(r'@(?:extend|import(?=\s+url\())\s+(?:[^;{}#]|\#\{[^}]*\}|\#)+;?')
#: A statement and the names that it defines: `$variable`, `@mixin` or `function(`.
Definition = tuple[str, frozenset[str]]
#: Their arguments are names, which may be computed. With the sign of what they may name.
_BY_NAME = {
    'call(': '(',
    'get-function(': '(',
    'function-exists(': '(',
    'mixin-exists(': '@',
    'variable-exists(': '$',
    'global-variable-exists(': '$',
}


class NotUnderstood(ValueError):
    """Nothing can be said about this text: the whole bundle is to be compiled."""


@lru_cache(maxsize=4096)
def statements(text: str) -> tuple[str, ...]:
    """The statements at the top level, without comments."""
    found: list[str] = []
    part: list[str] = []  # of the statement that has begun
    start = position = 0
    open_: list[str] = []  # what ends the brackets, quotes and interpolations that were opened; `{` for a block
    while True:
        quoted = bool(open_) and open_[-1] in '"\''
        token = (_IN_STRING if quoted else _TOKEN).search(text, position)
        if token is None:
            break
        position = token.end()
        mark = token[0]
        if mark == '#{':
            open_.append('}')
        elif quoted:
            if mark == open_[-1]:
                open_.pop()
        elif mark[:2] in ('//', '/*'):
            part.append(text[start : token.start()] + ' ')
            start = position
        elif mark in ('"', "'"):
            open_.append(mark)
        elif mark == '(':
            open_.append(')')
        elif mark == '{':
            open_.append('{')
        elif mark in (')', '}'):
            block = mark == '}' and open_[-1:] == ['{']
            if not open_ or open_.pop() != ('{' if block else mark):
                raise NotUnderstood(f'{mark} without its beginning')
            if block and not open_:
                found.append(''.join(part) + text[start:position])
                part, start = [], position
        elif mark == ';' and not open_:
            found.append(''.join(part) + text[start:position])
            part, start = [], position
    if open_ or (''.join(part) + text[start:]).strip():
        raise NotUnderstood('the last statement has no end')
    return tuple(cleaned for statement in found if (cleaned := statement.strip()) != ';')


def with_imports(text: str, read: Callable[[str], str]) -> str:
    """The text with the files that it imports in place of the statements that import them."""
    if '@import' not in text:
        return text
    parts: list[str] = []
    for statement in statements(text):
        if not statement.startswith('@import'):
            parts.append(statement)
        elif match := _IMPORT.fullmatch(statement):
            parts.extend(with_imports(read(name), read) for name in _QUOTED.findall(match[1]))
        else:
            raise NotUnderstood(statement)
    return '\n'.join(parts)


def _name(sign: str, name: str) -> str:
    return sign + name.replace('_', '-')  # the same to Sass


@lru_cache(maxsize=65536)
def _uses(statement: str) -> frozenset[str]:
    return frozenset(
        _name('$', match[2]) if match[1] else _name('@', match[4]) if match[3] else _name('', match[5]) + '(' for match in _USED.finditer(statement)
    )


@lru_cache(maxsize=4096)
def _candidates(text: str) -> tuple[tuple[str, bool, frozenset[str]], ...]:
    """Statements that may matter to other files, whether they are flow control, and the names that they define or assign."""
    found: list[tuple[str, bool, frozenset[str]]] = []
    for statement in statements(text):
        if '!global' in statement or statement.startswith(('@import', '@use', '@forward')):
            raise NotUnderstood('a statement that reaches beyond its file')
        if _FLOW.match(statement):
            names = frozenset(_name('$', name) for name in _ASSIGNMENT.findall(statement))
            if statement.startswith('@else'):
                before, _, others = found.pop()
                statement, names = f'{before}\n{statement}', names | others
            found.append((statement, True, names))
        elif match := _DEFINED.match(statement):
            sign = '$' if match[1] else '@' if match[3] == 'mixin' else ''
            found.append((statement, False, frozenset([_name(sign, match[2] or match[4]) + ('(' if match[3] == 'function' else '')])))
    return tuple(found)


def definitions(texts: Iterable[str]) -> list[list[Definition]]:
    """For each file the statements that define something for those after it, and what.

    Flow control does if it assigns a variable that is global already. Elsewhere an assignment in a block is the block's own.
    """
    names: set[str] = set()
    found: list[list[Definition]] = []
    for text in texts:
        found.append([])
        for statement, flow, defined in _candidates(text):
            if flow:
                defined &= names
            else:
                names |= defined
            if defined:
                found[-1].append((statement, defined))
    return found


def needed(before: Iterable[list[Definition]], text: str) -> str:
    """The definitions of the files before it that this file needs, directly or through one another."""
    given = [definition for file in before for definition in file]
    by_name: dict[str, list[int]] = {}
    for index, (_, defined) in enumerate(given):
        for name in defined:
            by_name.setdefault(name, []).append(index)
    used = {name for statement in statements(text) for name in _uses(statement)}
    for index in _reached(given, by_name, {name for name in used if name[0] != '$'}, calls_only=True):
        if '@extend' in given[index][0]:
            raise NotUnderstood(f'@extend in {given[index][0][:40]}')
    # Whatever else extends something does so in CSS that is dropped.
    return '\n'.join(_EXTENSION.sub('', given[index][0]) for index in sorted(_reached(given, by_name, used)))


def _reached(given: list[Definition], by_name: dict[str, list[int]], names: set[str], calls_only: bool = False) -> set[int]:
    found: set[int] = set()
    known = set(names)
    todo = list(names)
    while todo:
        name = todo.pop()
        new = {other for other in by_name if _BY_NAME[name] in other} if name in _BY_NAME else set()
        for index in by_name.get(name, ()):
            if index not in found:
                found.add(index)
                new |= _uses(given[index][0])
        if calls_only:
            new = {other for other in new if other[0] != '$'}
        todo.extend(new - known)
        known |= new
    return found


@lru_cache(maxsize=4096)
def extended(text: str) -> frozenset[str]:
    """The selectors that this file extends. One that is computed is cut where that begins, and ends with `#{`."""
    targets = [target for statement in statements(text) for targets in _EXTEND.findall(statement) for target in targets.split(',')]
    return frozenset(target[: target.find('#{') + 2] if '#{' in target else target.strip() for target in targets)


def mentions(css: str, target: str) -> bool:
    """Whether this CSS may have a selector that an `@extend` of the target would change."""
    fixed, computed, _ = target.partition('#{')
    simple = _SIMPLE.findall(fixed)
    if not simple:
        return True
    return all(re.search(re.escape(part) + ('' if computed and part == simple[-1] else r'(?![\w-])'), css) for part in simple)
