import assert from 'node:assert/strict';
import type { DevEvent } from '../../../src/core/devserver/events.ts';
import { afterEvent, BEGINNING } from '../../../src/core/devserver/state.ts';
import type { DevState } from '../../../src/core/devserver/state.ts';
import { summarize } from '../../../src/core/devserver/summary.ts';

const after = (...events: DevEvent[]): DevState => events.reduce(afterEvent, BEGINNING);

const ready: DevEvent = { type: 'ready', url: 'http://127.0.0.1:8069', pid: 1, ms: 2000, database: 'dev' };
const reloading: DevEvent = { type: 'reloading', files: ['/repo/sale_order.py'] };
const patched: DevEvent = { type: 'reloaded', kind: 'patch', files: ['/repo/sale_order.py'], ms: 42 };
const assets: DevEvent = { type: 'reloaded', kind: 'assets', files: ['/repo/x.scss'], ms: 9 };
const broken: DevEvent = {
  type: 'failed',
  message: 'invalid syntax',
  file: '/repo/a.py',
  line: 3,
  column: 7,
  phase: 'reload',
  serving: true,
};
const needs: DevEvent = { type: 'needs-update', modules: ['b', 'a'], reasons: { a: ['new field foo'] } };

describe('state of the development server', () => {
  const phases: [what: string, phase: DevState['phase']['is'], events: DevEvent[]][] = [
    ['nothing was said', 'starting', []],
    ['it is ready', 'ready', [ready]],
    ['a file changed', 'reloading', [ready, reloading]],
    ['the reload is done', 'ready', [ready, reloading, patched]],
    ['a reload failed and the last good code serves', 'ready', [ready, reloading, broken]],
    ['a start failed', 'broken', [{ ...broken, phase: 'start', serving: false }]],
    ['it was mended', 'ready', [{ ...broken, phase: 'start', serving: false }, ready]],
    ['it updates', 'updating', [ready, { type: 'updating', modules: ['a'] }]],
    ['a stylesheet is done while it updates', 'updating', [ready, { type: 'updating', modules: ['a'] }, assets]],
    ['the update is done', 'ready', [ready, { type: 'updating', modules: ['a'] }, { ...patched, kind: 'update' }]],
    ['PostgreSQL went away', 'waiting', [ready, { type: 'waiting', for: 'postgresql', message: 'x' }]],
    ['PostgreSQL came back', 'ready', [ready, { type: 'waiting', for: 'postgresql', message: 'x' }, ready]],
    ['it gave up', 'stopped', [ready, { type: 'stopped', reason: 'crash-loop', code: 1 }]],
    ['it only told something', 'ready', [ready, { type: 'notice', level: 'info', message: 'x' }, needs]],
  ];
  for (const [what, phase, events] of phases) {
    it(`is "${phase}" where ${what}`, () => assert.equal(after(...events).phase.is, phase));
  }

  it('keeps a failure until a reload of code goes well', () => {
    assert.deepEqual(after(ready, reloading, broken).failure?.place, { file: '/repo/a.py', line: 3, column: 7 });
    assert.ok(after(ready, broken, reloading).failure);
    assert.ok(after(ready, broken, assets).failure);
    const view: DevEvent = { type: 'reloaded', kind: 'view', files: ['/repo/v.xml'], ms: 9 };
    const brokenView: DevEvent = { type: 'failed', message: 'no XML', file: '/repo/v.xml', phase: 'reload', serving: true };
    assert.equal(after(ready, brokenView, view).failure, undefined);
    assert.equal(after(ready, broken, patched).failure, undefined);
    assert.equal(after(ready, broken, ready).failure, undefined);
  });

  it('knows which modules need an update, in the order that it was told, until there is none', () => {
    assert.deepEqual(
      [...after(ready, needs).needsUpdate],
      [
        ['b', []],
        ['a', ['new field foo']],
      ],
    );
    assert.equal(after(ready, needs, { type: 'needs-update', modules: [], reasons: {} }).needsUpdate.size, 0);
  });

  it('knows the last address for a debugger', () => {
    const at = (port: number): DevEvent => ({ type: 'debugging', host: '127.0.0.1', port, pid: port });
    assert.equal(after(ready, at(1), at(2)).debugger?.port, 2);
    assert.equal(after(ready, at(1), { ...patched, pid: 1 }).debugger?.port, 1);
    assert.equal(after(ready, at(1), { ...patched, kind: 'fork', pid: 2 }).debugger, undefined);
  });
});

describe('summary of the development server', () => {
  it('shows the time of the last reload', () => {
    assert.deepEqual(summarize(after(ready, reloading, patched)), {
      look: 'ready',
      title: 'Odoo runs',
      time: '0.04 s',
      details: ['Last reload: 0.04 s, patched sale\\_order.py'],
      place: undefined,
    });
    assert.equal(summarize(after(ready)).time, undefined);
  });

  it('leads to the place of a failure, but not while it is reloaded', () => {
    const { look, place, details } = summarize(after(ready, broken));
    assert.equal(look, 'error');
    assert.equal(place?.line, 3);
    assert.match(details[0] ?? '', /a\.py:3:7: invalid syntax/);
    const again = summarize(after(ready, broken, reloading));
    assert.equal(again.look, 'busy');
    assert.equal(again.place, undefined);
  });

  it('is busy in each phase in which somebody has to wait', () => {
    for (const event of [
      reloading,
      { type: 'updating', modules: ['a'] },
      { type: 'waiting', for: 'postgresql', message: 'x' },
    ] as DevEvent[])
      assert.equal(summarize(after(ready, event)).look, 'busy');
    assert.equal(summarize(BEGINNING).look, 'busy');
  });

  it('makes no link of what an exception says', () => {
    const [detail = ''] = summarize(after({ ...broken, message: '[x](command:evil)' })).details;
    assert.ok(detail.includes('\\[x\\]'));
  });

  it('tells what needs an update, and why', () => {
    assert.match(summarize(after(ready, needs)).details.join(), /b, a need an update: new field foo/);
  });
});
