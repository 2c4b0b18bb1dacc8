import assert from 'node:assert/strict';
import { evidenceFolder, buildTopic, promotionTopic } from '../../../src/core/evidence/folder.ts';
import { recordSchema } from '../../../src/core/evidence/record.ts';
import { recordText } from '../../../src/core/evidence/text.ts';
import { sampleRecord } from '../../support/records.ts';

const withFile = (path: string) => recordSchema.safeParse(sampleRecord(0, { files: [{ path, sha256: 'a'.repeat(64), bytes: 0 }] })).success;

describe('a record', () => {
  it('parses as it is written', () => assert.deepEqual(recordSchema.parse(JSON.parse(JSON.stringify(sampleRecord()))), sampleRecord()));

  // Its files are read and published by these paths, and a record may come from somebody else's clone.
  for (const path of [
    '../../../etc/passwd',
    '/etc/passwd',
    'logs/../../x',
    'a//b',
    './a',
    '',
    '..',
    'record.json/..',
    'logs\\..\\..\\x',
    '.git/config',
    'files.tar.gz',
    'a/.GIT/hooks/x',
  ]) {
    it(`may not name the file ${JSON.stringify(path)}`, () => assert.equal(withFile(path), false));
  }
  for (const path of ['manifest.json', 'logs/gate-tests.log', 'logs/größe.log', 'a..b']) {
    it(`may name the file ${path}`, () => assert.equal(withFile(path), true));
  }

  it('lies in a folder of its minute, in the zone of the constitution', () => {
    const date = new Date('2026-01-31T01:05:59Z');
    assert.equal(
      evidenceFolder(date, 'Asia/Manila', promotionTopic('main', 'production'), 1),
      '20260131-0905+0800/promote-main-to-production',
    );
    assert.equal(evidenceFolder(date, 'Asia/Manila', buildTopic('feature/../x'), 2), '20260131-0905+0800/build-feature-x-2');
  });

  it('is told to people without characters that would deceive them', () => {
    const text = recordText(sampleRecord(0, { actor: 'Ana\u202e\u001b[31m', message: 'a\u001bb' }), 'web/docs/evidence/x');

    assert.doesNotMatch(text, /[\u001b\u202e]/);
    assert.match(text, /# build-main: passed/);
    assert.match(text, /follows nothing: it is the first/);
  });
});
