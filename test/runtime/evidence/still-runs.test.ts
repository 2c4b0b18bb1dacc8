import assert from 'node:assert/strict';
import { stillRuns } from '../../../src/runtime/evidence/seal.ts';
import { sampleRecord } from '../../support/records.ts';
import { sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

describe('a deployment of another host', () => {
  const folder = temporaryFolders();
  const SHA = 'a'.repeat(40);

  /** Started some minutes ago; its command may take two hours. */
  const record = (minutes: number) =>
    sampleRecord(0, {
      started_at: new Date(Date.now() - minutes * 60_000).toISOString(),
      process: { host: 'elsewhere', pid: 1, version: '0.1.0' },
      plan: {
        act: 'deployment',
        environment: 'staging',
        stage: 'staging',
        remote: 'origin',
        branch: 'main',
        sha: SHA,
        previous_sha: null,
        running_sha: null,
        rollback: false,
        commits: [],
        modules: [],
        migrations: [],
        url: null,
        timeout_ms: 2 * 3_600_000,
      },
    });

  it('counts as running for as long as it may take, also beyond the lock of a promotion', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    assert.deepEqual(
      [1, 119, 180].map((minutes) => stillRuns({ record: record(minutes) }, workspace)),
      [true, true, false],
    );
  });
});
