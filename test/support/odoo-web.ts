import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a served Odoo answers to a path; it may leave a request without an answer. */
export type Answers = (path: string, response: ServerResponse) => void;

export interface OdooWeb {
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  close: () => void;
}

/** Answers of `/web/health` and `/web/login` as Odoo 19 gives them. */
export const odooAnswers =
  ({ database = true, login = 200 } = {}): Answers =>
  (path, response) => {
    if (path.startsWith('/web/health')) {
      response.writeHead(database ? 200 : 500, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ status: database ? 'pass' : 'fail', db_server_status: database }));
    } else response.writeHead(login, login === 303 ? { location: '/web/database/selector' } : {}).end('<html>');
  };

/** The web side of an Odoo on a port of its own; `answers` may change while it runs. */
export async function odooWeb(answers: Answers): Promise<OdooWeb> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    answers(path, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
