/** A small schema by the same means as the real one: row-level security by the token's `client_id`, functions, and no grant to `anon`. */
export const sampleSchema = (schema = 'ops'): string => `
create schema ${schema};
grant usage on schema ${schema} to anon, authenticated, service_role, supabase_auth_admin;
create table ${schema}.notes (
  id integer primary key, client_id text not null, body text check (body <> 'forbidden'), tags text[] not null default '{}',
  at timestamptz, big bigint, amount numeric, ratio double precision, data jsonb
);
alter table ${schema}.notes enable row level security;
alter table ${schema}.notes force row level security;
create policy of_client on ${schema}.notes using (client_id = auth.jwt() ->> 'client_id') with check (client_id = auth.jwt() ->> 'client_id');
grant select, insert on ${schema}.notes to authenticated, service_role;
create table ${schema}.secret (id integer);
insert into ${schema}.notes values
  (1, 'acme', 'x "y", z', '{a,b}', '2026-01-01T00:00:00.123456Z', 9007199254740993, 1.50, 0.1, '{"k": [1, 2], "z": 1, "a": 2}'),
  (2, 'acme', null, '{c}', '2026-01-02T00:00:00Z', 2, 2, 1e30, null),
  (3, 'acme', 'ünï', '{}', '2026-01-02T00:00:00Z', null, null, null, '{}'),
  (4, 'other', 'theirs', '{a}', null, 4, 4, 4, '{"a": 2}');
create function ${schema}.write_note(note jsonb) returns jsonb language plpgsql as $$
begin
  insert into ${schema}.notes (id, client_id, body) values ((note ->> 'id')::int, note ->> 'client_id', note ->> 'body');
  return note || '{"written": true}';
end $$;
create function ${schema}.fail(code text, message text) returns void language plpgsql as $$
begin
  raise exception using errcode = code, message = message, detail = 'what', hint = 'do';
end $$;
create function ${schema}.sum(a integer, b integer default 2) returns integer language sql stable as 'select a + b';
create function ${schema}.all_notes() returns setof ${schema}.notes language sql stable as 'select * from ${schema}.notes order by id';
create function ${schema}.first_note() returns ${schema}.notes language sql stable as 'select * from ${schema}.notes order by id limit 1';
create function ${schema}.numbers() returns setof integer language sql as 'select 1 union all select 2';
create function ${schema}.pairs() returns table (a integer, b text) language sql as 'select 1, null::text';
create function ${schema}.nothing() returns void language sql as 'select';
create function ${schema}.no_value() returns jsonb language sql as 'select null::jsonb';
create function ${schema}.word() returns text language sql as $$ select 'a"b' $$;
create function ${schema}.whole(jsonb) returns jsonb language sql as 'select $1';
create function ${schema}.claims() returns jsonb language sql as 'select auth.jwt()';
`;

/** The hook that puts the client of a person into the token. */
export const sampleHook = (schema = 'ops'): string => `
create function ${schema}.custom_access_token(event jsonb) returns jsonb language sql stable as $$
  select jsonb_build_object('claims', event -> 'claims' || jsonb_build_object('client_id', event #>> '{claims,app_metadata,client_id}'))
$$;
grant execute on function ${schema}.custom_access_token(jsonb) to supabase_auth_admin;
`;
