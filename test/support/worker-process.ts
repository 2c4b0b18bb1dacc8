import { work } from '../../src/adapters/postgres/worker.ts';
import { workerOptions } from './test-worker.ts';

/** A worker as a process of its own, so that it can be killed: `worker-process.ts <name>`, with its database in `WORKER_DATABASE`. */
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const [name = ''] = process.argv.slice(2);
const connection = { url: process.env['WORKER_DATABASE'] ?? '', timeout: 10_000, signal: stop.signal };
await work(connection, workerOptions(name, { drain: 500 }));
