import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

export interface Answer {
  status: number;
  body: string;
}

/** One request on a connection of its own, as from a person who looks again. @throws Error where no whole answer comes */
export function get(url: string, withinMs = 60_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, headers: { accept: 'text/html,application/json' } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.setTimeout(withinMs, () => asked.destroy(new Error(`no answer within ${withinMs} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** Asks again and again, 2 ms after each answer. @returns when the first one came that is accepted, by `performance.now` */
export async function untilAnswer(url: string, accept: (answer: Answer) => boolean, withinMs = 60_000): Promise<number> {
  const deadline = performance.now() + withinMs;
  let last = 'nothing';
  while (performance.now() < deadline) {
    try {
      const answer = await get(url);
      if (accept(answer)) return performance.now();
      last = `${answer.status} ${answer.body.slice(0, 300)}`;
    } catch (error) {
      last = (error as Error).message;
    }
    await sleep(2);
  }
  throw new Error(`${url} did not answer as expected within ${withinMs} ms. Last: ${last}`);
}
