/** Removes secrets from one line of text. */
export type Redact = (text: string) => string;

const MASK = '[redacted]';

/** Names of environment variables whose values are secrets. */
const SECRET_NAME = /(?:PASS(?:WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?|DATABASE_URL|_DSN|_PAT)$/i;

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
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*/g,
];

/** `scheme://user:password@host` and `password=…` in words that programs print. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi;
const ASSIGNMENT = /\b((?:admin_passwd|db_password|smtp_pass(?:word)?|password|secret|token|api_key)\s*[=:]\s*)(["']?)[^\s"',;]{4,}\2/gi;

/**
 * A redactor for this environment: it masks the values of variables that are named like secrets, well-known token shapes,
 * passwords in URLs, and assignments. Evidence is public within the team; a secret in it would be one in git (§7.1).
 */
export function createRedactor(environment: Readonly<Record<string, string | undefined>>): Redact {
  const values = Object.entries(environment)
    .filter(([name, value]) => isSecretName(name) && value !== undefined && value.length >= 6)
    .flatMap(([, value]) => (value ?? '').split('\n'))
    .filter((value) => value.length >= 6)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, MASK);
    for (const shape of SHAPES) clean = clean.replace(shape, MASK);
    return clean.replace(URL_PASSWORD, `$1${MASK}@`).replace(ASSIGNMENT, `$1${MASK}`);
  };
}
