import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ago, evidenceStamp, isoInZone, isTimeZone } from '../../src/core/time.ts';

const ZONES = ['Asia/Manila', 'UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'America/New_York'];

describe('times', () => {
  it('name an evidence folder in the zone of the constitution', () => {
    const date = new Date('2026-01-31T01:05:07Z');
    assert.equal(evidenceStamp(date, 'Asia/Manila'), '20260131-0905+0800');
    assert.equal(isoInZone(date, 'Asia/Manila'), '2026-01-31T09:05:07+08:00');
  });

  it('pass midnight and the year', () => {
    assert.equal(evidenceStamp(new Date('2025-12-31T16:00:00Z'), 'Asia/Manila'), '20260101-0000+0800');
  });

  it('know zones of half hours, behind UTC, and UTC itself', () => {
    const date = new Date('2026-07-01T12:00:00Z');
    assert.equal(isoInZone(date, 'Asia/Kathmandu'), '2026-07-01T17:45:00+05:45');
    assert.equal(isoInZone(date, 'America/St_Johns'), '2026-07-01T09:30:00-02:30');
    assert.equal(isoInZone(date, 'UTC'), '2026-07-01T12:00:00+00:00');
    assert.equal(evidenceStamp(date, 'UTC'), '20260701-1200+0000');
  });

  it('are the moment that they came from, in every zone and at every change of summer time', () => {
    const dates = fc.date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, fc.constantFrom(...ZONES), (date, zone) => {
        assert.equal(Date.parse(isoInZone(date, zone)), Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  it('do not depend on the zone of the process', () => {
    const before = process.env['TZ'];
    try {
      process.env['TZ'] = 'America/New_York';
      assert.equal(isoInZone(new Date('2026-01-31T01:05:07Z'), 'Asia/Manila'), '2026-01-31T09:05:07+08:00');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it('zones are checked by name', () => {
    assert.equal(isTimeZone('Asia/Manila'), true);
    assert.equal(isTimeZone('Asia/Manilla'), false);
    assert.equal(isTimeZone(''), false);
  });

  it('are told to people as what passed since', () => {
    const now = new Date('2026-01-02T00:00:00Z');
    const before = (seconds: number) => ago(new Date(now.getTime() - seconds * 1000), now);
    assert.deepEqual([-5, 59, 60, 3599, 3600, 86_399, 86_400].map(before), [
      'just now',
      'just now',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      '23 h ago',
      '1 d ago',
    ]);
  });
});
