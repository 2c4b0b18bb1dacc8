import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../src/core/config/schema.ts';
import { addonsPathOrder } from '../../src/core/policy/addons-path-order.ts';
import { odooInstances } from '../../src/core/policy/odoo/instances.ts';
import { odooStage } from '../../src/core/policy/odoo-stage.ts';
import { READERS } from '../../src/runtime/policy/readers.ts';
import { findingsOf, repositoryFacts } from '../support/policy-facts.ts';

const run = promisify(execFile);

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

const configurationSchema = z.object({
  service: z.string(),
  dockerComposeFile: z.string(),
  workspaceFolder: z.string(),
  remoteUser: z.string(),
  forwardPorts: z.array(z.union([z.number(), z.string()])),
  portsAttributes: z.record(z.string(), z.object({ label: z.string(), onAutoForward: z.string() })),
  customizations: z.object({ vscode: z.object({ extensions: z.array(z.string()) }) }),
});

const serviceSchema = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  ports: z.array(z.unknown()).default([]),
  volumes: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  healthcheck: z.unknown().optional(),
});
const composeSchema = z.object({ services: z.record(z.string(), serviceSchema) });

/** As an editor reads it. It asks Docker only whether the container exists already; `true` stands in, and answers no. */
async function readConfiguration(): Promise<z.output<typeof configurationSchema>> {
  const { stdout } = await run(
    'npx',
    ['--no-install', 'devcontainer', 'read-configuration', '--workspace-folder', root, '--docker-path', 'true'],
    { cwd: root },
  );
  return z.object({ configuration: configurationSchema }).parse(JSON.parse(stdout)).configuration;
}

describe('the dev container', function () {
  this.timeout(60_000);

  const config = configSchema.parse({});
  let configuration: z.output<typeof configurationSchema>;
  let services: z.output<typeof composeSchema>['services'];
  let files: { path: string; text: string }[];

  before(async () => {
    configuration = await readConfiguration();
    services = composeSchema.parse(parse(await read('.devcontainer/compose.yml'))).services;
    const paths = ['devcontainer.json', 'compose.yml', 'Dockerfile', 'init.sql', 'setup.sh'].map((name) => `.devcontainer/${name}`);
    files = await Promise.all([...paths, 'docs/dev-container.md'].map(async (path) => ({ path, text: await read(path) })));
  });

  const odoo = () => services['odoo']!;

  it('opens the service odoo at the workspace folder that the configuration defaults to', () => {
    assert.equal(configuration.dockerComposeFile, 'compose.yml');
    assert.equal(configuration.service, 'odoo');
    assert.equal(configuration.workspaceFolder, config.odoo.workspace_folder);
    assert.ok(odoo().volumes.includes(`..:${config.odoo.workspace_folder}:cached`), 'the repository is not mounted there');
  });

  it('works as a user who is not root', () => {
    assert.notEqual(configuration.remoteUser, 'root');
  });

  it('forwards each port under a label, and publishes none', () => {
    for (const port of [config.odoo.http_port, 8072, 8025, 'db:5432']) {
      assert.ok(configuration.forwardPorts.includes(port), `${port} is not forwarded`);
      assert.ok(configuration.portsAttributes[port]?.label, `${port} has no label`);
    }
    assert.equal(configuration.portsAttributes['db:5432']?.onAutoForward, 'silent');
    for (const [name, { ports }] of Object.entries(services)) assert.deepEqual(ports, [], `${name} publishes a port`);
  });

  it('installs the extension', async () => {
    const { publisher, name } = z.object({ publisher: z.string(), name: z.string() }).parse(JSON.parse(await read('package.json')));
    assert.ok(configuration.customizations.vscode.extensions.includes(`${publisher}.${name}`));
    assert.match(await read('.devcontainer/setup.sh'), new RegExp(`'"name": "${name}"'`), 'setup.sh does not recognize this repository');
  });

  it('runs Odoo for development, with the canonical addons path', () => {
    const { environment } = odoo();
    assert.equal(environment['ODOO_STAGE'], 'development');
    assert.equal(environment['ODOO_DEV'], 'all');
    assert.equal(environment['ODOO_ADDONS_PATH'], config.odoo.addons_path.join(','));
  });

  it('sends mail to Mailpit only', () => {
    assert.equal(odoo().environment['ODOO_SMTP_SERVER'], 'mailpit');
    assert.equal(odoo().environment['ODOO_SMTP_PORT'], 1025);
    assert.match(services['mailpit']?.image ?? '', /mailpit/);
    // Codespaces forwards ports of the dev container itself only.
    assert.equal(services['mailpit']?.network_mode, 'service:odoo');
  });

  it("gives Odoo a role of its own, with the database's password", async () => {
    const { PGHOST: host, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = odoo().environment;
    assert.ok(host !== undefined && services[host], 'PGHOST is no service');
    assert.equal(password, services[host].environment['POSTGRES_PASSWORD']);
    const sql = await read('.devcontainer/init.sql');
    assert.match(sql, new RegExp(`CREATE ROLE ${user} LOGIN CREATEDB PASSWORD :'password'`));
    assert.doesNotMatch(sql, /\bSUPERUSER\b/);
    assert.match(sql, new RegExp(`CREATE DATABASE ${database} OWNER ${user} `));
  });

  it('pins each image by its tag', () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    const dockerfile = files.find(({ path }) => path.endsWith('Dockerfile'))?.text ?? '';
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!);
    assert.ok(
      bases.some((image) => image.startsWith(`odoo:${config.odoo.version}-`)),
      'the Dockerfile is not built on the configured Odoo',
    );
    for (const image of [...images, ...bases]) assert.match(image, /^[a-z/]+:v?\d+\.\d+[\w.-]*$/);
    for (const [name, { image, build }] of Object.entries(services)) assert.ok(image ?? build, `${name} has no image`);
  });

  it('tells when its services are healthy', () => {
    for (const name of ['db', 'mailpit']) assert.ok(services[name]?.healthcheck, `${name} has no health check`);
  });

  it('passes the rules that it would be checked by in an Odoo repository', async () => {
    const texts = Object.fromEntries(files.map(({ path, text }) => [path, text]));
    const facts = { ...(await repositoryFacts(READERS, texts)), config };
    for (const rule of [addonsPathOrder, odooStage]) assert.deepEqual(findingsOf(rule, facts), [], rule.name);
    assert.ok(
      odooInstances(facts).some(({ stage, settings }) => stage === 'development' && settings.some(({ name }) => name === 'addons_path')),
      'the Odoo of the dev container was not found',
    );
  });

  it('names no path of the machine that it was written on', () => {
    for (const { path, text } of files) assert.doesNotMatch(text, /\/(?:root|Users)\/|\/home\/(?!ubuntu\b)/, path);
  });
});
