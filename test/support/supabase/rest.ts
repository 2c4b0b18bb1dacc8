import type { IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import { bearer, header, HttpError, readBody, serve } from './http.ts';
import type { PostgrestOptions, RestService } from './postgrest.ts';
import { databaseError, notSpoken, restError } from './rest-errors.ts';
import { questionOf } from './rest-query.ts';
import { callOf } from './rest-rpc.ts';
import { authenticatorUrl } from './roles.ts';
import { tokenFault, verifyToken, type Claims } from './tokens.ts';

/**
 * A stand-in for PostgREST 12 where there is none: the part of its protocol that Odoo Ops uses, over the real PostgreSQL with its real
 * roles and row-level security. test/adapters/supabase/rest.test.ts asks both the same and compares status and body. Its limits:
 * - It reads tables and views, and calls functions with POST and an object of named arguments. No insert, update, delete, upsert, HEAD,
 *   GET of a function, embedded resources, aggregates, casts, full-text search, CSV, `Prefer: tx`, planned or estimated counts. What it does not
 *   speak is answered 501 with the code STANDIN, so that no test takes it for an answer of PostgREST.
 * - Its words for a filter that cannot be parsed (PGRST100) and for a token that is no token (PGRST301) are not PostgREST's; status and
 *   code are. It has no hint for a function that is not there (PGRST202).
 * - It has no schema cache: a new function is there at once. PostgREST needs `NOTIFY pgrst`.
 * - PostgREST 12 tries a transaction again for ever while the database says 40001; this answers 500 the first time.
 */
export interface Queryable {
  query: pg.ClientBase['query'];
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}
interface Result {
  body: string | null;
  rows: string;
  total: string | null;
}
const OBJECT = 'application/vnd.pgrst.object+json';

export async function startRest({ database, jwtSecret, schemas }: PostgrestOptions): Promise<RestService> {
  const pool = new pg.Pool({ connectionString: authenticatorUrl(database), max: 10 });
  pool.on('error', () => undefined); // the next request reports it

  async function answer(request: IncomingMessage): Promise<Answer> {
    const claims = await claimsOf(request, jwtSecret);
    const role = typeof claims?.['role'] === 'string' ? claims['role'] : 'anon';
    const url = new URL(request.url ?? '/', 'http://rest');
    const name = /^\/(rpc\/)?([^/]+)$/.exec(decodeURIComponent(url.pathname));
    if (name === null) throw new HttpError(404, {});
    const isCall = name[1] !== undefined;
    if (request.method !== (isCall ? 'POST' : 'GET')) throw notSpoken(`${request.method ?? ''} ${url.pathname}`);
    const schema = header(request, isCall ? 'content-profile' : 'accept-profile') ?? schemas[0] ?? '';
    if (!schemas.includes(schema)) throw restError(406, 'PGRST106', `The schema must be one of the following: ${schemas.join(', ')}`);
    const accept = (header(request, 'accept') ?? '*/*').split(',')[0]!.trim();
    if (!/^(?:\*\/\*|application\/json|application\/\*)$/.test(accept) && accept !== OBJECT)
      throw restError(415, 'PGRST107', `None of these media types are available: ${accept}`);
    const body = await readBody(request);
    const client = await pool.connect().catch((error: unknown) => {
      throw databaseError(error, false);
    });
    let broken: Error | undefined;
    try {
      await client.query(`begin${isCall ? '' : ' read only'}`);
      await client.query(
        "select set_config('search_path', $1, true), set_config('role', $2, true), set_config('request.jwt.claims', $3, true), " +
          "set_config('request.method', $4, true), set_config('request.path', $5, true)",
        [`${pg.escapeIdentifier(schema)}, "public"`, role, JSON.stringify({ ...claims, role }), request.method, url.pathname],
      );
      const result = isCall
        ? await call(client, schema, name[2]!, body, url.searchParams, accept)
        : await read(client, { schema, table: name[2]! }, url.searchParams, accept, header(request, 'prefer') ?? '');
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: unknown) => (broken = failure as Error));
      throw databaseError(error, role === 'anon');
    } finally {
      client.release(broken);
    }
  }

  const service = await serve(async (request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = await answer(request);
    response.writeHead(status, headers).end(body);
  });
  return {
    upstream: service.upstream,
    reload: async (notify) => {
      await notify();
    },
    stop: async () => {
      await service.stop();
      await pool.end();
    },
  };
}

async function claimsOf(request: IncomingMessage, secret: string): Promise<Claims | null> {
  const token = bearer(request);
  if (token === null) return null;
  try {
    return await verifyToken(secret, token);
  } catch (error) {
    const message = tokenFault(error, token);
    const challenge = `Bearer error="invalid_token", error_description=${JSON.stringify(message)}`;
    throw new HttpError(401, { code: 'PGRST301', details: null, hint: null, message }, { 'www-authenticate': challenge });
  }
}

async function read(database: Queryable, at: { schema: string; table: string }, query: URLSearchParams, accept: string, prefer: string) {
  const name = `${pg.escapeIdentifier(at.schema)}.${pg.escapeIdentifier(at.table)}`;
  const values: unknown[] = [];
  const { rows, count, offset } = questionOf(query, { from: name, name }, values);
  const total = prefer.includes('count=exact') ? `(${count})` : 'null';
  if (/count=(?:planned|estimated)/.test(prefer)) throw notSpoken('counts that are not exact');
  const sql = `select coalesce(json_agg(t), '[]')::text as body, count(*)::text as rows, ${total}::text as total from (${rows}) t`;
  const result = (await database.query<Result>(sql, values)).rows[0]!;
  return answerOf(result, at.schema, offset, accept);
}

async function call(database: Queryable, schema: string, name: string, body: string, query: URLSearchParams, accept: string) {
  const { routine, values, ...source } = await callOf(database, schema, name, body);
  const { rows } = questionOf(query, source, values);
  const value = routine.returns === 'row' ? 't' : 't.value';
  const empty = routine.set ? "'[]'" : "'null'";
  const content = `coalesce(json_agg(${value})${routine.set ? '' : '->0'}, ${empty})::text`;
  const sql = `select ${content} as body, count(*)::text as rows, null as total from (${rows}) t`;
  const result = (await database.query<Result>(sql, values)).rows[0]!;
  if (routine.returns === 'void') return { status: 204, headers: { 'content-range': '0-0/*' }, body: '' };
  return answerOf(result, schema, 0, accept, routine.set);
}

/** @param many whether the body is a list */
function answerOf({ body, rows, total }: Result, schema: string, offset: number, accept: string, many = true): Answer {
  const count = Number(rows);
  if (accept === OBJECT && many && count !== 1)
    throw restError(406, 'PGRST116', 'JSON object requested, multiple (or no) rows returned', `The result contains ${count} rows`);
  const single = accept === OBJECT && many ? /^\[(.*)\]$/s.exec(body ?? '')?.[1] : body;
  const range = count === 0 ? '*' : `${offset}-${offset + count - 1}`;
  return {
    status: total !== null && count < Number(total) ? 206 : 200,
    headers: {
      'content-type': `${accept === OBJECT ? OBJECT : 'application/json'}; charset=utf-8`,
      'content-range': `${range}/${total ?? '*'}`,
      'content-profile': schema,
    },
    body: single ?? 'null',
  };
}
