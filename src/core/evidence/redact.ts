/** Removes secrets from text. It remembers an open private key from one line to the next: use one for each stream of lines. */
export type Redact = (text: string) => string;

const MASK = '[redacted]';

/** Names of environment variables whose values are secrets. */
const SECRET_NAME =
  /(?:^|_)PASS$|PASS(?:WORD|WD|PHRASE)$|SECRET|TOKEN(?:_|$)|(?:^|_)KEY$|API_?KEY|PRIVATE_?KEY|CREDENTIALS?$|DATABASE_URL|_DSN$|_PAT$|OTLP_(?:\w+_)?HEADERS$/i;

/** True where a variable's value is a secret by its name. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Secrets that are known by their shape, whoever printed them. */
const SHAPES: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/g, // GitHub tokens
  /\bgithub_pat_[A-Za-z0-9_]{22,}\b/g,
  /\bglpat-[A-Za-z0-9_-]{20,}\b/g, // GitLab
  /\bxox[abprs]-[A-Za-z0-9-]{10,}\b/g, // Slack
  /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}\b/g, // Stripe
  /\bAKIA[0-9A-Z]{16}\b/g, // AWS
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b/g, // JSON Web Token
];

const KEY_BEGIN = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const WHOLE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;
const OPEN_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/;
/** A line within a private key: its text, a header, or its end. */
const KEY_LINE = /^\s*(?:[A-Za-z0-9+/=]+|(?:Proc-Type|DEK-Info):.*|-----END [A-Z ]*PRIVATE KEY-----)?\s*$/;

/** `scheme://user:password@host`, `scheme://token@host`, and `password=…` in words that programs print. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)@/gi;
const URL_TOKEN = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/:@]{20,}@/gi;
const ASSIGNMENT =
  /\b((?:admin_passwd|db_password|smtp_pass(?:word)?|password|secret|token|api_key)\s*[=:]\s*)(\\?["']?)(?!\[redacted\])[^\s"',;]{4,}\2/gi;

/** True where a variable must not be shown to a program that we do not trust: by its name, or as a URL with a password. */
export const isSecret = (name: string, value: string): boolean => isSecretName(name) || value.search(URL_PASSWORD) >= 0;

/** A password is a secret without the URL around it too, as written and as meant. */
function urlPasswords(value: string): string[] {
  return [...value.matchAll(URL_PASSWORD)].flatMap(([, , password = '']) => {
    try {
      return [password, decodeURIComponent(password)];
    } catch {
      return [password];
    }
  });
}

/** `api-key=value,other=value`: a key for a collector is a secret without its name too, as written and as meant. */
function headerValues(name: string, value: string): string[] {
  if (!name.endsWith('_HEADERS')) return [];
  return value.split(',').flatMap((pair) => {
    const written = pair.slice(pair.indexOf('=') + 1).trim();
    try {
      return [written, decodeURIComponent(written)];
    } catch {
      return [written];
    }
  });
}

/**
 * A redactor for this environment: it masks the values of variables that are named like secrets, well-known token shapes,
 * private keys, passwords in URLs, and assignments. Evidence is public within the team; a secret in it would be one in git (§7.1).
 * @param names variables that hold a secret although their name does not say so
 */
export function createRedactor(environment: Readonly<Record<string, string | undefined>>, names: readonly string[] = []): Redact {
  const values = Object.entries(environment)
    .flatMap(([name, value = '']) => [
      ...(isSecretName(name) || names.includes(name) ? value.split('\n') : []),
      ...headerValues(name, value),
      ...urlPasswords(value),
    ])
    .filter((value) => value.length >= 6)
    .sort((a, b) => b.length - a.length);
  let inKey = false;
  return (text) => {
    if (inKey && KEY_LINE.test(text)) {
      if (text.includes('-----END')) inKey = false;
      return MASK;
    }
    let clean = text.replace(WHOLE_KEY, MASK);
    inKey = KEY_BEGIN.test(clean);
    clean = clean.replace(OPEN_KEY, MASK);
    for (const value of values) clean = clean.replaceAll(value, MASK);
    for (const shape of SHAPES) clean = clean.replace(shape, MASK);
    return clean.replace(URL_PASSWORD, `$1${MASK}@`).replace(URL_TOKEN, `$1${MASK}@`).replace(ASSIGNMENT, `$1${MASK}`);
  };
}

/** Fields of plans, outcomes and steps that hold other people's words, or lists of them; all others are names, hashes and times. */
const WORDS = new Set(['subject', 'message', 'author', 'reason', 'title', 'hint', 'lines']);

/** The same value with secrets removed from its words. */
export function redactWords<T>(value: T, redact: Redact): T {
  const inner = (item: unknown, key: string | null): unknown => {
    if (typeof item === 'string') return key !== null && WORDS.has(key) ? redact(item) : item;
    if (Array.isArray(item)) return item.map((element) => inner(element, key));
    if (item === null || typeof item !== 'object') return item;
    return Object.fromEntries(Object.entries(item).map(([name, element]) => [name, inner(element, name)]));
  };
  return inner(value, null) as T;
}
