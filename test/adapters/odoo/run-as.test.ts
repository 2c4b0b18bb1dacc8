import assert from 'node:assert/strict';
import { resolveRunAs } from '../../../src/adapters/odoo/run-as.ts';
import { isOpsError } from '../../../src/core/errors.ts';

describe('user that Odoo runs as', () => {
  it('is ourselves where we are ordinary', async () => {
    assert.equal(await resolveRunAs({ ODOO_OPS_RUN_AS: 'whoever' }, 1000), undefined);
  });

  it('must be named where we are root', async () => {
    await assert.rejects(resolveRunAs({}, 0), (error) => isOpsError(error, 'usage') && error.hint?.includes('ODOO_OPS_RUN_AS') === true);
  });

  it('must be a user, and not root', async function () {
    if (process.platform === 'darwin') return this.skip(); // no getent
    for (const user of ['no-such-user-here', 'root', '--help'])
      await assert.rejects(resolveRunAs({ ODOO_OPS_RUN_AS: user }, 0), (error) => isOpsError(error, 'usage'));
    const nobody = await resolveRunAs({ ODOO_OPS_RUN_AS: 'nobody' }, 0);
    assert.equal(nobody?.user, 'nobody');
    assert.ok(nobody.uid > 0 && nobody.gid > 0);
  });
});
