import assert from 'node:assert/strict';
import { shellWords } from '../../../../src/adapters/formats/containers/shell-words.ts';
import { isOdooImage, startsOdoo } from '../../../../src/core/policy/odoo/command.ts';
import { argumentSettings } from '../../../../src/core/policy/odoo/settings.ts';

const wordsOf = (command: string) =>
  shellWords(command).map(({ value, from, to }) => ({
    value,
    file: 'f',
    range: { start: { line: 1, column: from + 1 }, end: { line: 1, column: to + 1 } },
  }));
const settings = (command: string) =>
  Object.fromEntries(
    argumentSettings(wordsOf(command))
      .reverse()
      .map(({ name, value }) => [name, value]),
  );

describe('a command', () => {
  it('starts Odoo by its program, whatever wraps it', () => {
    for (const command of [
      'odoo',
      'odoo db init x',
      '/usr/bin/odoo -d x',
      'python3 -u odoo-bin',
      'python -m debugpy --listen 0.0.0.0:5678 /usr/bin/odoo -d x',
      'exec gosu odoo odoo --workers=4',
      'sh -c odoo',
      'PGUSER=x odoo',
      'createdb x && odoo -d x',
      'wait-for-it db:5432 -- odoo',
      './odoo.py',
      'openerp-server',
    ])
      assert.ok(startsOdoo(wordsOf(command)), command);
  });

  it('does not start it where the word is a user, a database or a folder', () => {
    for (const command of [
      'psql -U odoo',
      'pg_isready -U odoo -d odoo',
      'createdb odoo',
      'chown -R odoo /x',
      'pip install odoo',
      'echo odoo',
      'docker compose up -d odoo',
      'cd odoo',
      'su -u odoo',
      'odoo-export',
      'sleep infinity',
    ])
      assert.ok(!startsOdoo(wordsOf(command)), command);
  });

  it('tells options of Odoo and of nothing else', () => {
    assert.deepEqual(settings('odoo --workers=4 --db-filter ^x$ -c /etc/x -dprod --no-database-list --smtp mail'), {
      workers: '4',
      dbfilter: '^x$',
      config: '/etc/x',
      db_name: 'prod',
      list_db: 'False',
      smtp_server: 'mail',
    });
    assert.deepEqual(settings('sh -c "mkdir" && mkdir -p /x && pip install -r y'), {});
    assert.deepEqual(settings('sh -c odoo -d a'), { db_name: 'a' });
    assert.deepEqual(settings('--addons-path=/x/odoo --workers=2'), { addons_path: '/x/odoo', workers: '2' });
    assert.deepEqual(settings('-- --workers=2'), { workers: '2' });
    assert.deepEqual(settings('/start.sh --workers=2 -d x'), { workers: '2' });
    assert.deepEqual(settings('odoo --workers=$W --x --y'), { workers: null });
  });

  it('lets the last of two count, and says where the value stands', () => {
    const [first] = argumentSettings(wordsOf('odoo --workers=4 --workers=6'));
    assert.deepEqual([first?.value, first?.range.start.column, first?.range.end.column], ['6', 28, 29]);
  });
});

describe('an image', () => {
  it('is an Odoo by its name', () => {
    for (const image of [
      'odoo',
      'odoo:19.0',
      'docker.io/library/odoo@sha256:abc',
      'localhost:5000/team/odoo',
      'tecnativa/doodba:17.0-onbuild',
      'ghcr.io/oca/oca-ci/py3.12-odoo19.0:latest',
      'ghcr.io/camptocamp/docker-odoo-project:16.0',
      'odoo19-platform-odoo:latest',
      'odoo17',
      'bitnami/odoo',
    ])
      assert.ok(isOdooImage(image), image);
    for (const image of [
      'postgres:18',
      'odoo-nginx',
      'team/odoo-exporter:1',
      'mcp-odoo',
      'nginx-odoo',
      'pgodoo',
      'odoo/postgres',
      'backup-odoo',
    ])
      assert.ok(!isOdooImage(image), image);
  });
});
