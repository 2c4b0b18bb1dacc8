import { databaseServer } from '../../src/adapters/postgres/environments/server.ts';
import { attemptOf, PASSWORD, templateStamp } from './pr-database.ts';

/** A process of its own that makes a database, and a template of it, and both again, until it is killed. */
const { TARGET: url = '' } = process.env;
const { signal } = new AbortController();
const pr = databaseServer({ url, timeout: 10_000 });
process.stdout.write('begins\n');
for (;;) {
  const attempt = attemptOf(1);
  await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
  await pr.keepAsTemplate(attempt, 'staging', templateStamp(), signal);
  const [template] = await pr.templates('acme', signal);
  const copy = attemptOf(2);
  await pr.createDatabase(copy, { from: template?.database ?? null, password: PASSWORD, stamp: copy.stamp }, signal);
}
