import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildManifest } from '../../../src/core/build/manifest.ts';
import { build } from '../../../src/runtime/build/build.ts';
import { cli, json, type CliOptions } from '../../support/cli.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, commit, git, sampleIn, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

const LONG = 'a-rather-long-name-of-a-folder-that-somebody-thought-well-of';
const DEEP = `addons/ipai/ipai_loyalty/${Array(5).fill(LONG).join('/')}/file.txt`;

describe('build', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const manifestOf = async (root: string, revision = 'main', output: string | null = null): Promise<BuildManifest> =>
    (await build(await opened(root), { revision, verify: false, output })).manifest;
  const listing = (tar: string) =>
    execFileSync('tar', ['--utc', '--full-time', '-tvf', tar], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' } })
      .trimEnd()
      .split('\n');

  /** A commit with everything that makes archives differ between machines. */
  function difficult(root: string): string {
    const base = join(root, 'addons/ipai/ipai_loyalty');
    write(root, {
      [DEEP]: 'deep\n',
      'addons/ipai/ipai_loyalty/größe 価格.xml': '<odoo/>\n',
      'addons/ipai/ipai_loyalty/empty.txt': '',
      'addons/ipai/ipai_loyalty/crlf.txt': 'a\r\nb\r\n',
      'addons/ipai/ipai_loyalty/lf.txt': 'a\nb\n',
      'addons/ipai/ipai_loyalty/ident.txt': '$Id$\n',
      'addons/ipai/ipai_loyalty/left-out.txt': 'kept all the same\n',
      'addons/ipai/ipai_loyalty/B.py': '',
      'addons/ipai/ipai_loyalty/a.py': '',
      'addons/ipai/ipai_loyalty/run.sh': '#!/bin/sh\n',
      '.gitattributes': '*.txt text eol=crlf\nleft-out.txt export-ignore\nident.txt ident\n',
    });
    writeFileSync(join(base, 'binary.bin'), Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256)));
    chmodSync(join(base, 'run.sh'), 0o755);
    symlinkSync('run.sh', join(base, 'link'));
    symlinkSync('../../oca/partner_reference', join(base, 'folder-link'));
    const sha = commit(root, 'Difficult: größe\n\nWith a body.');
    git(root, ['push', '--quiet', 'origin', 'main']);
    return sha;
  }

  it('has the same bytes in another clone, with another umask, locale, zone, home and git configuration', async () => {
    const { root, origin } = sampleIn(folder());
    const sha = difficult(root);
    const place = join(folder(), `ein anderer Ort ${'x'.repeat(60)}`);
    mkdirSync(place);
    const other = cloneOf(origin, join(place, 'klon'), 'Ben Cruz', [
      '-c',
      'core.autocrlf=true',
      '-c',
      'core.fileMode=false',
      '-c',
      'core.precomposeUnicode=true',
      '-c',
      'i18n.logOutputEncoding=ISO-8859-1',
    ]);
    writeFileSync(join(other, '.git/info/attributes'), '*.xml export-subst\n*.py text eol=crlf\n');
    const variants: [string, CliOptions][] = [
      [root, {}],
      [root, { umask: '077', env: { TZ: 'America/New_York', LC_ALL: 'de_DE.UTF-8', LANG: 'tr_TR.UTF-8' } }],
      [other, { umask: '000', env: { TZ: 'Pacific/Kiritimati', HOME: '/', LC_ALL: 'C', SOURCE_DATE_EPOCH: '1' } }],
    ];
    const tars: string[] = [];
    const manifests: unknown[] = [];
    for (const [clone, options] of variants) {
      const tar = join(folder(), 'build.tar');
      const result = await cli(clone, ['build', sha, '--output', tar, '--json'], options);
      assert.equal(result.code, 0, result.stderr);
      manifests.push(json(result)['manifest']);
      tars.push(createHash('sha256').update(readFileSync(tar)).digest('hex'));
      assert.equal((json(result)['manifest'] as BuildManifest).artifact.sha256, tars.at(-1));
    }
    assert.deepEqual(new Set(tars).size, 1);
    assert.deepEqual(manifests[1], manifests[0]);
    assert.deepEqual(manifests[2], manifests[0]);
  });

  it('is a tar that others read: paths, modes, links, bytes and the time of the commit', async () => {
    const { root } = sampleIn(folder());
    const sha = difficult(root);
    const [tar, target] = [join(folder(), 'deeper/build.tar'), folder()];
    const manifest = await manifestOf(root, sha, tar);
    assert.equal(manifest.branch, null);
    assert.equal(manifest.message, 'Difficult: größe\n\nWith a body.');
    const lines = listing(tar);
    assert.equal(lines.length, manifest.artifact.files);
    assert.ok(
      lines.every((line) => line.includes('2026-03-02 01:00:00') && line.includes(' 0/0 ')),
      lines[0],
    );
    execFileSync('tar', ['-xf', tar, '-C', target]);
    assert.deepEqual(readFileSync(join(target, DEEP), 'utf8'), 'deep\n');
    const inner = join(target, 'addons/ipai/ipai_loyalty');
    assert.equal(readFileSync(join(inner, 'größe 価格.xml'), 'utf8'), '<odoo/>\n');
    assert.equal(readFileSync(join(inner, 'lf.txt'), 'utf8'), 'a\nb\n');
    assert.equal(readFileSync(join(inner, 'ident.txt'), 'utf8'), '$Id$\n');
    assert.equal(readFileSync(join(inner, 'left-out.txt'), 'utf8'), 'kept all the same\n');
    assert.equal(readFileSync(join(inner, 'binary.bin')).length, 5000);
    assert.ok(lines.some((line) => line.startsWith('-rwxr-xr-x') && line.endsWith('/run.sh')));
    assert.ok(lines.some((line) => line.startsWith('-rw-r--r--') && line.endsWith('/empty.txt')));
    assert.ok(lines.some((line) => line.startsWith('lrwxrwxrwx') && line.endsWith('/link -> run.sh')));
    assert.ok(lines.some((line) => line.endsWith('/folder-link -> ../../oca/partner_reference')));
    assert.equal(
      lines.some((line) => line.includes('README.md') || line.includes('scripts/')),
      false,
    );
  });

  it('holds paths longer than a file name and than the fields of a tar', async () => {
    const { root } = sampleIn(folder());
    assert.ok(DEEP.length > 255);
    difficult(root);
    const tar = join(folder(), 'build.tar');
    await manifestOf(root, 'main', tar);
    assert.ok(listing(tar).some((line) => line.endsWith(DEEP)));
  });

  it('is made from the commit: the work tree does not matter, nor does odoo-ops.yml in it', async () => {
    const { root } = sampleIn(folder());
    const clean = await manifestOf(root);
    write(root, {
      'addons/ipai/ipai_loyalty/__init__.py': 'dirty\n',
      'addons/ipai/new/__manifest__.py': '{}',
      'odoo-ops.yml': 'odoo:\n  addons_path: [addons/oca]\n',
    });
    rmSync(join(root, 'requirements.txt'));
    git(root, ['add', '--all']);
    assert.deepEqual(await manifestOf(root), clean);
  });

  it('of a commit without odoo-ops.yml is made by the defaults, not by what lies in the work tree', async () => {
    const { root } = sampleIn(folder());
    rmSync(join(root, 'odoo-ops.yml'));
    commit(root, 'No configuration');
    const clean = await manifestOf(root, 'HEAD');
    write(root, { 'odoo-ops.yml': 'odoo:\n  addons_path: [addons/oca]\n' });
    assert.deepEqual(await manifestOf(root, 'HEAD'), clean);
  });

  it('does not follow replacements that only this clone knows', async () => {
    const { root } = sampleIn(folder());
    const clean = await manifestOf(root);
    git(root, ['replace', git(root, ['rev-parse', 'main:requirements.txt']), git(root, ['rev-parse', 'main:README.md'])]);
    assert.deepEqual(await manifestOf(root), clean);
  });

  it('states branch, author, time, dependency files and addons with their versions', async () => {
    const { root } = sampleIn(folder());
    const manifest = await manifestOf(root, 'feature/loyalty-points');
    assert.deepEqual(
      [manifest.branch, manifest.author, manifest.time, manifest.image],
      ['feature/loyalty-points', 'Ben Cruz <ben@example.com>', '2026-03-04T14:00:00+08:00', null],
    );
    const lock = createHash('sha256')
      .update(readFileSync(join(root, 'requirements.txt.lock')))
      .digest('hex');
    assert.deepEqual(
      manifest.dependencies.map(({ path }) => path),
      ['requirements.txt', 'requirements.txt.lock'],
    );
    assert.equal(manifest.dependencies[1]?.sha256, lock);
    assert.deepEqual(
      manifest.addons.map(({ path, version }) => [path, version]),
      [
        ['addons/ipai/ipai_loyalty', '19.0.1.1.0'],
        ['addons/oca/partner_reference', '19.0.1.0.2'],
      ],
    );
  });

  it('gives an addon the same content hash in each commit that does not touch it, and another one where a byte, a name or a mode differs', async () => {
    const { root } = sampleIn(folder());
    const hashes = async () => new Map((await manifestOf(root, 'HEAD')).addons.map(({ path, sha256 }) => [path.split('/').at(-1), sha256]));
    const before = await hashes();
    write(root, { 'addons/oca/partner_reference/README.rst': 'x\n' });
    commit(root, 'Touch one', undefined, '2026-04-01T00:00:00Z');
    const after = await hashes();
    assert.equal(after.get('ipai_loyalty'), before.get('ipai_loyalty'));
    assert.notEqual(after.get('partner_reference'), before.get('partner_reference'));
    git(root, ['mv', 'addons/ipai/ipai_loyalty/models/res_partner.py', 'addons/ipai/ipai_loyalty/models/partner.py']);
    commit(root, 'Rename');
    const renamed = await hashes();
    assert.notEqual(renamed.get('ipai_loyalty'), before.get('ipai_loyalty'));
    chmodSync(join(root, 'addons/ipai/ipai_loyalty/models/partner.py'), 0o755);
    commit(root, 'Mode');
    assert.notEqual((await hashes()).get('ipai_loyalty'), renamed.get('ipai_loyalty'));
  });

  for (const [what, target] of [
    ['absolute', '/etc/passwd'],
    ['out of the repository', '../../../../../etc/passwd'],
    ['out of the build', '../../../README.md'],
    ['to nothing', 'missing.py'],
  ] as const) {
    it(`refuses a link that leads ${what}, by name, and leaves no file`, async () => {
      const { root } = sampleIn(folder());
      symlinkSync(target, join(root, 'addons/ipai/ipai_loyalty/bad-link'));
      commit(root, 'Link');
      const tar = join(folder(), 'build.tar');
      await rejectsWith(manifestOf(root, 'HEAD', tar), 'repository', 'addons/ipai/ipai_loyalty/bad-link', target);
      assert.deepEqual(execFileSync('ls', ['-A', dirname(tar)], { encoding: 'utf8' }), '');
    });
  }

  it('refuses a file name that is not UTF-8, by name', async () => {
    const { root } = sampleIn(folder());
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'addons/ipai/ipai_loyalty/gr')), Buffer.from([0xf6]), Buffer.from('e.txt')]), 'x');
    commit(root, 'Latin-1');
    await rejectsWith(manifestOf(root, 'HEAD'), 'repository', 'addons/ipai/ipai_loyalty/gr');
  });

  describe('with a submodule', () => {
    function withSubmodule(path: string, config?: string): { root: string; origin: string } {
      const { root, origin } = sampleIn(folder());
      const library = folder();
      git(library, ['init', '--quiet', '--initial-branch=main']);
      git(library, ['config', 'user.name', 'x']);
      git(library, ['config', 'user.email', 'x@example.com']);
      write(library, {
        'modules/oca_rate/__manifest__.py': '{"name": "Rate"}',
        'oca_tax/__manifest__.py': '{"name": "Tax", "version": "19.0.2.0.0"}',
        'oca_tax/__init__.py': '',
        'setup.cfg': '',
      });
      commit(library, 'Library');
      if (config !== undefined) write(root, { 'odoo-ops.yml': config });
      git(root, ['-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', library, path]);
      commit(root, 'Take the library in');
      git(root, ['push', '--quiet', 'origin', 'main']);
      return { root, origin };
    }

    it('refuses it by name where it is not initialised', async () => {
      const { origin } = withSubmodule('addons/oca/library');
      const bare = cloneOf(origin, join(folder(), 'other'));
      const error = await rejectsWith(manifestOf(bare), 'repository', 'addons/oca/library');
      assert.match(error.hint ?? '', /submodule update --init/);
    });

    it('takes its files where it is, and a second build elsewhere finds the same bytes', async () => {
      const { root } = withSubmodule('addons/extra', 'odoo:\n  addons_path: [addons/oca, addons/ipai, addons/extra]\n');
      const tar = join(folder(), 'build.tar');
      const { manifest, record } = await build(await opened(root), { revision: 'main', verify: true, output: tar });
      assert.equal(record.outcome?.act === 'build' && record.outcome.verified, true);
      assert.ok(listing(tar).some((line) => line.endsWith('addons/extra/oca_tax/__manifest__.py')));
      assert.deepEqual(
        manifest.addons.filter(({ path }) => path.startsWith('addons/extra')).map(({ path, version }) => [path, version]),
        [['addons/extra/oca_tax', '19.0.2.0.0']],
      );
    });

    it('takes the part of it that belongs to the build, where it holds an addons folder among other things', async () => {
      const { root } = withSubmodule('vendor', 'odoo:\n  addons_path: [addons/ipai, vendor/modules]\n');
      const paths = (await manifestOf(root)).addons.map(({ path }) => path);
      assert.deepEqual(paths, ['addons/ipai/ipai_loyalty', 'vendor/modules/oca_rate']);
    });
  });

  it('verifies itself by a second build in another clone', async () => {
    const { root } = sampleIn(folder());
    const { record } = await build(await opened(root), { revision: 'HEAD', verify: true, output: null });
    assert.deepEqual(
      record.steps.map(({ name, result }) => [name, result]),
      [
        ['build', 'passed'],
        ['verify', 'passed'],
      ],
    );
  });

  it('names the branch for HEAD and origin/main, and none for a SHA, a tag or a detached HEAD', async () => {
    const { root } = sampleIn(folder());
    git(root, ['tag', 'v1']);
    const sha = git(root, ['rev-parse', 'HEAD']);
    const branches = [];
    for (const revision of ['HEAD', 'origin/main', sha.slice(0, 10), 'v1']) branches.push((await manifestOf(root, revision)).branch);
    git(root, ['switch', '--quiet', '--detach']);
    branches.push((await manifestOf(root, 'HEAD')).branch);
    assert.deepEqual(branches, ['main', 'main', null, null, null]);
  });

  for (const [revision, code] of [
    ['--all', 'usage'],
    ['a..b', 'usage'],
    ['main:README.md', 'usage'],
    ['nothing-such', 'repository'],
    ['0123456789abcdef0123456789abcdef01234567', 'repository'],
    ['', 'usage'],
  ] as const) {
    it(`refuses the revision ${JSON.stringify(revision)}`, async () => {
      const { root } = sampleIn(folder());
      await rejectsWith(manifestOf(root, revision), code, JSON.stringify(revision));
    });
  }

  it('says that no addon lies where the configuration says', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'odoo-ops.yml': 'odoo:\n  addons_path: [modules]\n' });
    commit(root, 'Wrong path');
    await rejectsWith(manifestOf(root, 'HEAD'), 'repository', 'holds no addon in modules');
  });

  it('says which commit holds a broken odoo-ops.yml, and where it is broken', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'odoo-ops.yml': 'odoo: [\n' });
    commit(root, 'Broken');
    git(root, ['push', '--quiet', 'origin', 'HEAD:refs/heads/feature/broken']);
    git(root, ['reset', '--quiet', '--hard', 'HEAD^']);
    await rejectsWith(manifestOf(root, 'origin/feature/broken'), 'config', 'odoo-ops.yml:');
  });
});
