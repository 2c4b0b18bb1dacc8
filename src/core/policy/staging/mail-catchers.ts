import { matchesPattern } from '../../config/patterns.ts';

/** Programs that keep mail and send none, and hosts that are none. */
const CATCHERS = ['mailpit', 'mailhog', 'mailcatcher', 'maildev', 'smtp4dev', 'greenmail', 'inbucket', 'fakesmtp', 'localhost', 'invalid'];
/** Mailtrap's inboxes; `live.smtp.mailtrap.io` sends. */
const SANDBOXES = ['sandbox.smtp.mailtrap.io', 'smtp.mailtrap.io'];

/** The host of `smtp://user:password@mail.example.com:587`, or of `mail.example.com:587`. */
export function hostOf(address: string): string {
  const plain = address
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z\d+.-]*:\/\//, '')
    .replace(/^[^/@]*@/, '');
  return (/^\[([^\]]*)\]/.exec(plain)?.[1] ?? plain.split(/[/?:]/)[0] ?? '').trim();
}

/**
 * Whether mail that is sent there reaches nobody: `mailpit`, `staging-mailhog:1025`, `mail.invalid`, this host itself.
 * @param more hosts of the team's own, as patterns
 */
export function catchesMail(address: string, more: readonly string[]): boolean {
  if (/^(?:::1|\[::1\].*)$/.test(address.trim())) return true;
  const host = hostOf(address);
  if (/^(?:|none|false|0\.0\.0\.0|::1)$/.test(host) || /^127(?:\.\d+){3}$/.test(host)) return true;
  if (/\.(?:invalid|localhost|test)$/.test(host) || SANDBOXES.includes(host)) return true;
  const words = (host.split('.')[0] ?? '').split(/[-_]/);
  return words.some((word) => CATCHERS.includes(word)) || more.some((pattern) => matchesPattern(host, pattern.toLowerCase()));
}
