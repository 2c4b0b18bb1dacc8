import assert from 'node:assert/strict';
import { dockerfileNeedsReader } from '../../../src/adapters/formats/containers/dockerfile-needs.ts';
import { requirementsReader } from '../../../src/adapters/formats/requirements.ts';
import type { Container, FileFacts, Pin } from '../../../src/core/policy/facts.ts';
import { reproducibleBuild } from '../../../src/core/policy/reproducible-build.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const range = { start: { line: 3, column: 5 }, end: { line: 3, column: 9 } };
const messages = async (files: Record<string, string>, more: Record<string, FileFacts> = {}, submodules: readonly string[] = []) => {
  const facts = await repositoryFacts([requirementsReader, dockerfileNeedsReader], files, {
    submodules,
  });
  const joined = new Map(facts.files);
  for (const [path, told] of Object.entries(more)) joined.set(path, { ...joined.get(path), ...told });
  const all = { ...facts, files: joined, paths: [...new Set([...facts.paths, ...Object.keys(more)])] };
  return findingsOf(reproducibleBuild, all).map(({ severity, file, message }) => `${severity} ${file ?? '-'}: ${message}`);
};
const LOCKED = { 'requirements.txt': '', 'requirements.txt.lock': '' };

describe('rule reproducible-build', () => {
  it('accepts a lock file beside the requirements, and none where there is nothing to lock', async () => {
    assert.deepEqual(await messages({ 'requirements.txt': 'a>=1\n', 'requirements.txt.lock': 'a==1.0\n' }), []);
    assert.deepEqual(await messages({ 'pyproject.toml': '[project]\ndependencies = ["a"]\n', 'uv.lock': '' }), []);
    assert.deepEqual(await messages({ 'requirements.txt': '# nothing\n' }), []);
  });

  it('reports a missing lock file once, with what is not pinned', async () => {
    assert.deepEqual(await messages({ 'requirements.txt': 'a==1\nb>=2\nc\nd\ne\n' }), [
      'warning requirements.txt: requirements.txt has no lock file beside it, and does not pin b>=2, c, d and 1 more.',
    ]);
    assert.match((await messages({ 'requirements.txt': 'a==1\n' }))[0] ?? '', /what its packages need themselves is not pinned/);
  });

  it('reports missing requirements, submodules, and a lock file that locks nothing', async () => {
    assert.match((await messages({}))[0] ?? '', /^warning -: There is no requirements\.txt/);
    assert.match((await messages(LOCKED, {}, ['addons/oca/x']))[0] ?? '', /^warning addons\/oca\/x: addons\/oca\/x is a submodule/);
    assert.match(
      (await messages({ 'requirements.txt': 'a', 'requirements.txt.lock': 'a==1\nb>=2\n' }))[0] ?? '',
      /lock file does not pin b>=2/,
    );
  });

  it('reports packages from a branch, and files that are included and missing', async () => {
    const [branch, ...more] = await messages({ ...LOCKED, 'requirements.txt': 'git+https://u:secret@h/a.git@18.0\n' });
    assert.match(branch ?? '', /^error requirements\.txt: git\+https:\/\/h\/a\.git@18\.0 names a branch/);
    assert.equal(more.length, 0);
    assert.deepEqual(await messages({ ...LOCKED, 'requirements.txt': '-r base.txt\n-c gone.txt\n', 'base.txt': '' }), [
      'warning requirements.txt: It needs gone.txt, which is not in the repository.',
    ]);
  });

  it('looks only at the configured files and what they include', async () => {
    assert.deepEqual(
      await messages({ ...LOCKED, 'addons/odoo/requirements.txt': 'a\ngit+https://h/b\n', 'docs/requirements.txt': 'c\n' }),
      [],
    );
    const included = await messages({
      ...LOCKED,
      'requirements.txt': '-r deps/requirements-base.txt\n',
      'deps/requirements-base.txt': 'git+https://h/b\n',
    });
    assert.match(included[0] ?? '', /^error deps\/requirements-base\.txt/);
  });

  it('reports images without a digest and actions without a commit', async () => {
    const pin = (what: Pin['what'], reference: string, pinned = false): Pin => ({ what, reference, pinned, range });
    const pins = [
      pin('image', 'odoo'),
      pin('image', 'postgres:latest'),
      pin('image', 'h:5000/redis'),
      pin('image', 'caddy:2.8'),
      pin('image', 'caddy:2.8'),
      pin('image', 'a@sha256:1', true),
      pin('image', 'x:${TAG}'),
    ];
    assert.deepEqual(await messages(LOCKED, { 'compose.yml': { pins }, 'addons/odoo/setup/Dockerfile': { pins } }), [
      'error compose.yml: The image odoo is whatever is newest when it is pulled.',
      'error compose.yml: The image postgres:latest is whatever is newest when it is pulled.',
      'error compose.yml: The image h:5000/redis is whatever is newest when it is pulled.',
      'warning compose.yml: The image caddy:2.8 is not pinned by digest.',
    ]);
    const actions = [pin('action', 'actions/checkout@v4'), pin('action', 'actions/checkout@v4'), pin('action', 'a/b@main')];
    assert.deepEqual(await messages(LOCKED, { '.github/workflows/a.yml': { pins: actions } }), [
      'warning .github/workflows/a.yml: 2 actions are not pinned by commit: actions/checkout@v4, a/b@main.',
    ]);
  });

  it('reports what an image copies and nobody has', async () => {
    const dockerfile = 'FROM a\nCOPY config/odoo.conf gone.txt docs/*.md /etc/\n';
    assert.deepEqual(await messages({ ...LOCKED, Dockerfile: dockerfile, 'config/odoo.conf': '', 'docs/a.md': '' }), [
      'warning Dockerfile: It needs gone.txt, which is not in the repository.',
    ]);
    // The folder that it is built in is not known: any could be the one.
    assert.deepEqual(await messages({ ...LOCKED, 'docker/Dockerfile': 'FROM a\nCOPY a.txt /\n', 'other/a.txt': '' }), []);
    const built = { containers: [container({ build: { context: 'docker', dockerfile: 'docker/Dockerfile' } })] };
    assert.equal(
      (await messages({ ...LOCKED, 'docker/Dockerfile': 'FROM a\nCOPY a.txt /\n', 'other/a.txt': '' }, { 'compose.yml': built })).length,
      1,
    );
  });

  it('reports environment and configuration that only one machine has', async () => {
    const containers = [
      container({ env_files: [{ value: '.env', range }], mounts: [{ source: 'config/odoo.conf', target: '/etc/odoo/odoo.conf' }] }),
    ];
    assert.deepEqual(await messages(LOCKED, { 'compose.yml': { containers } }), [
      'warning compose.yml: It reads .env, which is not in the repository, and there is no .env.template.',
      'warning compose.yml: It mounts config/odoo.conf, which is not in the repository, and there is no config/odoo.conf.template.',
    ]);
    assert.deepEqual(
      await messages({ ...LOCKED, '.env.template': '', 'config/odoo.conf.template': '' }, { 'compose.yml': { containers } }),
      [],
    );
  });
});

function container(given: Partial<Container>): Container {
  return {
    ...{ kind: 'compose', name: 'odoo', range, image: null, build: null, words: [], environment: [], env_files: [], mounts: [] },
    ...{ networks: [], working_folder: null, extends: null, ...given },
  };
}
