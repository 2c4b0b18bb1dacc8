import { request as forward, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import type { Fault } from './faults.ts';
import { sendJson } from './http.ts';

/** Without the headers that are of one connection only. */
const endToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name)));

/** Sends a request on and its answer back, with the fault that hits it. */
export function pass(request: IncomingMessage, response: ServerResponse, target: RequestOptions, fault: Fault | undefined) {
  let answered = false;
  const upstream = forward(target, (answer) => {
    answered = true;
    if (fault?.kind === 'lose-answer') {
      // Only when the service is through with it.
      answer.resume().once('end', () => request.socket.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    const cut = fault?.kind === 'cut-answer' ? fault.bytes : Infinity;
    pump(answer, response, cut, () => request.socket.destroy());
    answer.once('error', () => response.destroy());
    // Answered before it was told everything: it does not want the rest, which has to be taken from the client all the same.
    answer.once('end', () => {
      if (!upstream.writableFinished) upstream.destroy();
    });
  });
  const cut = fault?.kind === 'cut-request' ? fault.bytes : Infinity;
  pump(request, upstream, cut, () => {
    upstream.destroy();
    request.socket.destroy();
  });
  upstream.once('close', () => request.resume());
  upstream.on('error', () => {
    if (answered || response.destroyed) return;
    sendJson(response, 502, { message: 'An invalid response was received from the upstream server' });
  });
  // A client that goes away takes its request with it, except where its answer is to get lost.
  response.once('close', () => {
    if (!response.writableFinished && fault?.kind !== 'lose-answer') upstream.destroy();
  });
  return upstream;
}

/** Like `pipe`, up to so many bytes: then it calls `cut`, once these have left. */
function pump(from: Readable, to: Writable, limit: number, cut: () => void): void {
  let passed = 0;
  from.on('data', (chunk: Buffer) => {
    if (passed >= limit || to.destroyed) return;
    const part = chunk.subarray(0, limit - passed);
    passed += part.length;
    if (passed >= limit) to.write(part, cut);
    else if (!to.write(part)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  });
  from.once('end', () => {
    if (passed < limit) to.end();
  });
}
