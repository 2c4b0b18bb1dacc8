import assert from 'node:assert/strict';
import { devcontainerReader } from '../../../../src/adapters/formats/containers/devcontainer.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const PATH = '.devcontainer/devcontainer.json';
const read = (text: string, path = PATH): FileFacts => devcontainerReader.read(path, text) as FileFacts;
const one = (value: object) => read(JSON.stringify(value)).containers![0]!;

describe('the reader of dev containers', () => {
  it('reads JSON with comments and trailing commas, positions kept', () => {
    const facts = read(
      '{\n  // ours\n  "name": "Odoo", /* x */\n  "image": "odoo:19.0",\n  "containerEnv": { "ODOO_STAGE": "development", },\n}\n',
    );
    const container = facts.containers![0]!;
    assert.deepEqual(facts.unreadable, []);
    assert.equal(container.name, 'Odoo');
    assert.deepEqual(container.image, { value: 'odoo:19.0', range: { start: { line: 4, column: 13 }, end: { line: 4, column: 22 } } });
    assert.deepEqual(container.environment[0]?.range, { start: { line: 5, column: 36 }, end: { line: 5, column: 47 } });
    assert.deepEqual(
      facts.pins?.map(({ reference, pinned }) => [reference, pinned]),
      [['odoo:19.0', false]],
    );
  });

  it('extends the services that it runs in, in their order', () => {
    assert.deepEqual(one({ dockerComposeFile: 'compose.yml', service: 'odoo' }).extends, [
      { file: '.devcontainer/compose.yml', service: 'odoo' },
    ]);
    assert.deepEqual(one({ dockerComposeFile: ['../compose.yml', 'compose.yml'], service: 'odoo' }).extends, [
      { file: 'compose.yml', service: 'odoo' },
      { file: '.devcontainer/compose.yml', service: 'odoo' },
    ]);
    assert.equal(one({ image: 'x' }).extends, null);
  });

  it('reads how it is built', () => {
    assert.deepEqual(one({ build: { dockerfile: 'Dockerfile', context: '..', target: 'dev' } }).build, {
      context: '',
      dockerfile: '.devcontainer/Dockerfile',
      target: 'dev',
    });
    assert.deepEqual(one({ dockerFile: '../Dockerfile' }).build, { context: '.devcontainer', dockerfile: 'Dockerfile' });
  });

  it('fills in the variables of the format', () => {
    const { environment, words } = one({
      workspaceFolder: '/workspaces/odoo',
      containerEnv: { A: '1', B: '${localEnv:B:two}', C: '${localEnv:C}', D: '${containerWorkspaceFolder}/x' },
      remoteEnv: { E: '${containerEnv:A}-${containerEnv:X:y}' },
      postStartCommand: 'odoo --addons-path=${containerWorkspaceFolder}/a',
    });
    assert.deepEqual(Object.fromEntries(environment.map(({ name, value, from }) => [name, [value, from]])), {
      A: ['1', null],
      B: ['two', 'B'],
      C: [null, 'C'],
      D: ['/workspaces/odoo/x', null],
      E: ['1-y', 'A'],
    });
    assert.equal(words[1]?.value, '--addons-path=/workspaces/odoo/a');
    const unset = one({ postStartCommand: 'odoo --addons-path=${containerWorkspaceFolder}/a' });
    assert.equal(unset.words[1]?.value, '--addons-path=${containerWorkspaceFolder}/a');
  });

  it('reads commands in their three forms, each one of its own', () => {
    const values = (postCreateCommand: unknown) => one({ postCreateCommand }).words.map(({ value }) => value);
    assert.deepEqual(values('pip install x && odoo'), ['pip', 'install', 'x', '&&', 'odoo', ';']);
    assert.deepEqual(values(['odoo', '-d', 'a b']), ['odoo', '-d', 'a b', ';']);
    assert.deepEqual(values({ a: 'odoo', b: ['x', 'y'] }), ['odoo', ';', 'x', 'y', ';', ';']);
  });

  it('reads mounts, and where the repository is', () => {
    const mounts = (value: object) => one(value).mounts.map(({ source, target }) => `${source ?? '-'} ${target}`);
    assert.deepEqual(
      mounts({
        workspaceMount: 'source=${localWorkspaceFolder},target=/mnt/repo,type=bind',
        workspaceFolder: '/mnt/repo',
        mounts: [
          'source=${localWorkspaceFolder}/addons,target=/mnt/addons,type=bind',
          { source: 'data', target: '/var/lib/odoo', type: 'volume' },
          'source=${localEnv:HOME}/.ssh,target=/root/.ssh,type=bind',
        ],
      }),
      ['addons /mnt/addons', '- /var/lib/odoo', '- /root/.ssh', ' /mnt/repo'],
    );
    assert.deepEqual(mounts({ image: 'x', workspaceFolder: '/w' }), [' /w']);
    assert.deepEqual(mounts({ dockerComposeFile: 'c.yml', service: 's', workspaceFolder: '/w' }), []);
    assert.deepEqual(mounts({ image: 'x' }), []);
  });

  it('says of what is no JSON where it breaks, once, and reads the rest', () => {
    const { unreadable, containers } = read('{\n  "name": "x",\n  "image": "odoo:19.0"\n  "service" = 1\n');
    assert.equal(unreadable?.length, 1);
    assert.match(unreadable[0]!.message, /This is no JSON/);
    assert.equal(unreadable[0]!.range.start.line, 4);
    assert.equal(containers?.[0]?.image?.value, 'odoo:19.0');
    for (const odd of ['', '[]', 'null', '{"mounts": 3, "build": [], "containerEnv": [], "postCreateCommand": [[1]], "image": 4}'])
      assert.doesNotThrow(() => read(odd), odd);
  });
});
