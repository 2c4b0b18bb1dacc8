import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findImage, loadImage, type LoadRequest } from '../../src/adapters/docker/image/load.ts';
import { prepareLayer, writeLayer } from '../../src/adapters/docker/image/layer.ts';
import { listThings, removeThing } from '../../src/adapters/docker/things.ts';
import { imageConfig } from '../../src/core/pr-environments/image/config.ts';
import { isOpsError } from '../../src/core/errors.ts';
import { imageTest, runIn, sourceOf, type ImageTest } from '../support/docker/code-image.ts';
import { testImage } from '../support/docker/base-image.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { rejectsWith } from '../support/rejects.ts';
import { cloneOf, commit, git, sampleIn, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

const { signal } = new AbortController();
const ADDONS = '/workspaces/odoo/addons';
const LONG = `addons/ipai/ipai_loyalty/static/description/${'a-very-long-name-'.repeat(6)}/${'b'.repeat(110)}.txt`;
const UNICODE = 'addons/ipai/ipai_loyalty/static/Übersicht – 概要 🙂.txt';

/** A commit with what a repository may hold. */
function strange(folder: string): string {
  const { root } = sampleIn(folder);
  write(root, {
    [LONG]: 'long',
    [UNICODE]: 'unicode',
    'addons/ipai/ipai_loyalty/-rf "$(id)"\n.txt': 'shell',
    'addons/ipai/ipai_loyalty/run.sh': '#!/bin/sh\n',
  });
  chmodSync(join(root, 'addons/ipai/ipai_loyalty/run.sh'), 0o755);
  symlinkSync('../../oca/partner_reference/models/res_partner.py', join(root, 'addons/ipai/ipai_loyalty/linked.py'));
  symlinkSync('../oca/partner_reference', join(root, 'addons/ipai/partner_reference'));
  writeFileSync(join(root, 'addons/ipai/ipai_loyalty/noise.bin'), randomBytes(3_000_000));
  commit(root, 'Strange files');
  return root;
}

describe('the image of a commit on a real Docker engine', function () {
  this.timeout(120_000);
  needsDocker();
  const folder = temporaryFolders();
  let test: ImageTest;
  let base: string;
  let user: string;

  before(async () => {
    ({ image: base, user } = await testImage());
    test = imageTest('image', base);
  });
  after(() => test.clean());

  it('is the same, byte by byte, for the same commit: in another clone, on an engine that does not have it any more', async () => {
    const { root, origin } = sampleIn(folder());
    const first = await test.build(await sourceOf(root));
    assert.ok(first.layers.every(({ reused }) => !reused));
    assert.deepEqual(first.addons_path, [`${ADDONS}/oca`, `${ADDONS}/ipai`]); // as configured, whatever the order of the layers
    const lines: string[] = [];
    const again = await test.build(await sourceOf(root), { lines });
    assert.equal(again.id, first.id);
    assert.ok(again.layers.every(({ reused }) => reused));
    assert.match(lines.join('\n'), /there already/);
    await test.docker.getImage(first.id).remove({ force: true });
    const other = await test.build(await sourceOf(cloneOf(origin, join(folder(), 'clone'))));
    assert.equal(other.id, first.id);
    assert.deepEqual(other.layers, first.layers);
  });

  it('gets only the layer of the folder that changed, and the others are those of before', async () => {
    const { root } = sampleIn(folder());
    const before = await test.build(await sourceOf(root));
    write(root, { 'addons/ipai/ipai_loyalty/models/res_partner.py': 'CHANGED = True\n' });
    commit(root, 'A change in ipai');
    const after = await test.build(await sourceOf(root));
    assert.notEqual(after.id, before.id);
    assert.deepEqual(
      after.layers.map(({ name, reused }) => [name, reused]),
      [
        ['addons/oca', true],
        ['addons/ipai', false],
      ],
    );
    assert.equal(after.layers[0]?.digest, before.layers[0]?.digest);
    assert.equal(await runIn(test.docker, after.id, ['cat', `${ADDONS}/ipai/ipai_loyalty/models/res_partner.py`]), 'CHANGED = True\n');
    git(root, ['commit', '--quiet', '--allow-empty', '--message', 'Nothing in the addons']);
    const nothing = await test.build(await sourceOf(root));
    assert.ok(nothing.layers.every(({ reused }) => reused));
    assert.notEqual(nothing.id, after.id); // it says of which commit it is
  });

  it('holds the files as git has them: content, modes, links, names of all kinds; for Odoo’s user to read and not to write', async () => {
    const root = strange(folder());
    const { id } = await test.build(await sourceOf(root));
    const script = [
      'import hashlib, os, json, sys',
      'found = {}',
      `for folder, folders, files in os.walk("${ADDONS}"):`,
      '    for name in folders + files:',
      '        path = os.path.join(folder, name)',
      '        state = os.lstat(path)',
      '        is_link = os.path.islink(path)',
      '        content = os.readlink(path) if is_link else None if os.path.isdir(path) else hashlib.sha256(open(path, "rb").read()).hexdigest()',
      `        found[os.path.relpath(path, "/workspaces/odoo")] = [oct(state.st_mode), state.st_uid, state.st_gid, os.access(path, os.W_OK) and not is_link, content]`,
      'json.dump(found, sys.stdout)',
    ].join('\n');
    const found = JSON.parse(await runIn(test.docker, id, ['python3', '-c', script], user)) as Record<
      string,
      [string, number, number, boolean, string | null]
    >;
    const listed = git(root, ['ls-tree', '-r', '-z', 'HEAD', 'addons'])
      .split('\0')
      .filter((line) => line !== '');
    const expected = Object.fromEntries(
      listed.map((line) => {
        const [, mode = '', path = ''] = /^(\d+) blob \S+\t(.*)$/s.exec(line) ?? [];
        if (mode === '120000') return [path, ['0o120777', 0, 0, false, git(root, ['cat-file', 'blob', `HEAD:${path}`])]];
        return [
          path,
          [
            `0o${mode}`,
            0,
            0,
            false,
            createHash('sha256')
              .update(readFileSync(join(root, path)))
              .digest('hex'),
          ],
        ];
      }),
    );
    const files = Object.fromEntries(Object.entries(found).filter(([, [, , , , content]]) => content !== null));
    assert.deepEqual(files, expected);
    const folders = Object.values(found).filter(([, , , , content]) => content === null);
    assert.ok(
      folders.length > 10 && folders.every(([mode, uid, gid, writable]) => mode === '0o40755' && uid === 0 && gid === 0 && !writable),
    );
  });

  it('runs as its base does, and its history has a line for each layer', async () => {
    const { root } = sampleIn(folder());
    const { id } = await test.build(await sourceOf(root));
    const [of, image] = await Promise.all([test.docker.getImage(base).inspect(), test.docker.getImage(id).inspect()]);
    for (const key of ['Env', 'Entrypoint', 'Cmd', 'User', 'WorkingDir', 'Volumes', 'ExposedPorts'] as const) {
      assert.deepEqual(image.Config[key] ?? null, of.Config[key] ?? null, key);
    }
    assert.equal(image.Architecture, of.Architecture);
    assert.deepEqual(image.RootFS.Layers?.slice(0, of.RootFS.Layers?.length), of.RootFS.Layers);
    const history = (await test.docker.getImage(id).history()) as { CreatedBy: string }[];
    assert.match(history[0]?.CreatedBy ?? '', /addons\/ipai/);
    assert.ok(history.length >= (image.RootFS.Layers?.length ?? 0));
  });

  it('is a thing that bears the commit, and no pull request; and can be taken away', async () => {
    const { root } = sampleIn(folder());
    const own = imageTest('image-thing', base);
    const source = await sourceOf(root);
    const { id } = await own.build(source);
    const host = { connection: { docker: own.docker } } as Parameters<typeof listThings>[0];
    const things = await listThings(host, own.project, signal);
    assert.deepEqual(
      things.map(({ kind, part, name, stamp }) => [kind, part, name, stamp.number, stamp.commit, stamp.created_at, stamp.expires_at]),
      [
        [
          'image',
          'code',
          `odoo-ops/${own.project}/code:${source.commit}`,
          null,
          source.commit,
          new Date(source.committed_at).toISOString(),
          null,
        ],
      ],
    );
    const [thing] = things;
    assert.ok(thing);
    assert.equal(await removeThing(host, thing, signal), true);
    assert.equal(await findImage(own.docker, id, signal), null);
    assert.deepEqual(await own.images(), []);
  });

  describe('where the engine is not as expected', () => {
    /** What loads the sample on the base, and what it should come to. */
    async function request(): Promise<{ request: (more: Partial<LoadRequest>) => LoadRequest; digests: string[]; tag: string }> {
      const source = await sourceOf(sampleIn(folder()).root);
      const image = await findImage(test.docker, base, signal);
      assert.ok(image);
      const tag = `odoo-ops/${test.project}/code:${randomBytes(4).toString('hex')}`;
      const digests: string[] = [];
      const labels = { 'odoo-ops.project': test.project };
      const layers = source.folders.map((one, index) => ({
        known: null,
        prepare: async () => {
          const plan = await prepareLayer(source, one, '/workspaces/odoo');
          return {
            bytes: plan.bytes,
            write: async (put: Parameters<typeof writeLayer>[2]) => (digests[index] = await writeLayer(source, plan, put, signal)),
          };
        },
      }));
      const config = () => {
        const parts = digests.map((digest) => ({ place: '/', tree: '', digest }));
        return imageConfig({ base: image, history: [], created: source.committed_at, layers: parts, labels });
      };
      return { request: (more) => ({ base: image, tag, layers, config, report: () => undefined, ...more }), digests, tag };
    }

    it('sends a layer after all that the engine was thought to have', async () => {
      const { request: of, digests } = await request();
      const lines: string[] = [];
      const whole = of({ report: (line) => lines.push(line) });
      const [first, ...others] = whole.layers;
      assert.ok(first);
      // An image that tells of it was there a moment ago, and its layers went with it.
      const gone = `sha256:${'0'.repeat(64)}`;
      digests[0] = gone;
      const image = await loadImage(test.docker, { ...whole, layers: [{ ...first, known: gone }, ...others] }, signal);
      assert.deepEqual(image.RootFS.Layers.slice(-digests.length), digests);
      assert.notEqual(digests[0], gone);
      assert.match(lines.join('\n'), /sending all layers of the code/);
    });

    it('sends the layers of the base too, as the engine saves them, to one that finds none by itself', async () => {
      const { request: of } = await request();
      const plain = await loadImage(test.docker, of({}), signal);
      const whole = of({ tag: `odoo-ops/${test.project}/code:all` });
      const all = await loadImage(test.docker, { ...whole, base: { ...whole.base, GraphDriver: { Name: 'overlayfs' } } }, signal);
      assert.equal(all.Id, plain.Id);
    });

    it('says what the engine says in the middle of its answer', async () => {
      const { request: of, digests, tag } = await request();
      const lying = of({});
      const config = () => lying.config().replace(digests[0] ?? '', `sha256:${'1'.repeat(64)}`);
      await assert.rejects(
        loadImage(test.docker, { ...lying, config }, signal),
        (error) => isOpsError(error, 'failed') && error.message.includes('invalid diffID'),
      );
      assert.equal(await findImage(test.docker, tag, signal), null);
    });
  });

  it('leaves nothing when it is cancelled while it loads, and is built the next time', async () => {
    const root = strange(folder());
    const own = imageTest('image-cancel', base);
    try {
      const ending = new AbortController();
      const source = await sourceOf(root, { signal: ending.signal });
      let files = 0;
      const slow: typeof source.read = (entries, each) =>
        source.read(entries, async (file, size, chunks) => {
          if (++files === 6) ending.abort();
          await each(file, size, chunks);
        });
      await rejectsWith(own.build({ ...source, read: slow }, { signal: ending.signal }), 'cancelled');
      assert.ok(files >= 6);
      assert.deepEqual(await own.images(), []);
      assert.equal((await own.build(await sourceOf(root))).layers.length, 2);
    } finally {
      await own.clean();
    }
  });

  it('refuses a commit whose names or links cannot be in an image, and loads nothing of it', async () => {
    const own = imageTest('image-hostile', base);
    const { root } = sampleIn(folder());
    const start = git(root, ['rev-parse', 'HEAD']);
    const plant = (mode: string, path: string, content: string) => {
      git(root, ['reset', '--quiet', '--hard', start]);
      writeFileSync(join(root, '.git', 'content'), content);
      const object = git(root, ['hash-object', '-w', join(root, '.git', 'content')]);
      git(root, ['update-index', '--add', '--cacheinfo', `${mode},${object},${path}`]);
      git(root, ['commit', '--quiet', '--message', 'Hostile']);
    };
    const cases: [mode: string, path: string, content: string, words: RegExp][] = [
      ['100644', 'addons/ipai/.wh.ipai_loyalty', '', /deleted/],
      ['100644', 'addons/ipai/ipai_loyalty/.wh..wh..opq', '', /deleted/],
      ['120000', 'addons/ipai/ipai_loyalty/passwd', '/etc/passwd', /outside of the build/],
      ['120000', 'addons/ipai/ipai_loyalty/up', '../../../../../etc', /outside of the build/],
    ];
    for (const [mode, path, content, words] of cases) {
      plant(mode, path, content);
      await assert.rejects(own.build(await sourceOf(root)), (error) => isOpsError(error, 'repository') && words.test(error.message));
    }
    assert.deepEqual(await own.images(), []);
  });
});
