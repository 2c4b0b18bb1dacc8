import pg from 'pg';

/**
 * What a Supabase project has before anybody's migration: its roles, which are of the whole server, and `auth.jwt()` in the database.
 * `authenticator` gets the password of the test server's owner, so that projects that share the server agree on it.
 */
export async function prepareDatabase(url: string): Promise<void> {
  const owner = new URL(url);
  const server = new URL(url);
  server.pathname = '/postgres';
  await run(server.href, ROLES.replace('PASSWORD', pg.escapeLiteral(decodeURIComponent(owner.password))));
  await run(url, AUTH);
}

/** The same database, as the role that PostgREST connects as. */
export function authenticatorUrl(url: string): string {
  const target = new URL(url);
  target.username = 'authenticator';
  return target.href;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

// One transaction; the lock is of the database `postgres`, so that projects that start at once do this one after the other.
const ROLES = `
select pg_advisory_xact_lock(20260101);
do $$
declare
  name text;
begin
  foreach name in array array['anon', 'authenticated', 'service_role', 'authenticator', 'supabase_auth_admin'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I noinherit nologin', name);
    end if;
  end loop;
end $$;
alter role service_role bypassrls;
alter role authenticator login password PASSWORD;
grant anon, authenticated, service_role to authenticator;
`;

const AUTH = `
create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;
create or replace function auth.jwt() returns jsonb language sql stable
  as 'select nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb';
create or replace function auth.uid() returns uuid language sql stable
  as 'select (nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid';
create or replace function auth.role() returns text language sql stable
  as 'select nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''role''';
`;
