import assert from 'node:assert/strict';
import { dockerfile, installsNothing } from '../../../../src/core/pr-environments/image/requirements.ts';

const Id = `sha256:${'a'.repeat(64)}`;

describe('the image with Python requirements', () => {
  it('is built as root, and leaves the user of the base as it was', () => {
    const lines = dockerfile({ Id, Config: { User: 'odoo' } }).split('\n');
    assert.equal(lines[0], `FROM ${Id}`);
    assert.equal(lines[1], 'USER root');
    assert.equal(lines.at(-2), 'USER odoo');
    for (const User of ['', 'root', '0', '0:0', null]) assert.ok(!dockerfile({ Id, Config: { User } }).includes('USER'), String(User));
  });

  it('bears its labels from the first step on', () => {
    const lines = dockerfile({ Id, Config: {} }, { 'odoo-ops.part': 'requirements', 'odoo-ops.build': 'x' }).split('\n');
    assert.equal(lines[1], 'LABEL odoo-ops.part="requirements" odoo-ops.build="x"');
  });

  it('is not needed for a text of comments', () => {
    assert.ok(installsNothing('# nothing\r\n\n   # yet\n'));
    assert.ok(installsNothing(''));
    assert.ok(!installsNothing('# one\nrequests==2.32.0\n'));
  });
});
