import assert from 'node:assert/strict';
import { explainText } from '../../../src/extension/pull-requests/explain-text.ts';
import { environment, row } from './samples.ts';

describe('why an environment is red, as a document', () => {
  const red = environment(12, {
    verdict: 'red',
    lines: ['ERROR acme odoo: relation does not exist', '``` not the end'],
    lacks: ['egress-lock'],
    evidence: 'web/docs/evidence/20260305-2001+0800/pr-12',
  });

  it('has the lines, the files where the rest stands, and what the engine cannot give', () => {
    const text = explainText(row(12, { environment: red }), red, {
      files: ['logs/modules.log', 'record.json'],
      message: 'Modules are missing.',
      uncovered: [{ module: 'ipai_bank', reason: 'it has a password' }],
    });
    assert.match(text, /^# #12 Title 12: running, red\n/);
    assert.match(text, /## What its log says\n```\nERROR acme odoo: relation does not exist\n/);
    // As the documents find the names that they make links of.
    assert.deepEqual(
      [...text.matchAll(/(?<=\s)(?:logs\/[\w.-]+|[\w-]+\.json)(?=\s|$)/gm)].map(([name]) => name),
      ['logs/modules.log', 'record.json'],
    );
    assert.match(text, /^## Look at\n- ipai_bank: it has a password$/m);
    assert.match(text, /^- Modules are missing\.$/m);
    assert.match(text, /^- nothing keeps its code from the network$/m);
  });

  it('says so where the log says nothing', () => {
    const green = environment(12);
    const nothing = { files: [], message: null, uncovered: [] };
    assert.match(explainText(row(12), green, nothing), /Nothing that is wrong\./);
    const failed = environment(12, { state: 'failed' });
    const text = explainText(row(12, { environment: failed }), failed, nothing);
    assert.match(text, /Nothing of it is known here: follow its log\./);
  });
});
