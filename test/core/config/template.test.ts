import assert from 'node:assert/strict';
import { configTemplate, discover, type RepositoryFacts } from '../../../src/core/config/template.ts';
import { configFrom } from '../../../src/adapters/files/config-file.ts';

const facts = (extra: Partial<RepositoryFacts>): RepositoryFacts => ({
  paths: [],
  versions: [],
  branches: [],
  defaultBranch: null,
  composeFiles: [],
  ...extra,
});
const configOf = (extra: Partial<RepositoryFacts>) => configFrom(configTemplate(discover(facts(extra))));

describe('a first odoo-ops.yml', () => {
  it('names the addons folders by their manifests, in the order of §5.2', () => {
    const paths = [
      'addons/ipai_meta/a/__manifest__.py',
      'addons/ipai/b/__manifest__.py',
      'addons/oca/c/__manifest__.py',
      'addons/odoo/d/__manifest__.py',
      'README.md',
    ];
    assert.deepEqual(configOf({ paths }).odoo.addons_path, ['addons/odoo', 'addons/oca', 'addons/ipai', 'addons/ipai_meta']);
  });

  it('takes no manifest within a module for one', () => {
    const paths = ['addons/ipai/b/__manifest__.py', 'addons/ipai/b/tests/fixture/__manifest__.py', 'addons/ipai/__manifest__.py.txt'];
    assert.deepEqual(configOf({ paths }).odoo.addons_path, ['addons/ipai']);
  });

  it('finds modules at the root, as OCA repositories hold them', () => {
    assert.deepEqual(configOf({ paths: ['sale_x/__manifest__.py', 'sale_y/__manifest__.py'] }).odoo.addons_path, ['.']);
  });

  it('is valid without any module', () => assert.deepEqual(configOf({}).odoo.addons_path, ['addons/ipai']));

  for (const branch of ['main', 'master', '19.0', 'true', 'null', 'yes', '1e3', '0x10', 'feature/価格', "it's", 'a#b', '2026-01-01']) {
    it(`is valid with ${branch} as the default branch, which becomes staging`, () =>
      assert.equal(configOf({ defaultBranch: branch }).branches.staging, branch));
  }

  for (const folder of ['19.0', '1_0', 'null', 'with space', 'a: b', '- x']) {
    it(`is valid with addons in ${JSON.stringify(folder)}`, () => {
      assert.deepEqual(configOf({ paths: [`${folder}/x/__manifest__.py`] }).odoo.addons_path, [folder]);
    });
  }

  it('is valid where the default branch is production', () => {
    const config = configOf({ defaultBranch: 'production', branches: ['production', 'main'] });
    assert.deepEqual([config.branches.staging, config.branches.production], ['main', 'production']);
    assert.equal(configOf({ defaultBranch: 'prod', branches: ['prod'] }).branches.production, 'prod');
  });

  it('holds a section policy that is valid once its # are taken away', () => {
    const [, section = ''] = configTemplate(discover(facts({}))).split(/\n(?=# policy:)/);
    const { policy } = configFrom(section.replace(/^# /gm, ''));
    assert.deepEqual(policy.stages, { 'deploy/live/**': 'production' });
    assert.equal(policy.integrations[0]?.variables[0], 'SLACK_WEBHOOK_URL');
    assert.equal(policy.suppressions[0]?.until, '2027-01-31');
  });

  it('holds a section pull_requests that is valid once its # are taken away, and of defaults but for the host', () => {
    const [, section = ''] = /\n(# pull_requests:[\s\S]*?)\n\n/.exec(configTemplate(discover(facts({})))) ?? [];
    const { pull_requests } = configFrom(section.replace(/^# /gm, ''));
    assert.equal(pull_requests.host, 'pr-<number>-<slug>.dev.example.com');
    assert.deepEqual({ ...pull_requests, host: '' }, { ...configOf({}).pull_requests, host: '' });
  });

  it('says which compose files a check compares', () => {
    assert.match(
      configTemplate(discover(facts({ composeFiles: ['compose.yml', 'docker/compose.prod.yml'] }))),
      /compares it with compose\.yml, docker\/compose\.prod\.yml/,
    );
  });
});
