import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOdoo } from '../../../src/adapters/odoo/find-odoo.ts';
import { isOpsError } from '../../../src/core/errors.ts';

describe('finding Odoo', () => {
  let root: string;

  async function write(path: string, text: string): Promise<string> {
    const file = join(root, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
    return file;
  }

  /** A Python that answers our question in its own way. */
  const python = (path: string, release: string, missing = ''): Promise<string> =>
    write(path, `#!/bin/sh\nprintf '%s\\n%s\\n' '${release}' '${missing}'\n`);

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'find-odoo-')));
    await write('odoo19/odoo-bin', '');
    await mkdir(join(root, 'odoo19', 'addons'));
    await mkdir(join(root, 'repo', 'addons'), { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  const find = (env: Record<string, string>): ReturnType<typeof findOdoo> => findOdoo({ env, repository: join(root, 'repo') });
  const expected = (home: string, good: string): object => ({ home, program: join(home, 'odoo-bin'), python: good });

  it('takes ODOO_HOME and ODOO_PYTHON', async () => {
    const good = await python('py', '/x/odoo/release.py');
    assert.deepEqual(await find({ ODOO_HOME: join(root, 'odoo19'), ODOO_PYTHON: good }), expected(join(root, 'odoo19'), good));
  });

  it('fails where ODOO_HOME holds no odoo-bin', async () => {
    await assert.rejects(find({ ODOO_HOME: root }), (error) => isOpsError(error, 'usage') && error.message.includes('odoo-bin'));
  });

  it("takes the repository's addons/odoo, be it a link to Odoo's addons or a whole Odoo", async () => {
    const good = await python('py', '/x/odoo/release.py');
    await symlink(join(root, 'odoo19/addons'), join(root, 'repo/addons/odoo'));
    assert.deepEqual(await find({ ODOO_PYTHON: good }), expected(join(root, 'odoo19'), good));
    await rm(join(root, 'repo/addons/odoo'));
    await write('repo/addons/odoo/odoo-bin', '');
    assert.deepEqual(await find({ ODOO_PYTHON: good }), expected(join(root, 'repo/addons/odoo'), good));
  });

  it('takes the odoo command of a package, and asks Python where its folder is', async () => {
    const program = await write('bin/odoo', '');
    const good = await python('py', '/usr/lib/python3/dist-packages/odoo/release.py');
    assert.deepEqual(await find({ PATH: join(root, 'bin'), ODOO_PYTHON: good }), {
      home: '/usr/lib/python3/dist-packages',
      program,
      python: good,
    });
  });

  it('looks for a named Python on the PATH', async () => {
    const good = await python('bin/python3.11', '/x/odoo/release.py');
    assert.equal((await find({ PATH: join(root, 'bin'), ODOO_HOME: join(root, 'odoo19'), ODOO_PYTHON: 'python3.11' })).python, good);
  });

  it('says what a Python lacks, or that it does not run', async () => {
    const poor = await python('py', '/x/odoo/release.py', 'psycopg2 lxml');
    await assert.rejects(
      find({ ODOO_HOME: join(root, 'odoo19'), ODOO_PYTHON: poor }),
      (error) =>
        isOpsError(error, 'unreachable') && error.message.includes('psycopg2 lxml') && error.hint?.includes('ODOO_PYTHON') === true,
    );
    await assert.rejects(find({ ODOO_HOME: join(root, 'odoo19'), ODOO_PYTHON: '/nowhere/python' }), (error) =>
      isOpsError(error, 'unreachable'),
    );
  });

  it('says so where there is none', async () => {
    await assert.rejects(
      find({ PATH: join(root, 'bin') }),
      (error) => isOpsError(error, 'unreachable') && error.hint?.includes('ODOO_HOME') === true,
    );
  });
});
