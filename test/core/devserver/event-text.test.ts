import assert from 'node:assert/strict';
import type { DevEvent } from '../../../src/core/devserver/events.ts';
import { eventText, seconds } from '../../../src/core/devserver/event-text.ts';

const file = '/repo/addons/sale_x/models/sale_order.py';

const cases: [DevEvent, string][] = [
  [{ type: 'starting', reason: '', files: [] }, 'Odoo starts'],
  [{ type: 'starting', reason: 'odoo.conf changed', files: ['/etc/odoo.conf'] }, 'Odoo starts anew: odoo.conf changed'],
  [{ type: 'ready', url: 'http://x:1', pid: 1, ms: 2345, database: 'dev' }, 'Odoo is ready: http://x:1 (2.3 s)'],
  [{ type: 'reloading', files: [file] }, 'Reloading sale_order.py'],
  [{ type: 'reloaded', kind: 'patch', files: [file], ms: 42 }, 'Reloaded in 0.04 s (patched sale_order.py)'],
  [
    { type: 'reloaded', kind: 'fork', files: [file, '/repo/a.py'], ms: 370, reason: 'a new field' },
    'Reloaded in 0.37 s (a fresh process for sale_order.py and a.py: a new field)',
  ],
  [{ type: 'reloaded', kind: 'parent', files: ['a', 'b', 'c'], ms: 12_000 }, 'Reloaded in 12 s (a new parent for 3 files)'],
  [
    { type: 'reloaded', kind: 'fork', files: ['/a.py'], ms: 400, reason: 'a.py is new' },
    'Reloaded in 0.40 s (a fresh process: a.py is new)',
  ],
  [{ type: 'reloaded', kind: 'parent', files: [], ms: 900, reason: 'asked for' }, 'Reloaded in 0.90 s (a new parent: asked for)'],
  [{ type: 'reloaded', kind: 'update', files: [file], ms: 5000 }, 'Reloaded in 5.0 s (after the update)'],
  [{ type: 'reloaded', kind: 'view', files: ['/v.xml'], ms: 8 }, 'Reloaded in 0.01 s (views of v.xml)'],
  [
    { type: 'failed', message: 'SyntaxError: x', file, line: 3, column: 7, phase: 'reload', serving: true },
    `${file}:3:7: SyntaxError: x (the last good code still answers)`,
  ],
  [{ type: 'failed', message: 'boom', phase: 'start', serving: false }, 'boom'],
  [{ type: 'needs-update', modules: ['sale_x'], reasons: { sale_x: ['new field foo'] } }, 'sale_x needs an update: new field foo'],
  [{ type: 'needs-update', modules: ['a', 'b'], reasons: {} }, 'a, b need an update'],
  [{ type: 'needs-update', modules: [], reasons: {} }, 'No module needs an update.'],
  [{ type: 'updating', modules: ['a', 'b'] }, 'Updating a, b'],
  [{ type: 'waiting', for: 'postgresql', message: 'PostgreSQL is away.' }, 'PostgreSQL is away.'],
  [{ type: 'notice', level: 'info', message: 'polling' }, 'polling'],
  [{ type: 'debugging', host: '127.0.0.1', port: 5678, pid: 9 }, 'A debugger can attach to 127.0.0.1:5678 (process 9)'],
  [{ type: 'stopped', reason: 'stopped', code: 0 }, 'Odoo stopped'],
  [
    { type: 'stopped', reason: 'crash-loop', message: '5 in a minute', code: 1 },
    'Odoo crashed again and again, so it is not started any more: 5 in a minute',
  ],
];

describe('what people read of an event', () => {
  for (const [event, text] of cases) it(`is "${text}"`, () => assert.equal(eventText(event).text, text));

  it('moves no cursor', () => {
    assert.equal(eventText({ type: 'notice', level: 'info', message: 'a\u001b[2Jb' }).text, 'a [2Jb');
  });

  it('has the level that it deserves', () => {
    const levels = cases.map(([event]) => `${event.type} ${eventText(event).level}`);
    for (const expected of [
      'reloading debug',
      'failed error',
      'needs-update warning',
      'needs-update info',
      'stopped info',
      'stopped error',
    ])
      assert.ok(levels.includes(expected), expected);
  });

  it('counts seconds as people do', () => {
    assert.deepEqual([4, 42, 999, 1049, 9900, 72_400].map(seconds), ['0.00 s', '0.04 s', '1.00 s', '1.0 s', '9.9 s', '72 s']);
  });
});
