import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskHandler, WorkerOptions } from '../../src/adapters/postgres/worker.ts';
import { OpsError } from '../../src/core/errors.ts';

/** Handlers for the real kinds that do what the payload says; what they did, the tests read from the rows. */
const handler = (run: TaskHandler['run'], attempts = 3, timeout = 60_000): TaskHandler => ({ attempts, timeout, run });
const done = { message: 'done', evidence_id: null };

export const TEST_HANDLERS: Readonly<Record<string, TaskHandler>> = {
  build: handler(async (payload, signal) => {
    const { revision } = payload as { revision: string };
    if (revision === 'hangs') await sleep(60_000, undefined, { signal });
    if (revision === 'fails') throw new OpsError('unreachable', 'origin does not answer: https://ci:secret-word@example.com');
    if (revision === 'refuses') throw new OpsError('refused', 'No.');
    if (revision === 'dies') process.kill(process.pid, 'SIGKILL');
    await sleep(Number(/^takes (\d+)$/.exec(revision)?.[1] ?? 0), undefined, { signal });
    return done;
  }, 2),
  check: handler(async (_payload, signal) => sleep(60_000, done, { signal }), 1, 200),
  'evidence-sync': handler(() => Promise.resolve(done)),
};

export const workerOptions = (name: string, more: Partial<WorkerOptions> = {}): WorkerOptions => ({
  clientId: 'acme',
  name,
  concurrency: 2,
  drain: 30_000,
  once: false,
  pulse: 500,
  schedules: [],
  handlers: TEST_HANDLERS,
  say: () => undefined,
  redact: (text) => text.replaceAll('secret-word', '[redacted]'),
  ...more,
});
