/** What is used of graphile-worker, a file of its own in the bundle: a third of a megabyte that only workers read. */
export { Logger, parseCronItems, run, runMigrations, runOnce } from 'graphile-worker';
export { Pool } from 'pg';
