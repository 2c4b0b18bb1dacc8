import assert from 'node:assert/strict';
import { addonsPathStatements, isCompose, isSurface, stageStatements } from '../../../src/adapters/files/surfaces.ts';

const paths = (file: string, text: string) => addonsPathStatements(file, text).map((statement) => statement.paths);

describe('surfaces of §5.2', () => {
  for (const path of [
    'compose.yml',
    'docker-compose.yml',
    'docker-compose.prod.yaml',
    'docker/compose.staging.yml',
    '.devcontainer/devcontainer.json',
    'config/odoo.conf.template',
    'odoo.conf',
    'odoo.conf.j2',
    'Dockerfile',
    'Dockerfile.dev',
    'web.Dockerfile',
    'deploy/odoo.yaml',
    'k8s/base/odoo.yml',
    '.github/workflows/ci.yml',
    'README.md',
    'docs/architecture/ADDONS_STRUCTURE_BOUNDARY.md',
    '.env.template',
    '.env.staging.template',
    'Procfile',
  ]) {
    it(`look at ${path}`, () => assert.equal(isSurface(path), true));
  }
  for (const path of [
    'addons/oca/x/README.md',
    'addons/oca/x/static/description/odoo.conf',
    'node_modules/x/docker-compose.yml',
    'addons/ipai/x/tests/compose.yml',
    'data.yml',
    'compose.txt',
    'src/main.py',
  ]) {
    it(`leave ${path}`, () => assert.equal(isSurface(path), false));
  }
  it('tell compose files by their name', () => {
    assert.deepEqual(['compose.yml', 'a/compose.override.yaml', 'docker-compose.ci.yml', 'decompose.yml', 'compose.json'].map(isCompose), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('statements of the addons path', () => {
  const cases: [string, string, string, string[]][] = [
    ['a compose command', 'compose.yml', 'command: odoo --dev=all --addons-path=/w/a,/w/b\n', ['/w/a', '/w/b']],
    ['an option with a space', 'Procfile', 'web: odoo-bin --addons-path /w/a,/w/b -d x', ['/w/a', '/w/b']],
    ['a list of arguments', 'Dockerfile', 'CMD ["odoo", "--addons-path", "/w/a,/w/b"]', ['/w/a', '/w/b']],
    ['a list with =', 'Dockerfile', 'CMD ["odoo", "--addons-path=/w/a,/w/b", "-d", "x"]', ['/w/a', '/w/b']],
    ['single quotes', 'compose.yml', "command: ['odoo', '--addons-path=/w/a,/w/b']", ['/w/a', '/w/b']],
    ['a quoted value', 'run.md', 'odoo --addons-path="/w/a,/w/b" -d x', ['/w/a', '/w/b']],
    ['a configuration file', 'odoo.conf', '[options]\naddons_path = /w/a, /w/b\nlimit_request = 8192\n', ['/w/a', '/w/b']],
    ['a configuration file over several lines', 'odoo.conf', 'addons_path =\n  /w/a,\n  /w/b\ndb_name = x\n', ['/w/a', '/w/b']],
    ['a configuration file with indented continuation', 'odoo.conf', 'addons_path = /w/a,\n    /w/b\n', ['/w/a', '/w/b']],
    ['an environment variable', '.env.template', 'ODOO_ADDONS_PATH=/w/a,/w/b\n', ['/w/a', '/w/b']],
    ['a variable in YAML', 'compose.yml', '    environment:\n      ODOO_ADDONS_PATH: /w/a,/w/b\n', ['/w/a', '/w/b']],
    ['a variable in JSON', 'devcontainer.json', '"remoteEnv": { "ODOO_ADDONS_PATH": "/w/a,/w/b" }', ['/w/a', '/w/b']],
    [
      'the editor variable for the workspace',
      'devcontainer.json',
      '"--addons-path=${containerWorkspaceFolder}/a,${containerWorkspaceFolder}/b"',
      ['${containerWorkspaceFolder}/a', '${containerWorkspaceFolder}/b'],
    ],
    ['Markdown code', 'README.md', 'Run `odoo-bin --addons-path=/w/a,/w/b`.', ['/w/a', '/w/b']],
    ['CRLF', 'odoo.conf', '[options]\r\naddons_path = /w/a,/w/b\r\n', ['/w/a', '/w/b']],
    ['a folded YAML scalar', 'compose.yml', 'command: >\n  odoo\n  --addons-path=/w/a,/w/b\n  --dev=all\n', ['/w/a', '/w/b']],
  ];
  for (const [what, file, text, expected] of cases) it(`are found in ${what}`, () => assert.deepEqual(paths(file, text), [expected]));

  for (const text of [
    '--addons-path=<path>',
    '--addons-path=$ADDONS',
    '--addons-path=${ADDONS_PATH}',
    '--addons-path=...',
    '--addons-path …',
    'the `addons_path` key',
    '# no statement',
    '--addons-path={odoo,oca}',
    'addons_path = {{ addons }}',
  ]) {
    it(`are not seen in ${text}`, () => assert.deepEqual(paths('README.md', text), []));
  }

  it('are not taken from a comment', () => {
    assert.deepEqual(paths('odoo.conf', '; addons_path = /w/a\n# addons_path = /w/b\n'), []);
    assert.deepEqual(paths('compose.yml', '# command: odoo --addons-path=/w/x\n'), []);
  });

  it('stand where they stand', () => {
    const [statement] = addonsPathStatements('compose.yml', 'a: 1\ncommand: odoo --addons-path=/w/a,/w/b\n');
    assert.deepEqual(statement?.range, { start: { line: 2, column: 29 }, end: { line: 2, column: 38 } });
  });
});

describe('statements of ODOO_STAGE', () => {
  const stages = (text: string, file = 'compose.yml') =>
    stageStatements(file, text).map(({ service, value, expected }) => [service, value, expected]);
  const odoo = (environment: string, image = 'odoo:19.0') => `services:\n  web:\n    image: ${image}\n${environment}`;

  it('are read from a map and from a list', () => {
    assert.deepEqual(stages(odoo('    environment:\n      ODOO_STAGE: staging\n')), [['Service web', 'staging', null]]);
    assert.deepEqual(stages(odoo('    environment:\n      - ODOO_STAGE=staging\n')), [['Service web', 'staging', null]]);
    assert.deepEqual(stages(odoo('    environment:\n      - "ODOO_STAGE=production"\n')), [['Service web', 'production', null]]);
  });
  it('are missing where the service sets others or none', () => {
    assert.deepEqual(stages(odoo('')), [['Service web', null, null]]);
    assert.deepEqual(stages(odoo('    environment:\n      ODOO_STAGES: x\n')), [['Service web', null, null]]);
    assert.deepEqual(stages(odoo('    environment:\n      - ODOO_STAGES=x\n')), [['Service web', null, null]]);
  });
  it('come from outside where a variable says so, or its default stands for it', () => {
    assert.deepEqual(stages(odoo('    environment:\n      ODOO_STAGE: ${STAGE}\n')), [['Service web', undefined, null]]);
    assert.deepEqual(stages(odoo('    environment:\n      ODOO_STAGE: ${STAGE:-staging}\n')), [['Service web', 'staging', null]]);
    assert.deepEqual(stages(odoo('    environment:\n      - ODOO_STAGE\n')), [['Service web', undefined, null]]);
    assert.deepEqual(stages(odoo('    environment:\n      ODOO_STAGE:\n')), [['Service web', undefined, null]]);
  });
  it('may come from another service by an anchor', () => {
    const text =
      'x-odoo: &odoo\n  image: odoo:19.0\n  environment: &env\n    ODOO_STAGE: staging\nservices:\n  web:\n    <<: *odoo\n  cron:\n    image: odoo:19.0\n    environment: *env\n  worker:\n    image: odoo:19.0\n    environment:\n      <<: *env\n      X: y\n';
    assert.deepEqual(
      stages(text).map(([service, value]) => [service, value]),
      [
        ['Service web', 'staging'],
        ['Service cron', 'staging'],
        ['Service worker', 'staging'],
      ],
    );
  });
  it('are asked of services that run Odoo, by image or by command', () => {
    assert.deepEqual(stages('services:\n  db:\n    image: postgres:18\n  mail:\n    image: axllent/mailpit\n'), []);
    assert.equal(
      stages(
        'services:\n  a:\n    image: registry.example.com/team/odoo@sha256:abc\n  b:\n    build: .\n    command: odoo-bin -d x\n  c:\n    build: .\n    command: ["odoo", "-d", "x"]\n',
      ).length,
      3,
    );
  });
  it('are expected by the name of the file', () => {
    for (const [file, expected] of [
      ['docker-compose.prod.yml', 'production'],
      ['deploy/staging/compose.yml', 'staging'],
      ['.devcontainer/compose.yml', 'development'],
      ['compose.yml', null],
    ] as const) {
      assert.equal(stages(odoo(''), file)[0]?.[2], expected, file);
    }
  });
  it('are not read from broken YAML, or from what is no compose file', () => {
    assert.deepEqual(stages('services: [\n'), []);
    assert.deepEqual(stages('services:\n  - a\n'), []);
    assert.deepEqual(stages('just text'), []);
    assert.deepEqual(stages(odoo(''), 'k8s/odoo.yml'), []);
  });
});
