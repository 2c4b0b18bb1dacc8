import assert from 'node:assert/strict';
import { encodeCommand, parseEvent } from '../../../src/core/devserver/events.ts';
import type { DevEvent } from '../../../src/core/devserver/events.ts';

const parsed = (value: unknown): DevEvent => {
  const found = parseEvent(JSON.stringify(value));
  if (found === 'ignored' || !('event' in found)) throw new Error(JSON.stringify(found));
  return found.event;
};

describe('events of the development server', () => {
  const examples: DevEvent[] = [
    { type: 'starting', reason: 'odoo.conf changed', files: ['/etc/odoo.conf'] },
    { type: 'ready', url: 'http://127.0.0.1:8069', pid: 7, ms: 2300.5, database: 'dev' },
    { type: 'reloading', files: ['/repo/a.py'] },
    { type: 'reloaded', kind: 'fork', files: ['/repo/a.py'], ms: 370, reason: 'a new field', pid: 8 },
    { type: 'failed', message: 'SyntaxError', file: '/repo/a.py', line: 3, column: 1, phase: 'reload', serving: true },
    { type: 'needs-update', modules: ['sale_x'], reasons: { sale_x: ['new field foo'] } },
    { type: 'updating', modules: ['sale_x'] },
    { type: 'waiting', for: 'postgresql', message: 'PostgreSQL does not answer.' },
    { type: 'notice', level: 'warning', message: 'No inotify here.' },
    { type: 'debugging', host: '127.0.0.1', port: 5678, pid: 9 },
    { type: 'stopped', reason: 'crash-loop', message: '5 in a minute', code: 1 },
  ];
  for (const event of examples) {
    it(`reads "${event.type}" as it is`, () => assert.deepEqual(parsed(event), event));
  }

  it('drops fields that it does not know', () => {
    assert.deepEqual(parsed({ type: 'reloading', files: [], since: 1 }), { type: 'reloading', files: [] });
  });

  it('keeps a failure whose place cannot be right', () => {
    const event = parsed({ type: 'failed', message: 'x', file: 'a.py', line: 0, column: null, phase: 'start', serving: false });
    assert.deepEqual([event.type, 'line' in event && event.line, 'column' in event && event.column], ['failed', undefined, undefined]);
  });

  it('ignores what only a newer program says', () => {
    assert.equal(parseEvent('{"type":"teleported","where":3}'), 'ignored');
  });

  for (const line of ['', 'Traceback:', '[]', 'null', '{}', '{"type":"ready"}', '{"type":"reloaded","kind":"magic","files":[],"ms":1}']) {
    it(`finds ${JSON.stringify(line)} malformed, on one line`, () => {
      const found = parseEvent(line);
      assert.ok(typeof found === 'object' && 'malformed' in found && !found.malformed.includes('\n'));
    });
  }

  it('writes commands as lines', () => {
    assert.equal(encodeCommand({ command: 'update', modules: ['a\nb'] }), '{"command":"update","modules":["a\\nb"]}\n');
  });
});
