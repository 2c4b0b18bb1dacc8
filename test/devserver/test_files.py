"""How files change: by editors, formatters and git, one or many, here or behind a symbolic link."""

from __future__ import annotations

import os
import shutil
import unittest

from project import page
from started import Case


class Saving(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('shop', page("'one'"))
        self.folder = os.path.dirname(self.main)

    def test_a_branch_switch_is_one_reload(self) -> None:
        count = 40
        texts = [f'from .m{number + 1} import words\nWORD = {{}}\n' for number in range(count)]
        texts.append('WORD = {}\ndef words():\n    return {}\n')
        paths = [os.path.join(self.folder, f'm{number}.py') for number in range(count + 1)]
        for path, text in zip(paths, texts):
            self.project.save(path, text.format(1, 1))
        self.project.save(self.main, page('words() + m0.WORD', before='from . import m0\nfrom .m0 import words'))
        lock = os.path.join(self.project.live, '.git', 'index.lock')
        os.mkdir(os.path.dirname(lock))
        server = self.started()
        self.project.save(lock, '')
        for path, text in zip(paths, texts):
            self.project.save(path, text.format(2, 2))
            server.get()
        os.unlink(lock)
        self.assertEqual(server.wait('reloaded')['files'], sorted(paths))
        self.assertEqual(server.get(), '4')
        self.assertEqual(len(server.of('reloading')), 1)

    def test_a_burst_ends_in_the_last_state(self) -> None:
        server = self.started()
        for number in range(60):
            # Bodies, constants, and errors in between.
            self.project.save(self.main, page(f'= {number}' if number % 7 == 3 else number, before=f'X = {number // 5}'))
            if number % 4 == 0:
                server.get()
        self.project.save(self.main, page("'last'"))
        while server.get() != 'last':
            server.wait('reloaded')
        self.project.save(self.main, page("'over'"))
        server.wait('reloaded')
        while server.get() != 'over':
            server.wait('reloaded')

    def test_a_file_moved_into_place(self) -> None:
        server = self.started()
        os.replace(self.project.save(f'{self.main}.tmp', page("'two'")), self.main)
        self.assertEqual((server.wait('reloaded')['files'], server.get()), ([self.main], 'two'))

    def test_what_editors_leave_beside_a_file(self) -> None:
        server = self.started()
        for name in ('.main.py.swp', '.main.py.swx', '4913', 'main.py~', '#main.py#', 'main.py.bak', '.main.py.kate-swp', 'main.pyc'):
            self.project.save(os.path.join(self.folder, name), page('other'))
        os.symlink('someone@somewhere.1', os.path.join(self.folder, '.#main.py'))
        os.unlink(os.path.join(self.folder, '4913'))
        self.project.save(self.main, page('WORD', before="WORD = 'two'"))
        self.assertEqual((server.wait('reloaded')['files'], server.get()), ([self.main], 'two'))
        self.assertEqual((len(server.of('reloaded')), len(server.of('reloading')), server.of('failed')), (1, 1, []))

    def test_by_looking(self) -> None:
        server = self.started('--watch=poll')
        self.project.save(self.main, page("'two'"))
        server.wait('reloaded', kind='patch', files=[self.main])
        os.replace(self.project.save(os.path.join(self.project.folder, 'new'), page("'three'", before='X = 1')), self.main)
        server.wait('reloaded', kind='fork', files=[self.main])
        self.assertEqual((server.get(), server.of('notice')), ('three', []))


class Addons(Case):
    def test_deleted(self) -> None:
        self.project.addon('shop', page("'one'"))
        self.project.addon('cart', page("'cart'", '/cart'))
        server = self.started()
        shutil.rmtree(os.path.join(self.project.live, 'cart'))
        while server.get('/cart') != '404':
            server.wait('reloaded')
        self.assertEqual(server.get(), 'one')

    def test_renamed_and_back(self) -> None:
        self.project.addon('shop', page("'one'"))
        main = self.project.addon('cart', page("'cart'", '/cart'))
        server = self.started()
        folder, other = os.path.dirname(main), os.path.join(self.project.live, 'basket')
        os.rename(folder, other)
        server.wait('reloaded')
        self.assertEqual((server.get('/cart'), server.get()), ('404', 'one'))
        os.rename(other, folder)
        server.wait('reloaded')
        self.assertEqual(server.get('/cart'), 'cart')
        self.project.save(main, page("'again'", '/cart'))
        server.wait('reloaded', kind='patch', files=[main])
        self.assertEqual(server.get('/cart'), 'again')

    def test_a_folder_of_code_is_gone(self) -> None:
        main = self.project.addon('shop', page('word()', before='try:\n    from .tools import word\nexcept ImportError:\n    word = str'))
        folder = os.path.join(os.path.dirname(main), 'tools')
        self.project.save(os.path.join(folder, '__init__.py'), "def word():\n    return 'one'\n")
        server = self.started()
        self.assertEqual(server.get(), 'one')
        os.rename(folder, os.path.join(self.project.folder, 'tools'))
        server.wait('reloaded', kind='fork')
        self.assertEqual(server.get(), '')

    def test_behind_a_symbolic_link(self) -> None:
        elsewhere = os.path.join(self.project.folder, 'elsewhere')
        main = self.project.addon('shop', page("'one'"), root=elsewhere)
        os.symlink(os.path.join(elsewhere, 'shop'), os.path.join(self.project.live, 'shop'))
        server = self.started()
        self.project.save(main, page("'two'"))
        server.wait('reloaded', kind='patch', files=[main])
        self.project.save(main, page("'two'", before='X = 1'))
        server.wait('reloaded', kind='fork', files=[main])
        self.assertEqual(server.get(), 'two')

    def test_a_link_is_pointed_elsewhere(self) -> None:
        folders = [os.path.join(self.project.folder, version) for version in ('one', 'two')]
        mains = [self.project.addon('shop', page(f"'{os.path.basename(folder)}'"), root=folder, install=folder == folders[0]) for folder in folders]
        link = os.path.join(self.project.live, 'shop')
        os.symlink(os.path.join(folders[0], 'shop'), link)
        server = self.started()
        self.assertEqual(server.get(), 'one')
        os.symlink(os.path.join(folders[1], 'shop'), f'{link}~')
        os.replace(f'{link}~', link)
        while server.get() != 'two':
            server.wait('reloaded')
        self.project.save(mains[1], page("'changed'"))
        server.wait('reloaded', kind='patch', files=[mains[1]])
        self.assertEqual(server.get(), 'changed')

    def test_all_addons_are_taken_away_and_come_back(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        away = f'{self.project.live}-away'
        server = self.started()
        os.rename(self.project.live, away)
        server.wait('reloaded')
        self.assertEqual(server.get(), '404')
        os.rename(away, self.project.live)
        while server.get() != 'one':
            server.wait('reloaded')
        self.project.save(main, page("'again'"))
        server.wait('reloaded', files=[main])
        self.assertEqual(server.get(), 'again')

    def test_installed_while_the_server_runs(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        late = self.project.addon('late', page("'late'", '/late'), install=False)
        server = self.started()
        self.project.database(installed=['base', 'shop', 'late'])
        self.project.save(late, page("'too late'", '/late'))
        self.project.save(main, page("'two'", before='X = 1'))
        server.wait('reloaded', kind='fork')
        self.project.save(late, page("'changed'", '/late'))
        server.wait('reloaded', kind='patch', files=[late])
        self.assertEqual(server.get('/late'), 'changed')


if __name__ == '__main__':
    unittest.main()
