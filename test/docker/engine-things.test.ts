import assert from 'node:assert/strict';
import { finished } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { dockerEngine } from '../../src/adapters/docker/engine.ts';
import { labelsOf } from '../../src/adapters/docker/labels.ts';
import { odooName, filestoreName } from '../../src/adapters/docker/odoo.ts';
import type { Attempt } from '../../src/core/pr-environments/identity.ts';
import type { Thing } from '../../src/core/pr-environments/thing.ts';
import { dockerTest, type DockerTest } from '../support/docker/host.ts';
import { needsDocker } from '../support/docker/skip.ts';

const { signal } = new AbortController();
const CONFIGURATION = '[options]\n';

describe('what is ours on a host, and what is not', function () {
  this.timeout(120_000);
  needsDocker();
  let test: DockerTest;
  let neighbour: DockerTest;
  let engine: ReturnType<typeof dockerEngine>;
  const foreign: (() => Promise<unknown>)[] = [];

  before(async () => {
    [test, neighbour] = await Promise.all([dockerTest('things'), dockerTest('things')]);
    engine = dockerEngine(test.connection, test.settings);
  });
  after(async () => {
    for (const remove of foreign.reverse()) await remove().catch(() => undefined);
    await test.clean();
    await neighbour.clean();
  });

  const docker = () => test.connection.docker;
  const all = (): Promise<Thing[]> => engine.things(test.settings.project, signal);
  const volume = async (Name: string, Labels: Record<string, string> = {}) => {
    await docker().createVolume({ Name, Labels });
    foreign.push(() => docker().getVolume(Name).remove());
  };
  const container = async (name: string, Labels: Record<string, string> = {}) => {
    const made = await docker().createContainer({ name, Image: test.settings.base, Cmd: ['true'], Labels });
    foreign.push(() => made.remove({ force: true }));
    return made.id;
  };
  const makeVolume = (attempt: Attempt): Promise<number> => engine.makeFilestore(attempt, test.code, null, signal);

  it('lists what bears our stamp, with all of it', async () => {
    const attempt = test.attempt(1);
    await makeVolume(attempt);
    const [thing, ...more] = await all();
    assert.deepEqual(more, []);
    assert.deepEqual(thing, {
      kind: 'volume',
      part: 'filestore',
      id: filestoreName(attempt.identity),
      name: filestoreName(attempt.identity),
      stamp: attempt.stamp,
      running: null,
      bytes: null,
    });
  });

  it('does not list what has a name like ours, a stamp of another project, or half of one', async () => {
    const before = await all();
    const attempt = test.attempt(8);
    await volume(`odoo-ops-${test.settings.project}-pr-8-other`);
    await container(`odoo-ops-${test.settings.project}-pr-8-other`, { 'odoo-ops.project': test.settings.project });
    await container(`odoo-ops-${test.settings.project}-pr-8-more`, { ...labelsOf('odoo', attempt.stamp), 'odoo-ops.number': 'eight' });
    // As somebody's own container of an image of ours would be labelled.
    await container(`mine-${test.settings.project}`, labelsOf('code', attempt.stamp));
    await volume(`odoo-ops-${neighbour.settings.project}-pr-1-filestore`, labelsOf('filestore', neighbour.attempt(1).stamp));
    assert.deepEqual(await all(), before);
  });

  it('removes what is as it was listed, and finds no fault with what is gone', async () => {
    const attempt = test.attempt(2);
    await makeVolume(attempt);
    const thing = (await all()).find(({ stamp }) => stamp.number === 2)!;
    assert.equal(await engine.remove(thing, signal), true);
    assert.equal(
      (await all()).some(({ stamp }) => stamp.number === 2),
      false,
    );
    assert.equal(await engine.remove(thing, signal), true);
  });

  it('leaves alone what is not as it was listed any more', async () => {
    const [older, newer] = [test.attempt(3), test.attempt(3)];
    await makeVolume(older);
    const listed = (await all()).find(({ stamp }) => stamp.number === 3)!;
    await makeVolume(newer);
    assert.equal(await engine.remove(listed, signal), false);
    assert.equal((await all()).find(({ stamp }) => stamp.number === 3)?.stamp.attempt, newer.id);
    const id = await container(`stranger-${test.settings.project}`);
    assert.equal(await engine.remove({ ...listed, kind: 'container', part: 'odoo', id }, signal), false);
    assert.ok(await docker().getContainer(id).inspect());
    assert.equal(await engine.remove({ ...listed, kind: 'database' }, signal), false);
  });

  it('never takes a name from somebody else: it says so', async () => {
    const attempt = test.attempt(4);
    await volume(filestoreName(attempt.identity));
    await assert.rejects(makeVolume(attempt), /volume .*-pr-4-filestore that Odoo Ops did not make/);
    const network = await docker().createNetwork({ Name: attempt.identity.name, Internal: true });
    foreign.push(() => network.remove());
    const bounds = { cpus: 1, memory: 2 ** 28, egress: [] };
    await assert.rejects(
      engine.makePlace(attempt, bounds, { host: 'localhost', port: 5432 }, signal),
      /network .*-pr-4 that Odoo Ops did not make/,
    );
    const own = test.attempt(5);
    const id = await container(odooName(own.identity), labelsOf('odoo', neighbour.attempt(5).stamp));
    const place = { ...test.settings, databaseContainer: `odoo-ops-${test.settings.project}-mail` };
    const other = dockerEngine(test.connection, place);
    await other.makePlace(own, bounds, { host: 'localhost', port: 1025 }, signal);
    await assert.rejects(other.start(own, test.code, CONFIGURATION, signal), /container .*-pr-5-odoo that Odoo Ops did not make/);
    assert.equal(await other.wake(own.identity, signal), false);
    assert.equal(await other.configuration(own.identity, signal), null);
    await other.stop(own.identity, signal);
    assert.ok(await docker().getContainer(id).inspect());
  });

  it('removes a network with others in it: they leave, and keep running', async () => {
    const network = (await all()).find(({ kind, stamp }) => kind === 'network' && stamp.number === 5)!;
    assert.equal(await engine.remove(network, signal), true);
    assert.equal(
      (await all()).some(({ id }) => id === network.id),
      false,
    );
    const proxy = (await all()).find(({ part, kind }) => part === 'proxy' && kind === 'container');
    assert.equal(proxy?.running, true, 'the proxy stays');
  });

  it('makes proxy and mail catcher anew where they should be other, and puts them into each network again', async () => {
    const attempt = test.attempt(6);
    const bounds = { cpus: 1, memory: 2 ** 28, egress: [] };
    const settings = { ...test.settings, databaseContainer: `odoo-ops-${test.settings.project}-mail` };
    await dockerEngine(test.connection, settings).makePlace(attempt, bounds, { host: 'localhost', port: 1025 }, signal);
    const partIds = async () =>
      Object.fromEntries(
        (await all())
          .filter(({ kind, part }) => kind === 'container' && (part === 'proxy' || part === 'mail'))
          .map(({ part, id }) => [part, id]),
      );
    const before = await partIds();
    const ports = { ...settings.proxy, ports: { http: settings.proxy.ports.https, https: settings.proxy.ports.http } };
    await dockerEngine(test.connection, {
      ...settings,
      proxy: { ...ports, configuration: settings.proxy.configuration.replace('main', 'other') },
    }).makePlace(test.attempt(7), bounds, { host: 'localhost', port: 1025 }, signal);
    const now = await partIds();
    assert.notEqual(now['proxy'], before['proxy']);
    assert.equal(now['mail'], before['mail']);
    const { Networks } = (await docker().getContainer(now['proxy']!).inspect()).NetworkSettings;
    assert.ok(attempt.identity.name in Networks);
  });

  it('takes its own names from an image, and leaves the one that a person gave it, and what they built on it', async () => {
    const { project } = test.settings;
    const stamp = { ...test.attempt(9).stamp, number: null, attempt: null, branch: null, engine: null };
    const made = async (tag: string, from: string, labels: Record<string, string>) => {
      const context = pack();
      const words = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}\n`);
      context.entry({ name: 'Dockerfile' }, `FROM ${from}\n${words.join('')}LABEL of=${JSON.stringify(tag)}\n`);
      context.finalize();
      const answer = await docker().buildImage(context as unknown as NodeJS.ReadableStream, { t: tag });
      await finished(answer.resume());
      foreign.push(() => docker().getImage(tag).remove({ force: true }));
    };
    const [ours, twin] = [`odoo-ops/${project}/code:${'a'.repeat(40)}`, `odoo-ops/${project}/code:twin`];
    const [kept, built] = [`acme-${project}/demo:keep`, `acme-${project}/own:1`];
    await made(ours, test.settings.base, labelsOf('code', stamp));
    await docker()
      .getImage(ours)
      .tag({ repo: `odoo-ops/${project}/code`, tag: 'twin' });
    await docker()
      .getImage(ours)
      .tag({ repo: `acme-${project}/demo`, tag: 'keep' });
    foreign.push(() => docker().getImage(kept).remove({ force: true }));
    await made(built, ours, {});
    const images = async () => (await all()).filter(({ kind }) => kind === 'image');
    const [listed, ...more] = await images();
    assert.deepEqual(more, [], 'what somebody built on it is theirs');
    assert.ok(listed && [ours, twin].includes(listed.name), listed?.name);
    assert.equal(await engine.remove(listed, signal), true);
    assert.deepEqual((await docker().getImage(kept).inspect()).RepoTags, [kept]);
    assert.ok(await docker().getImage(built).inspect());
    assert.deepEqual(await images(), [], 'it is not ours to remove any more');
    assert.equal(await engine.remove(listed, signal), true);
    assert.ok(await docker().getImage(kept).inspect());
  });
});
