import { OpsError } from '../../core/errors.ts';

const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ECONNABORTED',
]);

/** What an engine says where a person can mend it, and how. */
const KNOWN: readonly { words: RegExp; hint: string }[] = [
  {
    words: /no space left on device|not enough (?:free )?space|disk quota exceeded/i,
    hint: 'The disk of the engine is full: make room there (`docker system df` says what takes it), then try again.',
  },
  {
    words: /address pools? (?:have been|among)|non-overlapping IPv4 address pool|could not find an available.*pool/i,
    hint: 'The engine has no more address ranges for networks: remove unused networks, or give it more with `default-address-pools` in its daemon.json.',
  },
  {
    words: /port is already allocated|address already in use/i,
    hint: 'Another program has that port: choose others with pull_requests.ports in odoo-ops.yml.',
  },
  {
    words: /no such image|image .* not found|manifest unknown/i,
    hint: 'The engine does not have this image and could not fetch it: `docker pull` it there.',
  },
  {
    words: /executable file not found|no such file or directory: unknown|exec format error/i,
    hint: 'The image has no such program: see pull_requests.odoo.command and pull_requests.images in odoo-ops.yml.',
  },
];

const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

/** HTTP status that the engine refused with; null where it did not come to that. */
export function statusOf(error: unknown): number | null {
  const status = fieldOf(error, 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** The engine's own words, without what the client puts around them. */
export function wordsOf(error: unknown): string {
  const own = stringOf(fieldOf(fieldOf(error, 'json'), 'message')).trim();
  return own === '' ? (error instanceof Error ? error.message.trim() : String(error)) : own;
}

/** Anything that a call to the engine threw, as an error that a person can act on. */
export function engineError(what: string, error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const words = wordsOf(error);
  const code = stringOf(fieldOf(error, 'code'));
  if (statusOf(error) === null && (AWAY.has(code) || /socket hang up|premature close|aborted/i.test(words))) {
    return new OpsError('unreachable', `The Docker engine went away: ${words}.`, {
      hint: 'See whether it runs (`docker info`), then do the same again: what was begun is found.',
      details: { step: what },
      cause: error,
    });
  }
  const hint = KNOWN.find((one) => one.words.test(words))?.hint;
  return new OpsError('failed', `${what}: ${words}`, { ...(hint === undefined ? {} : { hint }), cause: error });
}
