-- Schema ops: how the platform operated (constitution §2.2, §6). What Odoo records is never in it (§2.3).
create schema if not exists ops;
comment on schema ops is 'How the platform operated: builds, promotions, deployments and their evidence. Odoo keeps what the company does.';

-- Supabase brings these roles, and auth.jwt(). A plain PostgreSQL gets the same, so that the policies mean the same there.
do $$
declare
  name text;
begin
  foreach name in array array['anon', 'authenticated', 'service_role'] loop
    begin
      if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I nologin', name);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- another database of this server is migrated at the same time
    end;
  end loop;
  if (select rolsuper from pg_roles where rolname = current_user)
    and not (select rolbypassrls from pg_roles where rolname = 'service_role') then
    alter role service_role bypassrls;
  end if;
  -- Commands connect as this role and act as `authenticated`, under row-level security. Whoever makes a role may administer it, and since
  -- PostgreSQL 16 that is not yet the right to act as it.
  if not pg_has_role(current_user, 'authenticated',
    case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
    execute format('grant authenticated to %I', current_user);
  end if;
end $$;

-- Functions of this schema look for types and tables in pg_catalog first and among a session's own last: with an empty path a session could
-- put a type of its own in the place of one of theirs.
create schema if not exists auth;
do $$
begin
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable
      as 'select coalesce(nullif(current_setting(''request.jwt.claims'', true), ''''), ''{}'')::jsonb';
    grant usage on schema auth to anon, authenticated, service_role;
  end if;
end $$;

-- Each migration names itself, whoever applies it: the Supabase CLI, or `odoo-ops control-plane migrate`, which adds the hash.
create table if not exists ops.schema_migrations (
  name text primary key,
  sha256 text,
  applied_at timestamptz not null default now()
);
comment on table ops.schema_migrations is 'Which migrations this schema has.';
comment on column ops.schema_migrations.name is 'Name of the file.';
comment on column ops.schema_migrations.sha256 is 'Hash of the file as odoo-ops applied it; null where another tool did.';
comment on column ops.schema_migrations.applied_at is 'When it was applied.';

insert into ops.schema_migrations (name) values ('20261125000000_ops_schema.sql') on conflict do nothing;
