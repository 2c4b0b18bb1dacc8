import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visitOf } from '../../../src/core/pr-environments/access-log.ts';

const line = (given: { host?: string; uri?: string; status?: number } = {}): string => {
  const { host = 'pr-12-x.example.com', uri = '/odoo', status = 200 } = given;
  const request = { proto: 'HTTP/2.0', method: 'GET', host, uri };
  return JSON.stringify({
    level: 'info',
    ts: 1_769_850_307.25,
    logger: 'http.log.access.odoo-ops',
    msg: 'handled request',
    request,
    status,
  });
};

describe('a line of the access log', () => {
  it('is a visit of its host', () => {
    assert.deepEqual(visitOf(line()), { host: 'pr-12-x.example.com', at: new Date('2026-01-31T09:05:07.250Z'), unserved: false });
    for (const host of ['PR-12-x.example.com', 'pr-12-x.example.com:8080', 'pr-12-x.example.com.', 'pr-12-x.example.com.:80'])
      assert.equal(visitOf(line({ host }))?.host, 'pr-12-x.example.com', host);
  });

  it('is one too where Odoo answers with an error, and where the environment sleeps', () => {
    for (const status of [303, 404, 500, 502, 503]) assert.equal(visitOf(line({ status }))?.unserved, status === 503);
  });

  it('is none where somebody stood outside the door', () => {
    for (const status of [401, 403, 407]) assert.equal(visitOf(line({ status })), null);
  });

  it('is none where no person asked: a monitor, or a page that stands open somewhere', () => {
    for (const uri of [
      '/web/health',
      '/web/health?db_server_status=1',
      '/websocket',
      '/websocket/peek_notifications',
      '/longpolling/poll',
      '/bus/x',
    ])
      assert.equal(visitOf(line({ uri })), null, uri);
    for (const uri of ['/', '/web/healthy', '/business', '/websockets-for-dummies']) assert.notEqual(visitOf(line({ uri })), null, uri);
  });

  it('is none where it is another line, whatever is in it', () => {
    const others = [
      '',
      '{',
      '{}',
      'null',
      '[]',
      '{"request":{}}',
      '{"level":"info","ts":1,"msg":"serving initial configuration"}',
      line().slice(0, 80),
    ];
    for (const other of others) assert.equal(visitOf(other), null);
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.equal(visitOf(text), null)));
  });
});
