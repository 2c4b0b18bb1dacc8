import { databaseServer } from '../../src/adapters/postgres/environments/server.ts';
import { isOpsError } from '../../src/core/errors.ts';
import { identityOf } from './pr-database.ts';

/** A process of its own that claims an environment, says each thing that happens as a line, and gives it back at the end of its input. */
const [url = '', number = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const server = databaseServer({ url, timeout: 10_000 });
  const claim = await server.claim(identityOf(Number(number)), { wait: true }, new AbortController().signal);
  say('has it');
  claim?.signal.addEventListener('abort', () => {
    say(`lost: ${isOpsError(claim.signal.reason) ? claim.signal.reason.code : 'odd'}`);
    void claim.release();
  });
  process.stdin.resume().on('end', () => void claim?.release().then(() => process.exit(0)));
} catch (error) {
  say(`failed: ${isOpsError(error) ? error.code : String(error)}`);
  process.exit(1);
}
