import { createHash } from 'node:crypto';

/** An answer of GitHub, and by which word it says that nothing has changed since. */
export interface Remembered {
  etag: string;
  data: unknown;
  /** Whether another page follows. */
  more: boolean;
}

/** What this process knows of one account: answers by their address, and until when it is not to ask. */
export interface Memory {
  answers: Map<string, Remembered>;
  /** `core`, `graphql`: each has a limit of its own. */
  blockedUntil: Map<string, { at: Date; words: string }>;
  /** Id of the account that the token is for. */
  viewer: number | null;
}

const memories = new Map<string, Memory>();
const MAX_ANSWERS = 500;

/** Lives as long as the process: an editor that looks every minute pays only for what is new. An ETag holds for one token alone. */
export function memoryOf(baseUrl: string, token: string): Memory {
  const key = `${baseUrl} ${createHash('sha256').update(token).digest('hex')}`;
  const found = memories.get(key) ?? { answers: new Map<string, Remembered>(), blockedUntil: new Map(), viewer: null };
  memories.set(key, found);
  return found;
}

/** Keeps an answer; the one that was used longest ago goes. */
export function remember({ answers }: Memory, address: string, answer: Remembered): void {
  answers.delete(address);
  answers.set(address, answer);
  const [oldest] = answers.keys();
  if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
}
