import assert from 'node:assert/strict';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';
import { odooInstances, settingOf } from '../../../../src/core/policy/odoo/instances.ts';
import { READERS } from '../../../../src/runtime/policy/readers.ts';
import { repositoryFacts } from '../../../support/policy-facts.ts';

const instances = async (texts: Record<string, string>, configuration = '') =>
  odooInstances(await repositoryFacts(READERS, texts, { configuration }));
const compose = (lines: string): string => `services:\n  odoo:\n    image: odoo:19.0\n${lines}`;
const conf = (options: string): string => `[options]\n${options}`;

describe('each Odoo that the files start', () => {
  it('is a service, a container, a dev container or a step, and an odoo.conf that none of them names', async () => {
    const found = await instances({
      'compose.yml': `${compose('')}  db:\n    image: postgres\n    environment: { POSTGRES_USER: odoo }\n  cron:\n    build: .\n    command: odoo\n`,
      'k8s/odoo.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: o, image: "odoo:19.0" }] }\n',
      '.devcontainer/devcontainer.json': '{ "name": "dev", "image": "odoo:19.0" }',
      '.github/workflows/ci.yml': 'jobs:\n  test:\n    steps:\n      - run: odoo-bin -d x\n',
      'config/odoo.conf': conf('workers = 4\n'),
      Dockerfile: 'FROM odoo:19.0\n',
    });
    assert.deepEqual(
      found.map(({ name, kind }) => `${kind}: ${name}`),
      [
        'compose: Service odoo',
        'compose: Service cron',
        'kubernetes: Container web',
        'devcontainer: Dev container dev',
        'workflow: Job test, step 1',
        'conf: config/odoo.conf',
      ],
    );
  });

  it('is known by a Dockerfile that begins with one, and by who mounts its configuration', async () => {
    const found = await instances({
      'compose.yml':
        'services:\n  a: { build: ./app, image: mine }\n  b: { image: team-x, volumes: ["./c:/etc/odoo"] }\n  c: { image: x, volumes: ["d:/var/lib/odoo"] }\n',
      'app/Dockerfile': 'FROM odoo:19.0\n',
    });
    assert.deepEqual(
      found.map(({ name }) => name),
      ['Service a', 'Service b'],
    );
  });

  it('has the settings of its arguments over its variables over its odoo.conf, each with its file', async () => {
    const texts = {
      'compose.yml': compose(
        '    command: odoo --workers=2\n    environment: { ODOO_WORKERS: "3", ODOO_LIST_DB: "False" }\n    env_file: odoo.env\n    volumes: ["./config:/etc/odoo"]\n',
      ),
      'odoo.env': 'ODOO_LIST_DB=True\nODOO_DBFILTER=x\n',
      'config/odoo.conf': conf('workers = 4\ndbfilter = y\nlog_level = warn\n'),
    };
    const [odoo, ...others] = await instances(texts);
    assert.equal(others.length, 0);
    const said = (name: string) => {
      const setting = settingOf(odoo!, name);
      return [setting?.value, setting?.file, setting?.via];
    };
    assert.deepEqual(said('workers'), ['2', 'compose.yml', 'argument']);
    assert.deepEqual(said('list_db'), ['False', 'compose.yml', 'environment']);
    assert.deepEqual(said('dbfilter'), ['x', 'odoo.env', 'environment']);
    assert.deepEqual(said('log_level'), ['warn', 'config/odoo.conf', 'conf']);
    assert.equal(settingOf(odoo!, 'other'), undefined);
  });

  it('finds its odoo.conf by an argument, a variable, a mount, a COPY, a template or a ConfigMap', async () => {
    const linked = async (texts: Record<string, string>) =>
      (await instances(texts)).map(({ kind, confs }) => `${kind} ${confs.map(({ file }) => file).join()}`);
    const text = conf('workers = 4\n');
    assert.deepEqual(
      await linked({ 'compose.yml': compose('    command: odoo -c /c/x.conf\n    volumes: ["./cfg:/c"]\n'), 'cfg/x.conf': text }),
      ['compose cfg/x.conf'],
    );
    assert.deepEqual(
      await linked({
        'compose.yml': compose('    environment: { ODOO_RC: /r/odoo.conf }\n    volumes: ["./a.conf:/r/odoo.conf"]\n'),
        'a.conf': text,
      }),
      ['compose a.conf'],
    );
    assert.deepEqual(
      await linked({ 'compose.yml': compose('    volumes: ["./a/odoo.conf:/etc/odoo/odoo.conf"]\n'), 'a/odoo.conf.template': text }),
      ['compose a/odoo.conf.template'],
    );
    assert.deepEqual(
      await linked({
        'compose.yml': 'services:\n  odoo: { build: . }\n',
        Dockerfile: 'FROM odoo:19.0\nCOPY conf/odoo.conf /etc/odoo/\n',
        'conf/odoo.conf': text,
      }),
      ['compose conf/odoo.conf'],
    );
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata:\n  odoo.conf: |\n    [options]\n    workers = 4\n';
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n    - { name: o, image: odoo, volumeMounts: [{ name: v, mountPath: /etc/odoo }] }\n  volumes: [{ name: v, configMap: { name: c } }]\n';
    assert.deepEqual(await linked({ 'k8s/o.yaml': `${map}---\n${pod}` }), ['kubernetes k8s/o.yaml']);
  });

  it('sees an odoo.conf that nobody starts as the image sees it that copies it', async () => {
    const [alone] = await instances({
      'docker/Dockerfile': 'FROM odoo:19.0\nWORKDIR /opt\nCOPY addons /mnt/a\nCOPY config/odoo.conf /etc/odoo/\n',
      'addons/x/__manifest__.py': '{}',
      'config/odoo.conf': conf('addons_path = /mnt/a\n'),
    });
    assert.deepEqual(
      [alone?.kind, alone?.working_folder, alone?.mounts.map(({ source, target }) => `${source ?? '-'} ${target}`)],
      ['conf', '/opt', ['config/odoo.conf /etc/odoo/odoo.conf', 'addons /mnt/a']],
    );
  });

  it('has the stage of ODOO_STAGE or of the names, none where they disagree, and expects that of the names or of the configuration', async () => {
    const stages = async (texts: Record<string, string>, configuration = '') =>
      (await instances(texts, configuration)).map(({ stage, expected_stage }) => `${stage ?? '-'} ${expected_stage ?? '-'}`);
    assert.deepEqual(await stages({ 'compose.prod.yml': compose('    environment: { ODOO_STAGE: staging }\n') }), ['- production']);
    assert.deepEqual(await stages({ 'compose.prod.yml': compose('') }), ['production production']);
    assert.deepEqual(await stages({ 'compose.yml': compose('    environment: { ODOO_STAGE: other }\n') }), ['- -']);
    assert.deepEqual(await stages({ 'live/compose.yml': compose('') }, 'policy:\n  stages: { "live/**": production }\n'), [
      'production production',
    ]);
    assert.deepEqual(await stages({ 'compose.yml': 'services:\n  odoo-staging: { image: odoo }\n' }), ['staging staging']);
  });

  it('has variables of ConfigMaps and files, and says where some are hidden', async () => {
    const variables = async (texts: Record<string, string>) =>
      (await instances(texts)).map(
        ({ environment, has_hidden_variables }) =>
          `${environment.map(({ name, value, file }) => `${name}=${value ?? '?'}@${file}`).join()} ${has_hidden_variables ? 'hidden' : 'all'}`,
      );
    const pod = (from: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: o, image: odoo, envFrom: [${from}] }] }\n`;
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: env }\ndata: { ODOO_STAGE: staging }\n';
    assert.deepEqual(await variables({ 'k/p.yaml': pod('{ configMapRef: { name: env } }'), 'k/m.yaml': map }), [
      'ODOO_STAGE=staging@k/m.yaml all',
    ]);
    assert.deepEqual(await variables({ 'k/p.yaml': pod('{ secretRef: { name: env2 } }') }), [' hidden']);
    assert.deepEqual(
      await variables({
        'k/p.yaml': pod('{ configMapRef: { name: env } }'),
        'a/m.yaml': map,
        'b/m.yaml': map.replace('staging', 'production'),
      }),
      [' hidden'],
    );
    assert.deepEqual(await variables({ 'compose.yml': compose('    env_file: .env\n') }), [' hidden']);
    assert.deepEqual(await variables({ 'compose.yml': compose('    env_file: .env\n'), '.env': 'A=1\n' }), ['A=1@.env all']);
    assert.deepEqual(await variables({ 'compose.yml': compose('    env_file: .env\n'), '.env.example': 'A=1\n' }), [
      'A=1@.env.example all',
    ]);
    assert.deepEqual(await variables({ 'compose.yml': compose('    env_file: .env\n'), '.env': 'A=1\nA=2\n' }), ['A=2@.env all']);
    const built = {
      'compose.yml': compose('    build: .\n    env_file: a.env\n'),
      Dockerfile: 'FROM odoo:19.0\nENV A=0 B=0\n',
      'a.env': 'A=1\n',
    };
    assert.deepEqual(await variables(built), ['A=1@a.env,B=0@Dockerfile all']);
    assert.deepEqual(await variables({ 'compose.yml': compose('    env_file: [a.env, b.env]\n'), 'a.env': 'A=1\n', 'b.env': 'A=2\n' }), [
      'A=2@b.env all',
    ]);
  });

  it('has the networks of its base, and the default one where it names none', async () => {
    const networks = async (texts: Record<string, string>) =>
      (await instances(texts)).map(({ networks: all }) => all.map(({ name }) => name).join());
    const file = (own: string) => `${compose(own)}networks:\n  default: { internal: true }\n  inner: {}\n`;
    assert.deepEqual(await networks({ 'compose.yml': file('') }), ['default']);
    assert.deepEqual(await networks({ 'compose.yml': file('    networks: [inner]\n') }), ['inner']);
    assert.deepEqual(
      await networks({
        'compose.yml': file('    networks: [inner]\n'),
        'compose.prod.yml': 'services:\n  odoo: { environment: { A: 1 } }\n',
      }),
      ['inner'],
    );
  });

  it('is told by facts that are JSON: what a cache keeps is the same', async () => {
    const facts = await repositoryFacts(READERS, { 'compose.yml': compose('    environment: { A: 1 }\n'), 'a.env': 'B=1\n' });
    const files = new Map([...facts.files].map(([path, file]) => [path, JSON.parse(JSON.stringify(file)) as FileFacts]));
    assert.deepEqual(odooInstances({ ...facts, files }), odooInstances(facts));
  });
});
