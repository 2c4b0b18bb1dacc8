import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OpsError } from '../../src/core/errors.ts';
import { dayText, parseMoment } from '../../src/core/moment.ts';
import { dayInZone, isoInZone, lasted, momentInZone, timeInZone } from '../../src/core/time.ts';

const ZONES = ['Asia/Manila', 'UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Pacific/Apia'];
const now = new Date('2026-03-05T08:15:00Z');
const at = (text: string, edge: 'start' | 'end' = 'start', timeZone = 'Asia/Manila') =>
  parseMoment(text, { now, timeZone, edge }).toISOString();

const moments = fc.date({ min: new Date('1990-01-01'), max: new Date('2099-12-30'), noInvalidDate: true });
const zones = fc.constantFrom(...ZONES);

describe('what people say of a time', () => {
  it('is an age', () => {
    assert.deepEqual(
      ['30m', '12h', '7d', '4w'].map((age) => at(age)),
      ['2026-03-05T07:45:00.000Z', '2026-03-04T20:15:00.000Z', '2026-02-26T08:15:00.000Z', '2026-02-05T08:15:00.000Z'],
    );
    assert.equal(at('1100d'), '2023-03-01T08:15:00.000Z');
    assert.equal(at('999999w'), '1970-01-01T00:00:00.000Z');
  });

  it('is a day of the zone: all of it', () => {
    assert.equal(at('2026-03-03'), '2026-03-02T16:00:00.000Z');
    assert.equal(at('2026-03-03', 'end'), '2026-03-03T15:59:59.999Z');
    assert.equal(at('2026-12-31', 'end', 'UTC'), '2026-12-31T23:59:59.999Z');
  });

  it('is a time of the zone, or of the offset that stands there', () => {
    for (const text of ['2026-03-03 14:00', '2026-03-03T14:00', '2026-03-03T14:00:00', ' 2026-03-03 14:00 ', '2026-03-03T06:00Z'])
      assert.equal(at(text), '2026-03-03T06:00:00.000Z', text);
    assert.equal(at('2026-03-03T14:00:07+01:00'), '2026-03-03T13:00:07.000Z');
    assert.equal(at('2026-03-03 14:00:07-0330', 'end'), '2026-03-03T17:30:07.000Z');
  });

  for (const text of [
    '',
    '7',
    'd',
    '-7d',
    '1.5h',
    '7y',
    '2026-02-30',
    '2026-13-01',
    '2026-03-03 24:00',
    '2026-03-03 14',
    '14:00',
    'today',
    '2026-3-3',
    '9999999d',
    '9999-12-31',
    '0000-01-01',
    '2026-03-03T14:00+99:99',
  ])
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => at(text),
        (error) => error instanceof OpsError && error.code === 'usage' && (error.hint ?? '').includes('12h'),
      );
    });

  it('is read as it is shown, in every zone and at every change of summer time', () => {
    fc.assert(
      fc.property(moments, zones, (date, zone) => {
        const shown = isoInZone(date, zone);
        assert.equal(isoInZone(momentInZone(shown.slice(0, 19), zone), zone).slice(0, 19), shown.slice(0, 19));
        assert.equal(at(shown, 'start', zone), new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString());
      }),
    );
  });

  it('finds each moment in the day that it lies in, and in no other', () => {
    fc.assert(
      fc.property(moments, zones, (date, zone) => {
        const day = dayInZone(date, zone);
        const [start, end] = [at(day, 'start', zone), at(day, 'end', zone)].map((text) => Date.parse(text)) as [number, number];
        assert.ok(start <= date.getTime() && date.getTime() <= end, `${start} ${date.getTime()} ${end}`);
        assert.deepEqual([dayInZone(new Date(start), zone), dayInZone(new Date(end), zone)], [day, day]);
        assert.notEqual(dayInZone(new Date(start - 1), zone), day);
      }),
    );
  });

  it('goes on where clocks jump over it, and takes the first where they show it twice', () => {
    assert.equal(momentInZone('2026-03-29T02:30:00', 'Europe/Berlin').toISOString(), '2026-03-29T01:30:00.000Z');
    assert.equal(momentInZone('2026-10-25T02:30:00', 'Europe/Berlin').toISOString(), '2026-10-25T00:30:00.000Z');
    assert.equal(momentInZone('2018-11-04T00:00:00', 'America/Sao_Paulo').toISOString(), '2018-11-04T03:00:00.000Z');
  });
});

describe('days and durations', () => {
  it('are named as people name them', () => {
    const name = (day: string) => dayText(day, now, 'Asia/Manila');
    assert.deepEqual(['2026-03-05', '2026-03-04', '2026-03-03', '2025-12-31'].map(name), [
      'Today',
      'Yesterday',
      '3 March 2026',
      '31 December 2025',
    ]);
    assert.equal(dayText('2026-03-05', new Date('2026-03-05T16:00:00Z'), 'Asia/Manila'), 'Yesterday');
    assert.equal(timeInZone(now, 'Asia/Manila'), '16:15');
  });

  it('are as long as they took', () => {
    assert.deepEqual([0, 420, 999, 1000, 59_400, 59_600, 180_000, 3_570_000, 3_600_000, 3_900_000, 90_000_000].map(lasted), [
      '0.0 s',
      '0.4 s',
      '1.0 s',
      '1 s',
      '59 s',
      '1 min',
      '3 min',
      '1 h',
      '1 h',
      '1 h 5 min',
      '25 h',
    ]);
  });
});
