import assert from 'node:assert/strict';
import { odooConfReader } from '../../../src/adapters/formats/odoo-conf.ts';
import type { FileFacts } from '../../../src/core/policy/facts.ts';

const read = (path: string, text: string): FileFacts => odooConfReader.read(path, text) as FileFacts;
const values = (facts: FileFacts) => Object.fromEntries((facts.confs?.[0]?.options ?? []).map(({ name, value }) => [name, value]));

describe('the reader of odoo.conf', () => {
  it('knows its names, and no other .conf by what is in it', () => {
    for (const path of [
      'odoo.conf',
      'config/odoo.conf.template',
      'deploy/prod.conf.j2',
      '.odoorc',
      'debian/openerp-server.conf',
      'odoo.cfg',
    ])
      assert.ok(odooConfReader.reads(path), path);
    for (const path of ['setup.cfg', 'docs/conf.py', 'a.configuration']) assert.ok(!odooConfReader.reads(path), path);
    assert.equal(odooConfReader.mayTell?.('server { listen 80; }'), false);
    assert.deepEqual(read('pacman.conf', '[options]\nHoldPkg = pacman\n'), {});
    assert.deepEqual(read('other.conf', '[database]\nhost = [options]\n'), {});
  });

  it('tells values, places and the section', () => {
    const { confs, unreadable } = read(
      'odoo.conf',
      '; old\n[options]\ndb_password = 50%\naddons_path = /a,\n   /b\n[queue_job]\nchannels = root:2\n',
    );
    assert.deepEqual(unreadable, []);
    assert.deepEqual(confs, [
      {
        section: { start: { line: 2, column: 1 }, end: { line: 2, column: 10 } },
        options: [
          { name: 'db_password', value: '50%', range: { start: { line: 3, column: 15 }, end: { line: 3, column: 18 } } },
          { name: 'addons_path', value: '/a,\n/b', range: { start: { line: 4, column: 15 }, end: { line: 5, column: 6 } } },
        ],
      },
    ]);
  });

  it('tells what Odoo would not start with at its place, and the rest all the same', () => {
    const facts = read('odoo.conf', '[options]\nworkers = 4\nworkers = 6\nlist_db = False\nnonsense\n');
    assert.deepEqual(
      facts.unreadable?.map(({ message, range }) => [message, range.start.line]),
      [
        ['Odoo does not start with it: The option workers is there twice.', 3],
        ['Odoo does not start with it: This line is neither an option (`name = value`) nor a section.', 5],
      ],
    );
    assert.deepEqual(values(facts), { workers: '4', list_db: 'False' });
  });

  it('reads a template of Jinja: what depends on a branch is not known', () => {
    const facts = read(
      'odoo.conf.j2',
      '{# made by Ansible #}\n[options]\n{% if live %}\nworkers = 4\n{% else %}\nworkers = 0\n{% endif %}\ndb_host = {{ host }}\n',
    );
    assert.deepEqual(facts.unreadable, []);
    assert.deepEqual(values(facts), { workers: '{% if %}', db_host: '{{ host }}' });
    assert.equal(facts.confs?.[0]?.options[1]?.range.start.line, 8);
  });

  it('reads templates of Go and of envsubst, with lines that are filled in', () => {
    const go = '[options]\n{{- if .Env.WORKERS }}\nworkers = {{ .Env.WORKERS }}\n{{ end -}}\n{{ .Env.MORE }}\n$EXTRA\nlist_db = False\n';
    assert.deepEqual(read('odoo.cfg.tmpl', go).unreadable, []);
    assert.deepEqual(values(read('odoo.cfg.tmpl', go)), { workers: '{{ .Env.WORKERS }}', list_db: 'False' });
  });

  it('is not held up by a template that never ends', () => {
    const started = performance.now();
    read('odoo.conf.j2', `[options]\nworkers = 4\n${'{% '.repeat(100_000)}${'<% '.repeat(100_000)}${'{{ if '.repeat(100_000)}`);
    assert.ok(performance.now() - started < 5000);
  });
});
