import assert from 'node:assert/strict';
import type { Edit, Finding } from '../../../src/core/policy/finding.ts';
import { odooStage } from '../../../src/core/policy/odoo-stage.ts';
import { READERS } from '../../../src/runtime/policy/readers.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const check = async (texts: Record<string, string>, configuration = ''): Promise<Finding[]> =>
  findingsOf(odooStage, await repositoryFacts(READERS, texts, { configuration }));
const messages = async (texts: Record<string, string>, configuration?: string) =>
  (await check(texts, configuration)).map(({ file, range, message }) => `${file ?? ''}:${range?.start.line ?? 0} ${message}`);
const compose = (lines: string): string => `services:\n  odoo:\n    image: odoo:19.0\n${lines}`;

function mended(text: string, edits: readonly Edit[]): string {
  const lines = text.split('\n');
  for (const { range, text: put } of edits) {
    const line = lines[range.start.line - 1]!;
    lines[range.start.line - 1] = line.slice(0, range.start.column - 1) + put + line.slice(range.end.column - 1);
  }
  return lines.join('\n');
}

describe('rule odoo-stage', () => {
  it('says where there is nothing to look at', async () => {
    const answer = odooStage.check(
      await repositoryFacts(READERS, { 'compose.yml': 'services:\n  db: { image: postgres }\n', 'odoo.conf': '[options]\n' }),
    );
    assert.match('not_applicable' in answer ? answer.not_applicable : '', /starts Odoo/);
  });

  it('accepts each stage where nothing else is expected, and the expected one', async () => {
    for (const stage of ['development', 'staging', 'production'])
      assert.deepEqual(await messages({ 'compose.yml': compose(`    environment: [ODOO_STAGE=${stage}]\n`) }), []);
    assert.deepEqual(await messages({ 'compose.prod.yml': compose('    environment: { ODOO_STAGE: production }\n') }), []);
  });

  it('finds an Odoo without it: services, one-shots, containers, dev containers', async () => {
    assert.deepEqual(
      await messages({
        'compose.yml': `${compose('')}  init:\n    build: .\n    command: odoo db init x\n  db: { image: postgres }\n`,
        'k8s/o.yaml':
          'apiVersion: batch/v1\nkind: Job\nmetadata: { name: init }\nspec: { template: { spec: { containers: [{ name: o, image: odoo }] } } }\n',
        '.devcontainer/devcontainer.json': '{ "name": "dev",\n "image": "odoo:19.0" }',
        '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: odoo -d test\n',
      }),
      [
        'compose.yml:2 Service odoo starts Odoo without ODOO_STAGE.',
        'compose.yml:4 Service init starts Odoo without ODOO_STAGE.',
        'k8s/o.yaml:4 Container init starts Odoo without ODOO_STAGE.',
        '.devcontainer/devcontainer.json:1 Dev container dev starts Odoo without ODOO_STAGE.',
      ],
    );
  });

  it('finds what is no stage, and the stage of another environment, in whatever file says it', async () => {
    assert.deepEqual(
      await messages({
        'compose.staging.yml': compose('    environment:\n      ODOO_STAGE: production\n'),
        'deploy/compose.yml': compose('    env_file: odoo.env\n'),
        'deploy/odoo.env': 'A=1\nODOO_STAGE=prod\n',
        '.env.prod': 'ODOO_STAGE=staging\n',
        'k8s/prod/env.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: e }\ndata:\n  ODOO_STAGE: test\n',
        '.github/workflows/deploy.yml': 'jobs:\n  a:\n    steps:\n      - run: ./deploy\n        env: { ODOO_STAGE: live }\n',
      }),
      [
        'compose.staging.yml:5 ODOO_STAGE is production where the names say staging.',
        'deploy/odoo.env:2 ODOO_STAGE is "prod", which is no stage.',
        '.github/workflows/deploy.yml:5 ODOO_STAGE is "live", which is no stage.',
        '.env.prod:1 ODOO_STAGE is staging where the names say production.',
        'k8s/prod/env.yaml:5 ODOO_STAGE is "test", which is no stage.',
      ],
    );
    assert.deepEqual(await messages({ 'compose.yml': compose("    environment: { ODOO_STAGE: '' }\n") }), [
      'compose.yml:4 ODOO_STAGE is "", which is no stage.',
    ]);
  });

  it('takes on trust what comes from outside', async () => {
    for (const lines of [
      '    environment: { ODOO_STAGE: "${ODOO_STAGE}" }\n',
      '    environment: [ODOO_STAGE]\n',
      '    environment:\n      ODOO_STAGE:\n',
      '    env_file: .env\n',
    ])
      assert.deepEqual(await messages({ 'compose.yml': compose(lines) }), [], lines);
    assert.deepEqual(await messages({ 'compose.yml': compose('    env_file: .env\n'), '.env': 'A=1\n' }), [
      'compose.yml:2 Service odoo starts Odoo without ODOO_STAGE.',
    ]);
    assert.deepEqual(await messages({ 'compose.yml': compose('    environment: { ODOO_STAGE: "${X:-live}" }\n') }), [
      'compose.yml:4 ODOO_STAGE is "live", which is no stage.',
    ]);
  });

  it('leaves what a template asks people to fill in', async () => {
    assert.deepEqual(
      await messages({
        '.env.example': 'ODOO_STAGE=CHANGE_ME\n',
        '.env.template': 'ODOO_STAGE=\n',
        'a/.env.sample': 'ODOO_STAGE=development|staging|production\n',
        'b/.env.dist': 'ODOO_STAGE=<stage>\n',
      }),
      [],
    );
    assert.deepEqual(await messages({ '.env': 'ODOO_STAGE=CHANGE_ME\n' }), ['.env:1 ODOO_STAGE is "CHANGE_ME", which is no stage.']);
  });

  it('looks at overlays with their base, and at files that the configuration gives a stage', async () => {
    const base = compose('    environment: { A: 1 }\n');
    assert.deepEqual(
      await messages({ 'compose.yml': base, 'compose.prod.yml': 'services:\n  odoo: { environment: { ODOO_STAGE: production } }\n' }),
      [],
    );
    assert.deepEqual(
      await messages(
        { 'live/compose.yml': compose('    environment: { ODOO_STAGE: staging }\n') },
        'policy:\n  stages: { "live/**": production }\n',
      ),
      ['live/compose.yml:4 ODOO_STAGE is staging where the names say production.'],
    );
  });

  it('mends what it finds where the names tell the stage, and then finds nothing', async () => {
    const file = 'compose.staging.yml';
    const pod = (env: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata:\n  name: odoo-staging\nspec:\n  containers:\n    - name: odoo\n${env}      image: odoo\n`;
    for (const [path, text] of [
      [file, compose('    environment:\n      ODOO_STAGE: production\n')],
      [file, compose('    environment:\n      ODOO_STAGE: "prod"\n')],
      [file, compose('    environment:\n      - ODOO_STAGE=prod\n      - A=1\n')],
      [file, compose('    environment:\n      A: 1\n')],
      [file, compose('    environment:\n      - A=1\n')],
      [file, compose('    environment: { A: 1 }\n')],
      [file, compose('')],
      ['k8s/o.yaml', pod('')],
      ['k8s/o.yaml', pod('      env:\n        - name: A\n          value: b\n')],
      ['k8s/o.yaml', pod('      env:\n        - name: ODOO_STAGE\n          value: prod\n')],
      ['.devcontainer/devcontainer.json', '{\n  "image": "odoo",\n  "containerEnv": {\n    "A": "1"\n  }\n}\n'],
      ['.env.staging', 'export ODOO_STAGE="prod"\n'],
    ] as const) {
      const found = await check({ [path]: text });
      assert.equal(found.length, 1, text);
      const after = mended(text, found[0]!.edits ?? []);
      assert.notEqual(after, text);
      assert.deepEqual(await messages({ [path]: after }), [], after);
      assert.match(after, /ODOO_STAGE/);
    }
  });

  it('offers no edit where a person has to think', async () => {
    for (const texts of [
      { 'compose.yml': compose('') },
      { 'compose.prod.yml': compose('    environment: { ODOO_STAGE: "${X:-staging}" }\n') },
      { 'compose.prod.yml': `x: &e { A: 1 }\n${compose('    environment: *e\n')}` },
    ])
      assert.deepEqual(
        (await check(texts)).map(({ edits }) => edits),
        [undefined],
      );
  });

  it('is about one stage where that is known', async () => {
    const [finding] = await check({ 'compose.prod.yml': compose('') });
    assert.deepEqual([finding?.stage, finding?.severity, finding?.paragraph], ['production', 'error', '§3.2']);
  });
});
