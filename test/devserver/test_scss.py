"""What an SCSS file needs of others, and gives to them."""

from __future__ import annotations

import unittest

from running import sources  # noqa: F401 - puts the package on the path
from odoo_reload import scss


def _given(*texts: str) -> list[list[str]]:
    return [[statement for statement, _ in file] for file in scss.definitions(texts)]


class Statements(unittest.TestCase):
    def test_they_end_where_sass_ends_them(self) -> None:
        self.assertEqual(
            scss.statements('$a: "}; #{"{"}"; // no } end\n/* ; */ .b-#{$a}{ c: url(//x;y) } @include d { e: f }'),
            ('$a: "}; #{"{"}";', '.b-#{$a}{ c: url(//x;y) }', '@include d { e: f }'),
        )

    def test_an_unfinished_text_is_not_understood(self) -> None:
        for text in ('.a { b: c', '$a: 1', '.a { } }', '$a: (1;', '$a: "b;'):
            with self.subTest(text), self.assertRaises(scss.NotUnderstood):
                scss.statements(text)


class Definitions(unittest.TestCase):
    def test_rules_define_nothing(self) -> None:
        self.assertEqual(_given('.a { $b: 1; } @media x { c { d: e } } $f: 1; @function g() { @return 1; }'), [['$f: 1;', '@function g() { @return 1; }']])

    def test_flow_control_counts_where_it_assigns_what_is_global(self) -> None:
        flow = '@if 1 { $a: 2; } @else { $b: 3; }'
        self.assertEqual(_given(flow), [[]])
        self.assertEqual(_given('$b: 1;', flow), [['$b: 1;'], ['@if 1 { $a: 2; }\n@else { $b: 3; }']])

    def test_what_reaches_beyond_is_not_understood(self) -> None:
        with self.assertRaises(scss.NotUnderstood):
            scss.definitions(['.a { $b: 1 !global; }'])


class Needed(unittest.TestCase):
    def needed(self, before: str, text: str) -> str:
        return scss.needed(scss.definitions([before]), text)

    def test_only_what_is_used_however_indirectly_and_all_of_it(self) -> None:
        before = '$a: 1; $b_c: $a; $z: 9; @mixin m { d: $b-c; } $a: 2;'
        self.assertEqual(self.needed(before, '.x { @include m; }'), '$a: 1;\n$b_c: $a;\n@mixin m { d: $b-c; }\n$a: 2;')

    def test_functions_that_are_called_by_a_computed_name(self) -> None:
        before = '@function f() { @return 1; } @mixin m { a: b }'
        self.assertEqual(self.needed(before, '.x { a: call($n) }'), '@function f() { @return 1; }')

    def test_a_mixin_that_extends_is_not_understood(self) -> None:
        before = '@mixin inner { @extend %p; } @mixin m { @include inner; }'
        with self.assertRaises(scss.NotUnderstood):
            self.needed(before, '.x { @include m; }')
        self.assertEqual(self.needed(before, '.x { a: b }'), '')


class Extended(unittest.TestCase):
    def test_what_an_extension_would_change_is_mentioned(self) -> None:
        targets = scss.extended('.a { @extend .btn; @extend %p !optional; b { @extend .c-#{$d}; } }')
        self.assertEqual(targets, {'.btn', '%p', '.c-#{'})
        for css, target, mentioned in (
            ('.x .btn:hover {}', '.btn', True),
            ('.btn-x {}', '.btn', False),
            ('.c-red {}', '.c-#{', True),
            ('.d {}', '.c-#{', False),
            ('.d {}', '#{', True),
        ):
            self.assertEqual(scss.mentions(css, target), mentioned, (css, target))


class Imports(unittest.TestCase):
    def test_they_are_replaced_by_their_files(self) -> None:
        files = {'a': '@import "b/c";', 'b/c': '$x: 1;'}
        self.assertEqual(scss.with_imports('@import "a"; .d { e: $x }', files.__getitem__), '$x: 1;\n.d { e: $x }')
        with self.assertRaises(scss.NotUnderstood):
            scss.with_imports('@import url(x.css);', files.__getitem__)


if __name__ == '__main__':
    unittest.main()
