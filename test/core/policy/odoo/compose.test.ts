import assert from 'node:assert/strict';
import { composeReader } from '../../../../src/adapters/formats/containers/compose.ts';
import { devcontainerReader } from '../../../../src/adapters/formats/containers/devcontainer.ts';
import { dockerfileReader } from '../../../../src/adapters/formats/containers/dockerfile.ts';
import { dotenvReader } from '../../../../src/adapters/formats/containers/dotenv.ts';
import { resolveContainers } from '../../../../src/core/policy/odoo/compose.ts';
import { repositoryFacts } from '../../../support/policy-facts.ts';

const READERS = [composeReader, devcontainerReader, dockerfileReader, dotenvReader];
/** `file name: image | command | variables, each with its file`. */
async function resolved(texts: Record<string, string>): Promise<string[]> {
  return resolveContainers(await repositoryFacts(READERS, texts)).map(({ file, name, image, base_image, words, environment }) => {
    const variables = environment.map((one) => `${one.name}=${one.value ?? '?'}@${one.file}`).join(' ');
    return `${file} ${name}: ${image?.value ?? base_image?.value ?? '-'} | ${words.map(({ value }) => value).join(' ')} | ${variables}`;
  });
}

describe('containers as they would be started', () => {
  it('put an overlay over its base, which is not started alone', async () => {
    assert.deepEqual(
      await resolved({
        'compose.yml':
          'services:\n  odoo:\n    image: odoo\n    command: odoo -d x\n    environment: { A: 1, B: 1 }\n  db:\n    image: postgres\n',
        'compose.staging.yml': 'services:\n  odoo:\n    environment: { B: 2 }\n',
        'docker-compose.prod.yml': 'services:\n  odoo:\n    command: odoo -d y\n',
        'other/compose.staging.yml': 'services:\n  odoo:\n    environment: { C: 3 }\n',
      }),
      [
        'compose.yml db: postgres |  | ',
        'compose.staging.yml odoo: odoo | odoo -d x | A=1@compose.yml B=2@compose.staging.yml',
        'docker-compose.prod.yml odoo: odoo | odoo -d y | A=1@compose.yml B=1@compose.yml',
        'other/compose.staging.yml odoo: - |  | C=3@other/compose.staging.yml',
      ],
    );
  });

  it('leave a file with an image of its own as it is', async () => {
    assert.deepEqual(
      await resolved({
        'compose.yml': 'services:\n  odoo: { image: odoo, environment: { A: 1 } }\n',
        'compose.prod.yml': 'services:\n  odoo: { image: "odoo:19" }\n',
      }),
      ['compose.yml odoo: odoo |  | A=1@compose.yml', 'compose.prod.yml odoo: odoo:19 |  | '],
    );
  });

  it('follow extends over files, and end where they go in a circle', async () => {
    assert.deepEqual(
      await resolved({
        'common.yaml':
          'services:\n  odoo: { image: odoo, environment: { A: 1, B: 1 }, extends: { service: low } }\n  low: { image: low, environment: { L: 0 } }\n',
        'prod.yaml': 'services:\n  odoo: { extends: { file: common.yaml, service: odoo }, environment: { B: 2 } }\n',
      }).then((all) => all.at(-1)),
      'prod.yaml odoo: odoo |  | L=0@common.yaml A=1@common.yaml B=2@prod.yaml',
    );
    const circle = await resolved({
      'compose.yml':
        'services:\n  a: { image: x, extends: b, environment: { A: 1 } }\n  b: { extends: a, environment: { B: 1 } }\n  c: { image: y, extends: c }\n  d: { image: z, extends: { file: gone.yml, service: d } }\n',
    });
    assert.deepEqual(circle, [
      'compose.yml a: x |  | B=1@compose.yml A=1@compose.yml',
      'compose.yml b: x |  | A=1@compose.yml B=1@compose.yml',
      'compose.yml c: y |  | ',
      'compose.yml d: z |  | ',
    ]);
  });

  it('put a service over the Dockerfile that it builds, in its context and its stage', async () => {
    const texts = {
      'docker/Dockerfile': 'FROM odoo:19.0 AS base\nENV A=1\nCOPY addons /mnt/a\nCMD ["odoo", "-d", "x"]\nFROM base AS dev\nENV A=2\n',
      'compose.yml':
        'services:\n  web:\n    build: { context: ., dockerfile: docker/Dockerfile, target: base }\n  dev:\n    image: mine\n    build: { context: ., dockerfile: docker/Dockerfile }\n    command: odoo -d y\n',
    };
    const all = resolveContainers(await repositoryFacts(READERS, texts)).filter(({ kind }) => kind === 'compose');
    assert.deepEqual(
      all.map(({ name, base_image, words, image_environment, mounts }) => [
        name,
        base_image?.value,
        words.map(({ value }) => value).join(' '),
        image_environment.map(({ value, file }) => `${value ?? ''}@${file}`).join(),
        mounts.map(({ source, target }) => `${source ?? '-'} ${target}`).join(),
      ]),
      [
        ['web', 'odoo:19.0', 'odoo -d x', '1@docker/Dockerfile', 'addons /mnt/a'],
        ['dev', 'odoo:19.0', 'odoo -d y', '2@docker/Dockerfile', 'addons /mnt/a'],
      ],
    );
  });

  it('put a dev container over its services, of which those in its folder are there for it alone', async () => {
    assert.deepEqual(
      await resolved({
        'compose.yml': 'services:\n  odoo: { image: odoo, environment: { A: 1, B: 1, C: 1 } }\n',
        '.devcontainer/compose.yml': 'services:\n  odoo: { command: sleep infinity, environment: { B: 2, C: 2 } }\n',
        '.devcontainer/devcontainer.json':
          '{ "name": "dev", "dockerComposeFile": ["../compose.yml", "compose.yml"], "service": "odoo", "containerEnv": { "C": "3" } }',
      }),
      [
        'compose.yml odoo: odoo |  | A=1@compose.yml B=1@compose.yml C=1@compose.yml',
        '.devcontainer/devcontainer.json dev: odoo | sleep infinity | A=1@compose.yml B=2@.devcontainer/compose.yml C=3@.devcontainer/devcontainer.json',
      ],
    );
  });

  it('take a variable without a value from the .env beside the file', async () => {
    const compose = 'services:\n  odoo:\n    image: odoo\n    environment:\n      A: ${A}\n      B: x-${A}\n      C: ${C}\n      A2:\n';
    assert.deepEqual(await resolved({ 'deploy/compose.yml': compose, 'deploy/.env': 'A=1\nA2=2\n', '.env': 'C=3\n' }), [
      'deploy/compose.yml odoo: odoo |  | A=1@deploy/compose.yml B=?@deploy/compose.yml C=?@deploy/compose.yml A2=2@deploy/compose.yml',
    ]);
  });
});
