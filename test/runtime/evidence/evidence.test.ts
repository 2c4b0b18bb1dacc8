import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { build } from '../../../src/runtime/build/build.ts';
import { LOG_ROOM, openSession } from '../../../src/runtime/evidence/session.ts';
import { findEvidence, listEvidence } from '../../../src/runtime/evidence/list.ts';
import { syncEvidence } from '../../../src/runtime/evidence/sync.ts';
import { verifyEvidence } from '../../../src/runtime/evidence/verify.ts';
import { preparePromotion } from '../../../src/runtime/promotion/plan.ts';
import { promote } from '../../../src/runtime/promotion/promote.ts';
import { recordSchema } from '../../../src/core/evidence/record.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, git, sampleIn, tipOf } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened, promoted } from '../../support/workspace.ts';

const EVIDENCE = 'web/docs/evidence';

describe('evidence', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  const built = async (root: string, revision = 'main', environment = {}) =>
    build(await opened(root, environment), { revision, verify: false, output: null });
  const problems = async (root: string) =>
    (await verifyEvidence(await opened(root))).problems.map(({ kind, folder: where }) => `${kind} ${where}`);
  const filesIn = (root: string) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();

  it('lies in a folder of its minute and topic, complete by itself, and keeps the work tree clean', async () => {
    const { root } = sampleIn(folder());
    const { record, folder: where } = await built(root);
    assert.match(where, /^web\/docs\/evidence\/\d{8}-\d{4}\+0800\/build-main$/);
    assert.deepEqual(recordSchema.parse(JSON.parse(readFileSync(join(root, where, 'record.json'), 'utf8'))), record);
    assert.deepEqual(
      record.files.map(({ path }) => path),
      ['logs/act.log', 'manifest.json', 'provenance.json'],
    );
    assert.match(record.started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
    assert.deepEqual(
      record.steps.map(({ name, result }) => [name, result]),
      [['build', 'passed']],
    );
    assert.deepEqual(record.previous, []);
    assert.equal(git(root, ['status', '--porcelain', '--untracked-files=all']), '');
    const provenance = JSON.parse(readFileSync(join(root, where, 'provenance.json'), 'utf8')) as {
      predicateType: string;
      subject: { digest: { sha256: string } }[];
      predicate: { buildDefinition: { resolvedDependencies: { digest: object }[] } };
    };
    assert.equal(provenance.predicateType, 'https://slsa.dev/provenance/v1');
    assert.deepEqual(provenance.predicate.buildDefinition.resolvedDependencies[0]?.digest, {
      gitCommit: tipOf(join(root, '../origin.git'), 'main'),
    });
  });

  it('of several acts in one minute has -2, -3 …, also where they run at once, and each follows those before', async () => {
    const { root } = sampleIn(folder());
    const acts = await Promise.all([built(root), built(root), built(root)]);
    const names = acts.map((act) => act.folder.split('/').at(-1)).sort();
    // Unless the minute changed just now.
    if (new Set(acts.map((act) => act.folder.split('/').at(-2))).size === 1)
      assert.deepEqual(names, ['build-main', 'build-main-2', 'build-main-3']);
    const next = await built(root);
    assert.ok(next.record.previous.length >= 1);
    assert.deepEqual(await problems(root), []);
  });

  it('tells of an act that failed, with its error', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--orphan', 'empty']);
    git(root, ['commit', '--quiet', '--allow-empty', '--message', 'Nothing']);
    const error = await rejectsWith(built(root, 'HEAD'), 'repository', 'holds no addon');
    const [entry] = await listEvidence(await opened(root));
    assert.deepEqual([entry?.state, entry?.folder], ['failed', error.details['evidence']]);
    assert.match(entry?.record.message ?? '', /holds no addon/);
    assert.match(readFileSync(join(root, entry?.folder ?? '', 'logs/act.log'), 'utf8'), /error .*holds no addon/);
    assert.deepEqual(await problems(root), []);
  });

  describe('that somebody touched', () => {
    let sealed: string;
    before(async () => {
      const { root } = sampleIn(folder());
      await built(root);
      await promoted(root, 'fix/invoice-rounding', 'main'); // refused: as good a record as any
      await built(root, 'production');
      sealed = root;
    });
    const copy = () => {
      const root = join(folder(), 'copy');
      cpSync(sealed, root, { recursive: true });
      return root;
    };

    it('is found, whatever byte of whatever file was changed, removed or added', async () => {
      const root = copy();
      const base = join(root, EVIDENCE);
      const files = filesIn(base).filter((path) => !path.endsWith('.gitignore'));
      assert.deepEqual(await problems(root), []);
      const change = fc.record({
        file: fc.constantFrom(...files),
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        byte: fc.integer({ min: 1, max: 255 }),
        how: fc.constantFrom('change', 'insert', 'remove', 'append'),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ file, at, byte, how }) => {
          const original = readFileSync(file);
          const offset = Math.floor(at * original.length);
          const [head, tail] = [original.subarray(0, offset), original.subarray(offset)];
          const flipped = Buffer.from([(tail[0] ?? 0) ^ byte]);
          const touched = {
            change: [head, flipped, tail.subarray(1)],
            insert: [head, Buffer.from([byte]), tail],
            remove: [head, tail.subarray(1)],
            append: [original, Buffer.from([byte])],
          }[how];
          writeFileSync(file, Buffer.concat(touched));
          try {
            assert.notDeepEqual(await problems(root), []);
          } finally {
            writeFileSync(file, original);
          }
        }),
        { numRuns: 150 },
      );
      assert.deepEqual(await problems(root), []);
    });

    it('is found, whatever file was deleted', async () => {
      const root = copy();
      for (const file of filesIn(join(root, EVIDENCE)).filter((path) => !path.endsWith('.gitignore'))) {
        const original = readFileSync(file);
        rmSync(file);
        assert.notDeepEqual(await problems(root), [], file);
        writeFileSync(file, original);
      }
    });

    for (const name of [
      'logs/new.log',
      'x',
      '.hidden',
      'record.json.partial',
      'plan.json.12.partial',
      'logs/deep/er/x',
      'größe',
      'record.json~',
    ]) {
      it(`is found, where ${name} was added`, async () => {
        const root = copy();
        const [entry] = await listEvidence(await opened(root));
        const file = join(root, entry?.folder ?? '', name);
        mkdirSync(join(file, '..'), { recursive: true });
        writeFileSync(file, '');
        assert.deepEqual(
          (await problems(root)).map((problem) => problem.split(' ')[0]),
          ['extra-file'],
        );
      });
    }

    it('is found, where a link was added or took the place of a file', async () => {
      const root = copy();
      const [entry] = await listEvidence(await opened(root));
      const log = join(root, entry?.folder ?? '', 'logs/act.log');
      symlinkSync('/etc/passwd', `${log}.link`);
      assert.deepEqual(
        (await problems(root)).map((problem) => problem.split(' ')[0]),
        ['extra-file'],
      );
      rmSync(`${log}.link`);
      cpSync(log, join(root, 'same.log'));
      rmSync(log);
      symlinkSync(join(root, 'same.log'), log);
      assert.deepEqual(
        (await problems(root)).map((problem) => problem.split(' ')[0]),
        ['changed'],
      );
    });

    for (const [what, pick] of [
      ['first', -1],
      ['middle', 1],
      ['last', 0],
    ] as const) {
      it(`is found, where the ${what} record was deleted`, async () => {
        const root = copy();
        const lost = (await listEvidence(await opened(root))).at(pick)?.folder ?? '';
        rmSync(join(root, lost), { recursive: true });
        assert.deepEqual(await problems(root), [`missing-record ${lost.slice(EVIDENCE.length + 1)}`]);
      });
    }

    it('is found, where all of it was deleted', async () => {
      const root = copy();
      rmSync(join(root, EVIDENCE), { recursive: true });
      assert.equal((await problems(root)).length, 3);
    });

    it('comes back from the remote by a sync', async () => {
      const root = copy();
      git(root, ['remote', 'set-url', 'origin', join(sealed, '../origin.git')]);
      rmSync(join(root, EVIDENCE), { recursive: true });
      assert.equal((await syncEvidence(await opened(root))).pulled, 3);
      assert.deepEqual(await problems(root), []);
    });

    it('is found, where the memory of the clone was cut off in the middle of a line', async () => {
      const root = copy();
      appendFileSync(join(root, '.git/odoo-ops/evidence-ledger.jsonl'), '{"id":"0000');
      assert.deepEqual(await problems(root), []);
    });
  });

  it('holds no secret: not in the record, the plan, the logs or the manifest', async () => {
    const { root, origin } = sampleIn(folder());
    const token = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    git(root, ['switch', '--quiet', '--create', 'fix/leak', 'main']);
    writeFileSync(
      join(root, 'odoo-ops.yml'),
      `control_plane:\n  url_env: OPS_DB\npromotion:\n  gates:\n    - name: leak\n      run: 'echo "v=$LEAKY_VALUE pw=hunter2-hunter2 ${token}"; env; echo postgresql://u:urlpassword@h/d'\n`,
    );
    git(root, ['commit', '--quiet', '--all', '--message', `Use ${token} and password="quoted-secret"\n\nvalue-of-deploy-token`]);
    git(root, ['push', '--quiet', 'origin', 'fix/leak', 'fix/leak:main']);
    git(root, ['switch', '--quiet', 'main']);
    git(root, ['merge', '--quiet', '--ff-only', 'fix/leak']);
    const secrets = {
      DEPLOY_TOKEN: 'value-of-deploy-token',
      OPS_DB: 'postgresql://ops:controlplane-pw@127.0.0.1:1/ops',
      LEAKY_PASSWORD: 'hunter2-hunter2',
      AWS_SECRET_ACCESS_KEY: 'aws-secret-access',
    };
    const workspace = await opened(root, secrets);
    const act = await promote(
      workspace,
      await preparePromotion(workspace, { from: 'main', to: 'production', emergency: { reason: `rotate value-of-deploy-token` } }),
    );
    assert.equal(act.record.result, 'passed', act.record.message ?? '');
    await built(root, 'main', secrets);
    const log = readFileSync(join(root, act.folder, 'logs/gate-leak.log'), 'utf8');
    assert.match(log, /pw=\[redacted\] \[redacted\]/);
    assert.match(log, /postgresql:\/\/u:\[redacted\]@h\/d/);
    const words = [
      token,
      'value-of-deploy-token',
      'controlplane-pw',
      'hunter2-hunter2',
      'quoted-secret',
      'urlpassword',
      'aws-secret-access',
    ];
    for (const file of filesIn(join(root, EVIDENCE)))
      for (const word of words) assert.equal(readFileSync(file, 'utf8').includes(word), false, `${file} holds ${word}`);
    assert.deepEqual(
      workspace.events.filter((event) => words.some((word) => JSON.stringify(event).includes(word))),
      [],
    );
    for (const path of git(origin, ['ls-tree', '-r', '--name-only', 'odoo-ops/evidence']).split('\n')) {
      const text = git(origin, ['show', `odoo-ops/evidence:${path}`]);
      for (const word of words) assert.equal(text.includes(word), false, `${path} holds ${word}`);
    }
  });

  it('of two clones that both wrote is one chain after both met: the next record follows both', async () => {
    const { root, origin } = sampleIn(folder());
    const other = cloneOf(origin, join(folder(), 'other'));
    const [a, b] = [await built(root), await built(other)];
    for (const clone of [root, other, root]) await syncEvidence(await opened(clone));
    for (const clone of [root, other]) {
      assert.deepEqual(await problems(clone), []);
      assert.equal((await listEvidence(await opened(clone))).length, 2);
    }
    const next = await built(root);
    assert.deepEqual([...next.record.previous].sort(), [a.record.hash, b.record.hash].sort());
    await syncEvidence(await opened(other));
    assert.deepEqual(await problems(other), []);
    const last = await built(other);
    assert.deepEqual(last.record.previous, [next.record.hash]);
  });

  it('of two clones that publish at the same time loses nothing', async () => {
    const { root, origin } = sampleIn(folder());
    const other = cloneOf(origin, join(folder(), 'other'));
    await Promise.all([built(root), built(other), built(root, 'production'), built(other, 'production')]);
    for (const clone of [root, other, root]) await syncEvidence(await opened(clone));
    for (const clone of [root, other]) {
      assert.equal((await listEvidence(await opened(clone))).length, 4);
      assert.deepEqual(await problems(clone), []);
    }
    const names = git(origin, ['ls-tree', '-r', '--name-only', 'odoo-ops/evidence'])
      .split('\n')
      .filter((path) => path.endsWith('record.json'));
    assert.equal(names.length, 4);
  });

  it('survives its clone: it is on the remote, and another clone brings it to light', async () => {
    const { root, origin } = sampleIn(folder());
    const gone = cloneOf(origin, join(folder(), 'gone'));
    const { record, folder: where } = await built(gone);
    assert.ok(git(origin, ['show', `odoo-ops/evidence:${where}/record.json`]).includes(record.id));
    rmSync(gone, { recursive: true });
    assert.equal((await syncEvidence(await opened(root))).pulled, 1);
    assert.equal((await findEvidence(await opened(root), record.id.slice(0, 8))).record.hash, record.hash);
    assert.deepEqual(await problems(root), []);
  });

  it('stays in this clone where the configuration says so, and waits where the remote is out of reach', async () => {
    const { root, origin } = sampleIn(folder());
    writeFileSync(join(root, 'odoo-ops.yml'), 'evidence:\n  branch: null\n');
    await built(root);
    assert.throws(() => tipOf(origin, 'odoo-ops/evidence'));
    git(root, ['checkout', '--quiet', 'odoo-ops.yml']);
    git(root, ['remote', 'set-url', 'origin', `${origin}.gone`]);
    const workspace = await opened(root);
    await build(workspace, { revision: 'main', verify: false, output: null });
    assert.ok(workspace.events.some((event) => event.type === 'text' && event.level === 'warning' && event.text.includes('evidence sync')));
    git(root, ['remote', 'set-url', 'origin', origin]);
    assert.equal((await syncEvidence(await opened(root))).published, 2);
  });

  it('that was tampered with keeps no other record from being published', async () => {
    const { root, origin } = sampleIn(folder());
    git(root, ['remote', 'set-url', 'origin', `${origin}.gone`]);
    const broken = await built(root);
    rmSync(join(root, broken.folder, 'manifest.json'));
    git(root, ['remote', 'set-url', 'origin', origin]);
    const whole = await built(root, 'production');
    const paths = git(origin, ['ls-tree', '-r', '--name-only', 'odoo-ops/evidence']);
    assert.ok(paths.includes(`${whole.folder}/record.json`));
    assert.equal(paths.includes(`${broken.folder}/`), false);
  });

  it('is found by id, by its beginning, by folder or its end; else the answer says what fits', async () => {
    const { root } = sampleIn(folder());
    const { record, folder: where } = await built(root);
    const workspace = await opened(root);
    for (const word of [record.id, record.id.slice(0, 8), where, `${where}/`, `./${where}`, 'build-main'])
      assert.equal((await findEvidence(workspace, word)).record.id, record.id, word);
    await rejectsWith(findEvidence(workspace, 'nothing-such'), 'usage', 'nothing-such');
    await built(root, 'production');
    await rejectsWith(findEvidence(await opened(root), where.split('/').at(-2) ?? ''), 'usage');
  });

  describe('of a hostile evidence branch', () => {
    /** Writes a tree that no ordinary git command would, as somebody with a program of his own can push it. */
    function hostile(origin: string, paths: readonly string[], text: string): void {
      const blob = git(origin, ['hash-object', '-w', '--stdin'], {});
      const write = (names: readonly (readonly [string, string])[]): string => {
        const entries = new Map<string, [string, string][]>();
        for (const [path, object] of names) {
          const [first = '', ...rest] = path.split('/');
          entries.set(first, [...(entries.get(first) ?? []), [rest.join('/'), object]]);
        }
        const lines = [...entries]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, inner]) => {
            const leaf = inner.length === 1 && inner[0]?.[0] === '';
            const object = leaf ? inner[0]![1] : write(inner);
            return Buffer.concat([Buffer.from(`${leaf ? '100644' : '40000'} ${name}\0`), Buffer.from(object, 'hex')]);
          });
        const file = join(folder(), 'tree');
        writeFileSync(file, Buffer.concat(lines));
        return git(origin, ['hash-object', '-t', 'tree', '-w', '--literally', file]);
      };
      assert.equal(blob.length, 40);
      const record = join(folder(), 'record');
      writeFileSync(record, text);
      const recordBlob = git(origin, ['hash-object', '-w', record]);
      const tree = write(paths.map((path) => [path, recordBlob]));
      const commit = git(origin, ['-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-m', 'x', tree]);
      git(origin, ['update-ref', 'refs/heads/odoo-ops/evidence', commit]);
    }

    for (const [what, ...paths] of [
      ['climbs out by its folder', `${EVIDENCE}/../../../../outside/x/record.json`],
      [
        'climbs out by a file',
        `${EVIDENCE}/20260101-0000+0800/x/record.json`,
        `${EVIDENCE}/20260101-0000+0800/x/../../../../../outside.txt`,
      ],
      [
        'plants a repository',
        `${EVIDENCE}/20260101-0000+0800/x/record.json`,
        `${EVIDENCE}/20260101-0000+0800/x/.git/config`,
        `${EVIDENCE}/20260101-0000+0800/x/.GIT/hooks/post-checkout`,
      ],
      ['lies too deep', `${EVIDENCE}/a/b/c/record.json`],
      ['lies too high', `${EVIDENCE}/record.json`],
      ['is a repository by its folder', `${EVIDENCE}/.git/x/record.json`],
      ['hides where a prune works', `${EVIDENCE}/.prune/x/record.json`],
    ] as const) {
      it(`writes nothing outside where a record ${what}`, async () => {
        const place = folder();
        const { root, origin } = sampleIn(place);
        const { record } = await built(cloneOf(origin, join(folder(), 'other')));
        hostile(origin, paths, `${JSON.stringify({ ...record, files: [] }, null, 2)}\n`);
        const outside = () =>
          filesIn(place).filter(
            (path) => !path.startsWith(join(root, EVIDENCE)) && !path.startsWith(join(root, '.git')) && !path.startsWith(origin),
          );
        const before = outside();
        for (let round = 0; round < 2; round++) await syncEvidence(await opened(root)).catch(() => undefined);
        assert.deepEqual(outside(), before);
        assert.equal(existsSync(join(place, '../outside')), false);
        const inside = existsSync(join(root, EVIDENCE))
          ? filesIn(join(root, EVIDENCE)).map((path) => path.slice(join(root, EVIDENCE).length + 1))
          : [];
        assert.deepEqual(
          inside.filter((path) => /(^|\/)\.git\//i.test(path)),
          [],
        );
        // What was not taken is not missed either.
        assert.equal(
          (await problems(root)).some((problem) => problem.startsWith('missing-record')),
          false,
        );
      });
    }

    it('cannot make us publish a file of this machine', async () => {
      const { root, origin } = sampleIn(folder());
      const { record } = await built(cloneOf(origin, join(folder(), 'other')));
      const stolen = { ...record, files: [{ path: '../../../../../odoo-team/.git/config', sha256: 'a'.repeat(64), bytes: 1 }] };
      hostile(origin, [`${EVIDENCE}/20260101-0000+0800/x/record.json`], `${JSON.stringify(stolen, null, 2)}\n`);
      await syncEvidence(await opened(root));
      git(origin, ['update-ref', '-d', 'refs/heads/odoo-ops/evidence']);
      await syncEvidence(await opened(root));
      const paths =
        git(origin, ['for-each-ref', '--format=%(refname)', 'refs/heads/odoo-ops']) === ''
          ? ''
          : git(origin, ['ls-tree', '-r', '--name-only', 'odoo-ops/evidence']);
      assert.doesNotMatch(paths, /config/);
    });
  });

  it('keeps so much of a log that says the same for ever, and says that the rest is left out', async () => {
    const { root } = sampleIn(folder());
    const workspace = await opened(root);
    const session = await openSession(workspace, 'log', { act: 'sweep', project: 'acme', open: [], reclaim: [] });
    const write = session.log('endless.log');
    for (let line = 0; line < 60; line++) write('x'.repeat(1e6));
    await session.closeLogs();
    const text = readFileSync(join(workspace.evidenceRoot, session.folder, 'logs', 'endless.log'), 'utf8');
    assert.ok(text.length < LOG_ROOM + 2e6);
    assert.match(text.slice(-100), /What follows is left out/);
  });
});
