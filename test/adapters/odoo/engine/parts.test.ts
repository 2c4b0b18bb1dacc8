import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { commandLine } from '../../../../src/adapters/odoo/engine/job.ts';
import { environmentPaths, projectFolder } from '../../../../src/adapters/odoo/engine/layout.ts';
import { odooVariables } from '../../../../src/adapters/odoo/engine/variables.ts';
import { groupLives } from '../../../../src/adapters/odoo/process-group.ts';
import { OpsError } from '../../../../src/core/errors.ts';
import type { Stamp } from '../../../../src/core/pr-environments/thing.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { temporaryFolders } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { harness, lives, PASSWORD, PROJECT, signal, type Harness } from './harness.ts';

describe('the parts of an environment that is a process', function () {
  this.timeout(60_000);
  let h: Harness;
  before(async () => {
    h = await harness(folder());
  });
  after(() => h.removeAll());
  const folder = temporaryFolders(); // they go after what is in them

  const isRoot = process.getuid?.() === 0;
  const shared: Stamp = {
    project: PROJECT,
    number: null,
    attempt: null,
    commit: null,
    branch: null,
    created_at: '2026-01-02T03:04:05Z',
    engine: null,
    expires_at: null,
  };

  describe('code', () => {
    it('is the files of the commit without a repository, for the eyes of Odoo and the hands of nobody', async () => {
      const attempt = h.attempt(1);
      const code = await h.engine.buildCode(attempt, h.source(attempt), () => undefined, signal);
      assert.deepEqual(readdirSync(code.id), ['addons']);
      assert.deepEqual(code.addons_path, [join(code.id, 'addons')]);
      const manifest = join(code.id, 'addons', 'probe', '__manifest__.py');
      if (isRoot) {
        execFileSync('cat', [manifest], { uid: 65_534, gid: 65_534 });
        assert.throws(() => execFileSync('rm', ['-f', manifest], { uid: 65_534, gid: 65_534, stdio: 'ignore' }));
      }
      const modules = await h.engine.listModules(attempt, code, signal);
      assert.deepEqual([...modules], [['probe', { neutralizes: true }]]);
    });

    it('of the same commit is taken as it is; one that was cut off is made anew', async () => {
      const first = h.attempt(2);
      const { id } = await h.engine.buildCode(first, h.source(first), () => undefined, signal);
      const marker = join(id, 'marker');
      writeFileSync(marker, '');
      const second = h.attempt(2);
      const never = { ...h.source(second), checkout: () => Promise.reject(new Error('asked again')) };
      assert.equal((await h.engine.buildCode(second, never, () => undefined, signal)).id, id);
      assert.ok(existsSync(marker));
      const [thing] = (await h.engine.things(PROJECT, signal)).filter(({ stamp }) => stamp.number === 2);
      assert.equal(thing?.stamp.attempt, second.id, 'it belongs to the newer attempt');
      const state = `${id}.json`;
      writeFileSync(state, readFileSync(state, 'utf8').replace('"complete": true', '"complete": false'));
      await h.engine.buildCode(second, h.source(second), () => undefined, signal);
      assert.ok(!existsSync(marker));
    });

    it('that cannot be checked out leaves a stamp by which the rest is found', async () => {
      const attempt = h.attempt(3);
      const failing = {
        ...h.source(attempt),
        checkout: (path: string) => {
          mkdirSync(path);
          return Promise.reject(new OpsError('repository', 'No such commit.'));
        },
      };
      await rejectsWith(
        h.engine.buildCode(attempt, failing, () => undefined, signal),
        'repository',
      );
      const [thing] = (await h.engine.things(PROJECT, signal)).filter(({ stamp }) => stamp.number === 3);
      assert.ok(thing);
      assert.equal(await h.engine.remove(thing, signal), true);
      assert.ok(!existsSync(thing.name));
    });

    it('says which Python requirements differ, and installs none', async () => {
      const attempt = h.attempt(4);
      const lines: string[] = [];
      const requirements =
        '# comment\nno-such-package-of-ours==1.2.3\n-r other.txt\nsomething ; python_version < "3"\nalso-not-there[extra]>=2\n';
      await h.engine.buildCode(attempt, h.source(attempt, requirements), (line) => lines.push(line), signal);
      assert.deepEqual(
        lines.map((line) => /^Python requirements: (\S+) is not installed/.exec(line)?.[1]),
        ['no-such-package-of-ours', 'also-not-there'],
      );
    });
  });

  describe('place', () => {
    const bounds = { cpus: 1, memory: 1, egress: [] };
    const database = { host: '127.0.0.1', port: 5432 };
    const make = (number: number) => h.engine.makePlace(h.attempt(number), bounds, database, signal);

    it('keeps its ports, also against others that are made while it sleeps', async () => {
      const first = await make(10);
      const others = await Promise.all([make(11), make(10 + 4000)]); // that one would begin to look where the first did
      const ports = [first, ...others].flatMap(({ http, gevent }) => [http.port, gevent.port]);
      assert.equal(new Set(ports).size, ports.length);
      assert.deepEqual(await make(10), first);
    });

    it('moves to another port where somebody took its own', async () => {
      const first = await make(12);
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(first.http.port, '127.0.0.1', resolve));
      try {
        assert.notEqual((await make(12)).http.port, first.http.port);
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
    });

    it('takes the mail catcher that answers as one, else an address where nobody listens', async () => {
      const nowhere = (await make(13)).mail;
      const silent = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n'));
      const catcher = createServer((socket) => socket.write('220 mailpit ESMTP\r\n'));
      for (const server of [silent, catcher]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const at = (server: typeof catcher) => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
        assert.deepEqual(
          (await (await harness(folder(), { mail: at(silent) })).engine.makePlace(h.attempt(1), bounds, database, signal)).mail,
          nowhere,
        );
        const caught = await harness(folder(), { mail: at(catcher) });
        assert.deepEqual((await caught.engine.makePlace(h.attempt(1), bounds, database, signal)).mail, at(catcher));
        const notes = await caught.engine.notes(signal);
        assert.ok(!notes.some(({ message }) => message.includes('mail')));
      } finally {
        for (const server of [silent, catcher]) server.close();
      }
    });

    it('is refused in a folder that Odoo cannot get to, naming it', async function () {
      if (!isRoot) return this.skip(); // there Odoo is who we are
      const closed = join(folder(), 'home');
      mkdirSync(closed, { mode: 0o700 });
      const { engine } = await harness(folder(), { folder: join(closed, 'environments') });
      await rejectsWith(engine.makePlace(h.attempt(1), bounds, database, signal), 'usage', 'nobody', closed);
      assert.ok((await engine.notes(signal)).some(({ message }) => message.includes(`cannot get to ${closed}`)));
    });
  });

  describe('one run of Odoo', () => {
    const conf = `[options]\ndb_password = ${PASSWORD}\n`;
    const place = (number: number) => h.ground(h.attempt(number));

    it('tells what it answers as it is, its log without secrets, and its exit code', async () => {
      const attempt = h.attempt(20);
      const { code } = await place(20);
      const told: Record<string, string[]> = { stdout: [], stderr: [] };
      const exit = await h.engine.runOdoo(
        attempt,
        code,
        {
          name: 'neutralize',
          arguments: ['neutralize', '--stdout'],
          configuration: `${conf}exit = 3\n`,
          onLine: (line, stream) => told[stream]?.push(line),
        },
        signal,
      );
      assert.equal(exit, 3);
      assert.deepEqual(told['stdout'], ['BEGIN;', "UPDATE res_users SET password = 'not-a-secret-of-ours';", 'COMMIT;']);
      assert.match(told['stderr']?.join('\n') ?? '', /connected with \[redacted\]/);
      assert.deepEqual(readdirSync(environmentPaths(h.options.folder, attempt.identity).folder), [], 'its configuration is gone');
    });

    it('ends with all that it started where it is cancelled', async () => {
      const attempt = h.attempt(21);
      const { code } = await place(21);
      const control = new AbortController();
      const lines: string[] = [];
      const job = { name: 'modules', arguments: ['-i', 'base', '--hang'], configuration: conf, onLine: (line: string) => lines.push(line) };
      const running = h.engine.runOdoo(attempt, code, job, control.signal);
      const child = Number(
        await until('its child', () => lines.map((line) => /child (\d+)/.exec(line)?.[1]).find((found) => found !== undefined)),
      );
      control.abort(new OpsError('moved', 'A newer build began.'));
      await rejectsWith(running, 'moved');
      await until('its child is gone', () => !lives(child) || !groupLives(child));
      assert.deepEqual(readdirSync(environmentPaths(h.options.folder, attempt.identity).folder), []);
    });

    it('puts the command of Odoo before the configuration, and options after it', () => {
      assert.deepEqual(commandLine(['neutralize', '--stdout'], 'c', 'd'), ['neutralize', '-c', 'c', '-d', 'd', '--stdout']);
      assert.deepEqual(commandLine(['-i', 'base'], 'c', 'd'), ['-c', 'c', '-d', 'd', '-i', 'base']);
      assert.deepEqual(commandLine([], 'c', 'd'), ['-c', 'c', '-d', 'd']);
    });
  });

  describe('filestore', () => {
    const filestoreOf = (number: number): string =>
      join(environmentPaths(h.options.folder, h.attempt(number).identity).data, 'filestore', `db_${number}`);

    it("is a copy of the template: no shared inode, no link followed, all of it Odoo's own", async () => {
      const source = folder();
      const outside = join(folder(), 'outside');
      writeFileSync(outside, 'secret of this machine');
      mkdirSync(join(source, 'ab'));
      writeFileSync(join(source, 'ab', 'abcdef'), 'content');
      symlinkSync(outside, join(source, 'ab', 'link'));
      linkSync(join(source, 'ab', 'abcdef'), join(source, 'ab', 'twin'));
      await h.engine.storeTemplate('staging', shared, { folder: source }, signal);
      const attempt = h.attempt(30);
      const { code } = await h.ground(attempt);
      assert.equal(await h.engine.makeFilestore(attempt, code, 'staging', signal), 2 * 'content'.length);
      const copy = filestoreOf(30);
      const file = statSync(join(copy, 'ab', 'abcdef'));
      assert.notEqual(file.ino, statSync(join(source, 'ab', 'abcdef')).ino);
      assert.equal(readFileSync(join(copy, 'ab', 'abcdef'), 'utf8'), 'content');
      assert.equal(readlinkSync(join(copy, 'ab', 'link')), outside);
      assert.equal(file.uid, h.options.runAs?.uid ?? process.getuid?.());
      writeFileSync(join(copy, 'ab', 'abcdef'), 'changed there');
      assert.equal(readFileSync(join(source, 'ab', 'abcdef'), 'utf8'), 'content');
      const again = h.attempt(31);
      await h.engine.makeFilestore(again, code, 'staging', signal);
      assert.equal(readFileSync(join(filestoreOf(31), 'ab', 'abcdef'), 'utf8'), 'content', 'nor is the template changed');
    });

    it('of an environment can be kept, and replaces what had the name', async () => {
      await h.engine.storeTemplate('fresh-ab12', shared, { environment: h.attempt(30).identity }, signal);
      await h.engine.storeTemplate(
        'fresh-ab12',
        { ...shared, created_at: '2026-02-03T04:05:06Z' },
        { environment: h.attempt(30).identity },
        signal,
      );
      const kept = (await h.engine.things(PROJECT, signal)).filter(({ name }) => name === 'fresh-ab12');
      assert.deepEqual(
        kept.map(({ kind, part, stamp }) => [kind, part, stamp.created_at]),
        [['folder', 'template', '2026-02-03T04:05:06Z']],
      );
      const attempt = h.attempt(32);
      await h.engine.makeFilestore(attempt, (await h.ground(attempt)).code, 'fresh-ab12', signal);
      assert.equal(readFileSync(join(filestoreOf(32), 'ab', 'abcdef'), 'utf8'), 'changed there');
      assert.equal(await h.engine.remove(kept[0]!, signal), true);
      assert.ok(!existsSync(kept[0]!.id));
    });

    it('is empty anew where no template is asked for, and refused where there is none', async () => {
      const attempt = h.attempt(30);
      const { code } = await h.ground(attempt);
      assert.equal(await h.engine.makeFilestore(attempt, code, null, signal), 0);
      assert.ok(!existsSync(filestoreOf(30)));
      await rejectsWith(h.engine.makeFilestore(attempt, code, 'never-kept', signal), 'failed', 'never-kept');
      await rejectsWith(h.engine.storeTemplate('staging', shared, { folder: join(folder(), 'nothing') }, signal), 'usage');
      assert.ok(
        (await h.engine.things(PROJECT, signal)).some(({ name }) => name === 'staging'),
        'the one before is still there',
      );
    });

    it('that cannot be kept as a whole leaves nothing', async () => {
      const source = folder();
      writeFileSync(join(source, 'file'), 'x');
      await rejectsWith(
        h.engine.storeTemplate('cut', shared, { folder: source }, AbortSignal.abort(new OpsError('cancelled', 'No.'))),
        'cancelled',
      );
      assert.ok(!readdirSync(projectFolder(h.options.folder, PROJECT)).some((name) => name.includes('template-cut')));
    });
  });

  describe('what bears no stamp that can be read', () => {
    it('is left out, told, and never touched', async () => {
      const { engine, options, ground, attempt } = await harness(folder());
      const one = attempt(1);
      await ground(one);
      const { place, folder: base } = environmentPaths(options.folder, one.identity);
      const text = readFileSync(place, 'utf8');
      const listed = await engine.things(PROJECT, signal);
      mkdirSync(join(dirname(place), 'somebody-else'));
      for (const broken of ['', '{', '{}', text.replace('"place"', '"else"')]) {
        writeFileSync(place, broken);
        const things = await engine.things(PROJECT, signal);
        assert.deepEqual(things.map(({ part }) => part).sort(), ['code', 'filestore']);
        const note = (await engine.notes(signal)).find(({ message }) => message.includes('no stamp'));
        assert.ok(note?.message.includes(place) && note.message.includes('somebody-else'), note?.message);
        await rejectsWith(
          engine.remove(
            listed.find(({ part }) => part === 'network')!,
            signal,
          ),
          'failed',
          basename(place),
        );
        await rejectsWith(engine.makePlace(one, { cpus: 1, memory: 1, egress: [] }, { host: '', port: 1 }, signal), 'failed');
        assert.ok(existsSync(base));
        assert.equal(readFileSync(place, 'utf8'), broken);
      }
    });

    it('goes where it is a write that was cut off a while ago', async () => {
      const { engine, options, ground, attempt } = await harness(folder());
      await ground(attempt(1));
      const [old, recent] = ['pr-2.json.partial', 'pr-3.json.partial'].map((name) => join(projectFolder(options.folder, PROJECT), name));
      for (const path of [old!, recent!]) writeFileSync(path, '{');
      utimesSync(old!, 1, 1);
      await engine.things(PROJECT, signal);
      assert.deepEqual([existsSync(old!), existsSync(recent!)], [false, true]);
    });

    it('cannot be concluded from a folder that cannot be read', async function () {
      const { engine, options } = await harness(folder());
      mkdirSync(options.folder);
      writeFileSync(join(options.folder, PROJECT), 'a file');
      assert.deepEqual(await engine.things(PROJECT, signal), []); // nothing was ever made there
      const [closed] = [join(options.folder, 'loop')];
      symlinkSync(closed, closed);
      await rejectsWith(engine.things('loop', signal), 'unreachable', closed);
    });

    it('belongs to another project', async () => {
      assert.deepEqual(await h.engine.things('other', signal), []);
      await rejectsWith(h.engine.things('../acme', signal), 'usage');
    });
  });

  it('sees of our variables what is on the list, and never one that looks like a secret', () => {
    const paths = { folder: '/f', data: '/f-data' };
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(fc.constantFrom('PATH', 'PGHOST', 'ODOO_RC', 'LC_ALL', 'GITHUB_TOKEN', 'LD_PRELOAD'), fc.string()),
          fc.string(),
        ),
        (ours) => {
          const seen = odooVariables(ours, paths);
          const own = new Set(['HOME', 'ODOO_STAGE', 'PYTHONUNBUFFERED', 'ODOO_OPS_ENVIRONMENT']);
          for (const name of Object.keys(seen)) assert.ok(own.has(name) || name === 'PATH' || name === 'LC_ALL', name);
          assert.equal(seen['HOME'], '/f-data');
        },
      ),
    );
    assert.equal(odooVariables({ PYTHONPATH: 'https://u:a-password@host/' }, paths)['PYTHONPATH'], undefined);
  });
});
