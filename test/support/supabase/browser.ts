import assert from 'node:assert/strict';

/** The person's browser: opens the address of a sign-in, and tells where it was sent back to. */
export async function callbackFrom(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  assert.equal(answer.status, 302);
  return answer.headers.get('location') ?? '';
}
