import assert from 'node:assert/strict';
import { librariesThatSend, uncoveredModules, type CoverageFacts } from '../../../src/core/neutralisation/coverage.ts';

const NOTHING: CoverageFacts = { installed: [], modules: new Map(), columns: [], parameters: [], declared: [], senders: new Map() };

describe('what no neutralisation covers', () => {
  it('is nothing where nothing is left', () => {
    assert.deepEqual(uncoveredModules({ ...NOTHING, installed: ['base'], modules: new Map([['base', { neutralizes: true }]]) }), []);
  });

  it('names columns that still hold something, unless one of their modules neutralises', () => {
    const modules = new Map([
      ['payment_x', { neutralizes: true }],
      ['ipai_bank', { neutralizes: false }],
    ]);
    const columns = [
      { table: 'payment_provider', column: 'x_secret', modules: ['ipai_bank', 'payment_x'], rows: 1 },
      { table: 'bank_link', column: 'api_key', modules: ['ipai_bank'], rows: 2 },
      { table: 'res_partner', column: 'x_token', modules: [], rows: 1 },
    ];
    assert.deepEqual(uncoveredModules({ ...NOTHING, modules, columns }), [
      { module: 'custom fields', reason: 'res_partner.x_token still holds something in 1 row, and no neutralize.sql empties it.' },
      { module: 'ipai_bank', reason: 'bank_link.api_key still holds something in 2 rows, and no neutralize.sql empties it.' },
    ]);
  });

  it('names parameters that look like credentials and nobody declared, by the module they belong to', () => {
    const parameters = ['slack.webhook', 'ipai_bank.token', 'n8n.api_key', 'database.secret', 'recaptcha_private_key'].map((key) => ({
      key,
      module: null,
    }));
    const found = uncoveredModules({ ...NOTHING, installed: ['ipai_bank'], parameters, declared: ['slack.webhook'] });
    assert.deepEqual(
      found.map(({ module, reason }) => [module, /parameter (\S+)/.exec(reason)?.[1]]),
      [
        ['ipai_bank', 'ipai_bank.token'],
        ['ir.config_parameter', 'n8n.api_key'],
      ],
    );
  });

  it('names modules whose Python reaches out, where they are installed and bring no neutralize.sql', () => {
    const senders = new Map([
      ['ipai_slack', ['requests']],
      ['ipai_off', ['requests']],
      ['ipai_good', ['requests', 'smtplib']],
    ]);
    const modules = new Map([['ipai_good', { neutralizes: true }]]);
    assert.deepEqual(uncoveredModules({ ...NOTHING, installed: ['ipai_good', 'ipai_slack'], modules, senders }), [
      { module: 'ipai_slack', reason: 'Its Python reaches other machines (requests), and it has no neutralize.sql.' },
    ]);
  });

  it('reads imports, wherever they stand, and nothing that only looks like one', () => {
    assert.deepEqual(
      librariesThatSend(`import os\nimport requests\nfrom urllib.request import urlopen\n\ndef f():\n    import smtplib as s\n`),
      ['requests', 'smtplib', 'urllib.request'],
    );
    assert.deepEqual(librariesThatSend(`from . import requests_log\nimport requests_mock\n# import requests\nx = "import smtplib"\n`), []);
  });
});
