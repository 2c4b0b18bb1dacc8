import assert from 'node:assert/strict';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { NO_POSTGREST, postgrestBinary } from '../../support/supabase/postgrest.ts';
import { startProject, type Backend, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { sampleSchema } from '../../support/supabase/sample.ts';
import { signToken } from '../../support/supabase/tokens.ts';

/** What a test asks of both; each has a secret of its own, so a token is made for each. */
interface Request {
  method?: string;
  token?: (project: Project) => string | Promise<string>;
  headers?: Record<string, string>;
  body?: unknown;
}
interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | null>;
}

const HEADERS = ['content-type', 'content-range', 'www-authenticate', 'retry-after'];
const hour = () => Math.floor(Date.now() / 1000) + 3600;
const acme = (project: Project) => project.sign({ role: 'authenticated', client_id: 'acme' });
const service = (project: Project) => project.serviceKey;

async function ask(project: Project, path: string, { method, token, headers, body }: Request): Promise<Answer> {
  const answer = await fetch(`${project.url}/rest/v1${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      apikey: project.anonKey,
      ...(token ? { authorization: `Bearer ${await token(project)}` } : {}),
      ...(body === undefined ? { 'accept-profile': 'ops' } : { 'content-profile': 'ops', 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    body: await answer.text(),
    headers: Object.fromEntries(HEADERS.map((name) => [name, answer.headers.get(name)])),
  };
}

const READS: Record<string, string> = {
  'all that the client may see': '/notes?order=id',
  'some columns': '/notes?select=id,client_id&order=id.asc',
  'columns by another name, and inside JSON': '/notes?select=n:id,data->k,second:data->k->1,data->>z&order=id',
  equality: '/notes?select=id&id=eq.2',
  'two conditions on one column': '/notes?select=id&id=gt.1&id=lte.3&order=id',
  'not equal': '/notes?select=id&id=neq.2&order=id.desc',
  'a list': '/notes?select=id&id=in.(1,3)&order=id',
  'an empty list': '/notes?select=id&id=in.()',
  'a list of quoted texts': `/notes?select=id&body=in.${encodeURIComponent('("x \\"y\\", z",ünï)')}&order=id`,
  null: '/notes?select=id&body=is.null',
  'not null': '/notes?select=id&body=not.is.null&order=id',
  'a wrong is': '/notes?select=id&big=is.true',
  'an array that contains': `/notes?select=id&tags=cs.${encodeURIComponent('{a}')}`,
  'an array that overlaps': `/notes?select=id&tags=ov.${encodeURIComponent('{a,c}')}&order=id`,
  'JSON that contains': `/notes?select=id&data=cs.${encodeURIComponent('{"a":2}')}`,
  'a key inside JSON': '/notes?select=id&data->>z=eq.1',
  like: '/notes?select=id&body=like.*y*',
  ilike: '/notes?select=id&body=ilike.*Y*',
  either: '/notes?select=id&or=(id.eq.1,id.eq.3)&order=id',
  'either, with and and not': '/notes?select=id&or=(id.eq.1,and(id.gt.2,not.or(id.eq.9,body.is.null)),id.not.in.(1,2,3))&order=id',
  'a list inside a tree': `/notes?select=id&or=(body.in.(${encodeURIComponent('"x \\"y\\", z"')},q),id.in.(2))&order=id`,
  'the next page by key': `/notes?select=id&or=${encodeURIComponent('(at.lt."2026-01-02T00:00:00+00:00",and(at.eq."2026-01-02T00:00:00+00:00",id.lt.3))')}&order=at.desc,id.desc&limit=2`,
  'order by two columns': '/notes?select=id&order=at.desc,id.asc',
  'order with nulls last': '/notes?select=id&order=big.desc.nullslast',
  'a limit and an offset': '/notes?select=id&order=id&limit=1&offset=1',
  'a limit of nothing': '/notes?limit=0',
  'a limit that is no number': '/notes?select=id&limit=x&order=id',
  'a limit below zero': '/notes?limit=-1',
  'a table that is not there': '/nope',
  'a table without a grant': '/secret',
  'a column that is not there': '/notes?select=nope',
  'a condition on a column that is not there': '/notes?nope=eq.1',
  'a value of the wrong type': '/notes?id=eq.x',
  'a time that is none': '/notes?at=lt.yesterdayish',
  'a path that is none': '/notes/more',
};

const CALLS: Record<string, [name: string, body: unknown]> = {
  'a function of JSON': ['write_note', { note: { id: 10, client_id: 'acme', body: 'é' } }],
  'the same again': ['write_note', { note: { id: 10, client_id: 'acme', body: 'é' } }],
  'a row of another client': ['write_note', { note: { id: 11, client_id: 'other' } }],
  'a value of the wrong type': ['write_note', { note: { id: 'x', client_id: 'acme' } }],
  'a text with NUL': ['write_note', { note: { id: 12, client_id: 'acme', body: 'a\0b' } }],
  'a row without its client': ['write_note', { note: { id: 12 } }],
  'a row against a check': ['write_note', { note: { id: 12, client_id: 'acme', body: 'forbidden' } }],
  'half an object': ['write_note', '{"note":'],
  'no arguments for a function of JSON': ['write_note', {}],
  'one argument too many for a function of JSON': ['write_note', { note: { id: 13, client_id: 'acme' }, more: 1 }],
  'an argument with a default': ['sum', { a: 1 }],
  'both arguments': ['sum', { a: 1, b: 5 }],
  'a number as text': ['sum', { a: '7' }],
  'null for a number': ['sum', { a: null }],
  'no number': ['sum', { a: 'x' }],
  'an argument that is missing': ['sum', { b: 1 }],
  'an argument of another name': ['sum', { a: 1, c: 1 }],
  'a function that is not there': ['nope', { b: 1, a: 2 }],
  'a function that is not there, without arguments': ['nope', {}],
  rows: ['all_notes', {}],
  'some of the rows': ['all_notes?select=id&id=gt.1&order=id.desc&limit=1', {}],
  'one row': ['first_note', {}],
  values: ['numbers', {}],
  'a table': ['pairs', {}],
  'no body at all': ['pairs', ''],
  nothing: ['nothing', {}],
  'no value': ['no_value', {}],
  'a text': ['word', {}],
  'an unnamed argument': ['whole', { a: [1, { b: 2 }] }],
};

// Without 40001 and 40P01: PostgREST 12 tries such a transaction again, for ever.
const CODES =
  'P0001 P0002 PT409 PT404 22023 22P02 23502 23503 23505 23514 42501 53300 57014 57P01 25006 42883 42703 42P01 3F000 28000 0A000 XX000 OP001 08006 2D000 54000 55000 55P03'.split(
    ' ',
  );

const TOKENS: Record<string, Request['token']> = {
  none: undefined,
  'the anonymous key': ({ anonKey }) => anonKey,
  'the service key': service,
  'a person of a client': acme,
  'a person without a client': (project) => project.sign({ role: 'authenticated' }),
  'no role': (project) => project.sign({}),
  'a role that is not there': (project) => project.sign({ role: 'nobody_at_all' }),
  'a role that was not granted': (project) => project.sign({ role: 'odoo_ops' }),
  expired: (project) => project.sign({ role: 'service_role', exp: hour() - 3700 }),
  'expired within the skew of clocks': (project) => project.sign({ role: 'service_role', exp: hour() - 3610 }),
  'not valid yet': (project) => project.sign({ role: 'service_role', nbf: hour() }),
  'from the future': (project) => project.sign({ role: 'service_role', iat: hour() }),
  forged: () => signToken('x'.repeat(40), { role: 'service_role', exp: hour() }),
};

const isHere = postgrestBinary() !== null;

(isHere ? describe : describe.skip)(`the stand-in for PostgREST${isHere ? '' : `, ${NO_POSTGREST}`}`, function () {
  this.timeout(60_000);
  let server: TestDatabase | undefined;
  let projects: Record<Backend, Project>;
  before(async () => {
    const running = await testDatabase();
    server = running;
    const start = async (backend: Backend) => {
      const database = await running.create();
      await prepareDatabase(database);
      await running.query(database, sampleSchema());
      return startProject({ database, backend });
    };
    projects = { postgrest: await start('postgrest'), 'stand-in': await start('stand-in') };
  });
  after(async () => {
    if (!server) return;
    for (const project of Object.values(projects)) await project.stop();
    await server.stop();
  });

  async function same(path: string, request: Request, compare: (answer: Answer) => unknown = (answer) => answer): Promise<Answer> {
    const [real, mine] = await Promise.all([ask(projects.postgrest, path, request), ask(projects['stand-in'], path, request)]);
    assert.deepEqual(compare(ordered(mine)), compare(ordered(real)));
    return real;
  }
  // The keys of an error have no order; PostgREST's guess at the function that was meant is its own.
  const ordered = (answer: Answer): Answer => {
    if (answer.status < 400) return answer;
    const error = Object.entries(JSON.parse(answer.body) as Record<string, unknown>).sort();
    const shown = error.filter(([key]) => key !== 'hint' || !answer.body.includes('PGRST202'));
    return { ...answer, body: JSON.stringify(shown) };
  };
  const codeOf = ({ status, body }: Answer) => [status, /"code","(\w+)"/.exec(body)?.[1] ?? body];

  for (const [title, path] of Object.entries(READS))
    it(`reads as PostgREST does: ${title}`, () => same(path, { token: acme }).then(() => undefined));

  for (const [title, [name, body]] of Object.entries(CALLS))
    it(`calls as PostgREST does: ${title}`, () => same(`/rpc/${name}`, { token: acme, body }).then(() => undefined));

  for (const code of CODES)
    it(`answers an error ${code} of the database as PostgREST does`, () =>
      same('/rpc/fail', { token: acme, body: { code, message: `boom ${code}` } }).then(() => undefined));

  for (const [title, token] of Object.entries(TOKENS))
    it(`takes a token as PostgREST does: ${title}`, async () => {
      await same('/notes?select=id&order=id', token ? { token } : {});
      await same('/rpc/fail', { ...(token ? { token } : {}), body: { code: '42501', message: 'no' } });
    });

  it('refuses with PostgREST’s status and code what it cannot parse', async () => {
    for (const path of ['id=foo.1', 'id=1', 'order=id.zzz', 'body=is.foo', 'or=(id.eq.1', 'id=in.1'])
      assert.equal((await same(`/notes?${path}`, { token: acme }, codeOf)).status, 400, path);
    for (const token of ['garbage', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.'])
      assert.equal((await same('/notes', { token: () => token }, codeOf)).status, 401, token);
  });

  it('shows the schemas that it was given and no others', async () => {
    const headers = { 'accept-profile': 'auth', 'content-profile': 'auth' };
    assert.equal((await same('/notes', { token: service, headers })).status, 406);
    assert.equal((await same('/rpc/jwt', { token: service, headers, body: {} })).status, 406);
  });

  it('gives one object, and counts, when asked to', async () => {
    const object = { accept: 'application/vnd.pgrst.object+json' };
    assert.equal((await same('/notes?select=id&id=eq.1', { token: acme, headers: object })).status, 200);
    assert.equal((await same('/notes?select=id', { token: service, headers: object })).status, 406);
    assert.equal((await same('/notes?select=id&id=eq.77', { token: acme, headers: object })).status, 406);
    assert.equal((await same('/rpc/pairs', { token: acme, headers: object, body: {} })).status, 200);
    const counted = await same('/notes?select=id&order=id&limit=2&id=lt.9', { token: acme, headers: { prefer: 'count=exact' } });
    assert.equal(counted.headers['content-range'], '0-1/3');
    assert.equal((await same('/notes', { token: acme, headers: { accept: 'image/png' } })).status, 415);
  });

  it('gives the claims of the token to the database', async () => {
    const { body } = await ask(projects['stand-in'], '/rpc/claims', { token: acme, body: {} });
    const real = await ask(projects.postgrest, '/rpc/claims', { token: acme, body: {} });
    const { client_id, role } = JSON.parse(body) as Record<string, string>;
    assert.deepEqual([client_id, role], ['acme', 'authenticated']);
    assert.deepEqual(Object.keys(JSON.parse(body) as object), Object.keys(JSON.parse(real.body) as object));
  });

  it('says what it does not speak instead of guessing', async () => {
    const requests: [string, Request][] = [
      ['/notes?select=id,more(id)', {}],
      ['/notes?select=id::text', {}],
      ['/notes?body=fts.x', {}],
      ['/notes', { body: [{ id: 1 }] }],
      ['/notes?id=eq.1', { method: 'DELETE' }],
      ['/rpc/sum?a=1', {}],
    ];
    for (const [path, request] of requests) {
      const answer = await ask(projects['stand-in'], path, { token: service, ...request });
      assert.equal(answer.status, 501, path);
      assert.match(answer.body, /STANDIN/);
    }
  });
});
