import assert from 'node:assert/strict';
import { configFrom } from '../../../src/adapters/files/config-file.ts';
import { checkAddonsPathOrder } from '../../../src/core/policy/addons-path-order.ts';
import { countFindings, hasErrors } from '../../../src/core/policy/finding.ts';
import { checkLinearPromotion } from '../../../src/core/policy/linear-promotion.ts';
import { checkOdooStage, type StageStatement } from '../../../src/core/policy/odoo-stage.ts';
import { checkReproducibleBuild } from '../../../src/core/policy/old-reproducible-build.ts';

const range = { start: { line: 3, column: 5 }, end: { line: 3, column: 9 } };
const config = configFrom('');
const CANONICAL = ['odoo', 'oca', 'ipai', 'ipai_meta'].map((name) => `/workspaces/odoo/addons/${name}`);
const pathFindings = (paths: readonly string[]) => checkAddonsPathOrder([{ file: 'compose.yml', range, paths }], config);

describe('rule addons-path-order', () => {
  it('accepts the canonical order, however it is spelled', () => {
    assert.deepEqual(pathFindings(CANONICAL), []);
    assert.deepEqual(pathFindings(['addons/odoo', './addons/oca', 'addons/ipai/', '${containerWorkspaceFolder}/addons/ipai_meta']), []);
    assert.deepEqual(pathFindings(['${PWD}/addons/odoo', '/workspaces/odoo//addons/oca', ' addons/ipai', 'addons/ipai_meta']), []);
  });

  it('reports another order, a missing and an additional folder, with file, place and fix', () => {
    const [order] = pathFindings([CANONICAL[0]!, CANONICAL[2]!, CANONICAL[1]!, CANONICAL[3]!]);
    assert.equal(order?.message, 'The addons path has another order, compared with odoo.addons_path in odoo-ops.yml.');
    assert.deepEqual([order.file, order.range, order.severity, order.paragraph], ['compose.yml', range, 'error', '§5.2']);
    assert.equal(order.fix, `Write ${CANONICAL.join(',')}`);
    assert.match(pathFindings(CANONICAL.slice(0, 3))[0]?.message ?? '', /lacks \/workspaces\/odoo\/addons\/ipai_meta/);
    assert.match(pathFindings([...CANONICAL, '/opt/x'])[0]?.message ?? '', /has \/opt\/x besides/);
    assert.match(pathFindings([...CANONICAL.slice(1), '/opt/x'])[0]?.message ?? '', /lacks .*odoo\/addons\/odoo and has \/opt\/x besides/);
  });

  it('reports a folder that stands twice', () => assert.equal(pathFindings([...CANONICAL, CANONICAL[0]!]).length, 1));
});

describe('rule odoo-stage', () => {
  const messages = (value: StageStatement['value'], expected: StageStatement['expected']) =>
    checkOdooStage([{ file: 'compose.yml', range, service: 'Service odoo', value, expected }]).map(
      ({ message, fix }) => `${message} ${fix}`,
    );
  it('accepts each stage where nothing else is expected, and the expected one', () => {
    for (const stage of ['development', 'staging', 'production'] as const) {
      assert.deepEqual(messages(stage, null), []);
      assert.deepEqual(messages(stage, stage), []);
    }
  });
  it('says nothing of a value that comes from outside', () => assert.deepEqual(messages(undefined, 'production'), []));
  it('reports a service without it, an unknown stage, and the stage of another environment', () => {
    assert.deepEqual(messages(null, 'staging'), ['Service odoo starts Odoo without ODOO_STAGE. Set ODOO_STAGE: staging']);
    assert.deepEqual(messages('prod', null), [
      'ODOO_STAGE is "prod", which is no stage. Set ODOO_STAGE: development, staging or production',
    ]);
    assert.deepEqual(messages('production', 'staging'), ['ODOO_STAGE is production in a file for staging. Set ODOO_STAGE: staging']);
    assert.deepEqual(messages('', null).length, 1);
  });
});

describe('rule reproducible-build', () => {
  const rules = (paths: readonly string[], submodules: readonly string[] = []) =>
    checkReproducibleBuild(
      paths,
      submodules.map((path) => ({ path, mode: '160000', object: 'a' })),
    ).map(({ file, message }) => `${file ?? '-'}: ${message}`);
  it('accepts a lock file beside the requirements', () => {
    assert.deepEqual(rules(['requirements.txt', 'requirements.txt.lock']), []);
    assert.deepEqual(rules(['pyproject.toml', 'uv.lock']), []);
  });
  it('reports a missing lock file, missing requirements and submodules', () => {
    assert.match(rules(['requirements.txt'])[0] ?? '', /^requirements\.txt: requirements\.txt has no lock file/);
    assert.match(rules([])[0] ?? '', /^-: There is no requirements\.txt/);
    assert.match(rules(['pyproject.toml', 'uv.lock'], ['addons/oca/x'])[0] ?? '', /^addons\/oca\/x: addons\/oca\/x is a submodule/);
  });
});

describe('findings', () => {
  it('of history have no file', () => {
    const [finding] = checkLinearPromotion([{ code: 'direct-commit', message: 'm', hint: 'h', commits: [] }]);
    assert.deepEqual([finding?.file, finding?.fix, finding?.severity, finding?.rule], [null, 'h', 'error', 'linear-promotion']);
  });
  it('are counted by severity', () => {
    const [error] = checkLinearPromotion([{ code: 'route', message: '', hint: '', commits: [] }]);
    const warning = { ...error!, severity: 'warning' as const };
    assert.deepEqual([[], [error!], [warning, warning], [error!, error!, warning]].map(countFindings), [
      '0 errors',
      '1 error',
      '2 warnings',
      '2 errors, 1 warning',
    ]);
    assert.deepEqual([hasErrors([]), hasErrors([warning]), hasErrors([warning, error!])], [false, false, true]);
  });
});
