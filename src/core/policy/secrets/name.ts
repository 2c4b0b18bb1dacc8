const PASSWORDS = ['password', 'passwd', 'passwort', 'pwd', 'pass', 'passphrase', 'passcode', 'pgpassword'];
const TOKENS = ['secret', 'token', 'apikey', 'credential', 'credentials', 'apitoken', 'authtoken', 'privatekey', 'secretkey', 'accesskey'];
/** What makes a `key` one that is kept: `api_key`, `secretAccessKey`, not `primary_key`, `key` or `public_key`. */
const KEPT_KEYS = [
  'api',
  'secret',
  'access',
  'private',
  'encryption',
  'signing',
  'signature',
  'auth',
  'master',
  'service',
  'role',
  'hmac',
  'transaction',
  'app',
];
/** Behind the name itself: which stage it is for, or which of several. */
const TAILS = /^(?:\d+|prod|production|live|staging|stage|test|testing|sandbox|dev|development|default|base|value|b64|base64)$/;

/** `smtpPassword2` as `smtp password 2` */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');

/**
 * Whether a name says that its value is a credential, and which kind. The last word decides:
 * `DB_PASSWORD` is one, `PASSWORD_FILE` and `token_url` name something else.
 */
export function credentialKind(name: string): 'password' | 'token' | null {
  const words = wordsOf(name);
  while (words.length > 1 && TAILS.test(words.at(-1) ?? '')) words.pop();
  const [last, before = ''] = [(words.at(-1) ?? '').replace(/\d+$/, ''), words.at(-2)];
  // `proxy_pass` sends on, `allow_pass` is a switch; `anon_key` of Supabase is meant for browsers.
  if (last === 'pass' && /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached|by|first|second|one|single|multi|allow|no)$/.test(before))
    return null;
  if (PASSWORDS.includes(last)) return 'password';
  if (TOKENS.includes(last))
    return /^(?:csrf|xsrf|public|publishable|anon|reset|next|page|continuation|sync|cancel)$/.test(before) ? null : 'token';
  if (last === 'key' && KEPT_KEYS.includes(before)) return 'token';
  return last === 'code' && before === 'enterprise' ? 'token' : null;
}

const WORDS = `pass|pwd|secret|token|credential|(?:${KEPT_KEYS.join('|')})[^a-z\\d]?key|enterprise.?code`;

/** Must hold of a text where something is assigned to such a name: `DB_PASSWORD=`, `"apiKey": `, `name: DB_PASSWORD` beside a `value:`. */
export const MAY_ASSIGN = new RegExp(`(?:${WORDS})[\\w.-]*["'\`]?(?:\\s*(?:=>|[:=])|[ \\t]+\\S|\\s*$)`, 'im');
/** The same where a line says what it is: `db_password: …`, or a list of names and values. */
export const MAY_ASSIGN_YAML = new RegExp(`(?:${WORDS})[\\w.-]*["']?[ \\t]*(?:[:=][ \\t]*[^\\s#]|$)`, 'im');
/** A name that {@link credentialKind} may know, anywhere. */
export const MAY_NAME = new RegExp(WORDS, 'i');
/** `scheme://user:password@` */
export const CONNECTION = /([a-z][a-z\d+.-]{1,30}):\/\/([^\s/:@'"`<>]{0,100}):([^\s/@'"`<>]{1,200})@/i;
