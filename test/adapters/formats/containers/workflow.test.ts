import assert from 'node:assert/strict';
import { workflowReader } from '../../../../src/adapters/formats/containers/workflow.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string): FileFacts => workflowReader.read('.github/workflows/ci.yml', text) as FileFacts;

describe('the reader of workflows', () => {
  it('tells which actions and images are pinned', () => {
    const sha = 'a'.repeat(40);
    const { pins } = read(
      `jobs:\n  a:\n    container: { image: "odoo:19.0" }\n    services:\n      db: { image: "postgres@sha256:${'b'.repeat(64)}" }\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup-node@${sha} # v4\n      - uses: ./.github/actions/x\n      - uses: docker://alpine:3\n  b:\n    uses: team/repo/.github/workflows/x.yml@main\n  c:\n    container: node:20\n`,
    );
    assert.deepEqual(
      pins?.map(({ what, reference, pinned }) => [what, reference.slice(0, 24), pinned]),
      [
        ['image', 'odoo:19.0', false],
        ['image', 'postgres@sha256:bbbbbbbb', true],
        ['action', 'actions/checkout@v4', false],
        ['action', 'actions/setup-node@aaaaa', true],
        ['action', './.github/actions/x', true],
        ['image', 'alpine:3', false],
        ['action', 'team/repo/.github/workfl', false],
        ['image', 'node:20', false],
      ],
    );
    const action = 'runs:\n  using: composite\n  steps:\n    - uses: actions/cache@v4\n';
    assert.equal((workflowReader.read('.github/actions/x/action.yml', action) as FileFacts).pins?.length, 1);
  });

  it('tells a step that starts Odoo or sets its stage, with the variables around it', () => {
    const { containers } = read(
      'env: { A: "1", B: "1" }\njobs:\n  test:\n    env: { B: "2" }\n    steps:\n      - run: echo odoo && pip install odoo\n      - name: Run\n        run: |\n          createdb odoo\n          odoo --workers=2 \\\n            -d test\n        env:\n          C: ${{ secrets.PROD_KEY }}\n          D: ${{ github.ref }}\n      - run: ./deploy.sh\n        env: { ODOO_STAGE: staging }\n',
    );
    assert.deepEqual(
      containers?.map(({ name, environment }) => [name, environment.map((one) => `${one.name}=${one.value ?? one.from ?? '?'}`)]),
      [
        ['test, Run', ['C=PROD_KEY', 'D=?', 'B=2', 'A=1']],
        ['test, step 3', ['ODOO_STAGE=staging', 'B=2', 'A=1']],
      ],
    );
    assert.deepEqual(containers[0]?.words.map(({ value }) => value).join(' '), 'createdb odoo ; odoo --workers=2 -d test ;');
  });

  it('tells addons paths of what it runs, where they stand', () => {
    const text =
      'jobs:\n  a:\n    steps:\n      - run: |\n          docker run odoo odoo --addons-path=/a,/b\n      - run: odoo --addons-path=$X\n';
    assert.deepEqual(read(text).addons_paths, [
      { paths: ['/a', '/b'], range: { start: { line: 5, column: 46 }, end: { line: 5, column: 51 } } },
    ]);
  });

  it('says of broken YAML where it breaks', () => {
    const { unreadable } = read('on: push\njobs:\n  a:\n    steps: [\n');
    assert.deepEqual([unreadable?.length, unreadable?.[0]?.range.start.line], [1, 5]);
    for (const odd of ['', 'jobs: 1\n', 'jobs:\n  a:\n', 'jobs:\n  a: { steps: [1, { run: [x] }, { uses: 3 }] }\n'])
      assert.doesNotThrow(() => read(odd));
  });
});
