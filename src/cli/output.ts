import { once } from 'node:events';

let gone: Promise<false> | undefined;

/**
 * Writes to stdout as fast as it is read there.
 * @returns false where nobody reads any more, as with `| head`
 */
export async function writeOut(text: string): Promise<boolean> {
  const { stdout } = process;
  // One listener for all writes; without it the error would end the program.
  gone ??= new Promise((resolve) => stdout.on('error', () => resolve(false)));
  if (stdout.destroyed) return false;
  return stdout.write(text) || Promise.race([once(stdout, 'drain').then(() => true), gone]);
}
