import assert from 'node:assert/strict';
import { configFrom } from '../../../../src/adapters/files/config-file.ts';
import { stageOfFile, stageOfName } from '../../../../src/core/policy/odoo/stage.ts';

describe('the stage that a name tells', () => {
  it('is one of its words', () => {
    for (const [name, stage] of [
      ['odoo-staging', 'staging'],
      ['prod', 'production'],
      ['odoo_production_2', 'production'],
      ['web.dev', 'development'],
      ['odoo', null],
      ['reproduce', null],
      ['devices', null],
      ['staging-prod', null],
    ] as const)
      assert.equal(stageOfName(name), stage, name);
  });

  it('is that of the file before that of its folders, and the configuration is over both', () => {
    const config = configFrom('policy:\n  stages: { "deploy/live/**": production, "deploy/prod/trial.yml": staging }\n');
    for (const [path, stage] of [
      ['docker-compose.prod.yaml', 'production'],
      ['deploy/staging/compose.yml', 'staging'],
      ['deploy/staging/compose.dev.yml', 'development'],
      ['.devcontainer/compose.yml', 'development'],
      ['deploy/live/compose.yml', 'production'],
      ['deploy/prod/trial.yml', 'staging'],
      ['compose.yml', null],
      ['docker/usr/local/etc/odoo.conf', null],
      ['local/odoo.conf', 'development'],
    ] as const)
      assert.equal(stageOfFile(path, config), stage, path);
  });
});
