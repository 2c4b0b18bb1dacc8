import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { OpsError } from '../../../core/errors.ts';

const derive = promisify(pbkdf2);
/** PostgreSQL's own number of rounds. */
const ROUNDS = 4096;

/**
 * What PostgreSQL keeps of a password (RFC 5802): made here, so that the password itself reaches neither the server nor its log.
 * @throws OpsError `usage` for one that the server might read in another way
 */
export async function scramVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  // Printable ASCII is what SASLprep leaves as it is.
  if (!/^[\x21-\x7e]{12,}$/.test(password)) {
    throw new OpsError('usage', 'The password of a PR environment has to be at least 12 printable ASCII characters.');
  }
  const salted = await derive(password, salt, ROUNDS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ROUNDS}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}
