-- What Odoo Ops calls, through PostgREST or directly. All of it runs as the caller, under row-level security.

create function ops.unprotected() returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(relname::text order by relname), '{}') from pg_class
  where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)
    and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'client_id' and not attisdropped)
$$;
comment on function ops.unprotected() is 'Tables with rows of clients on which row-level security is not enabled and forced.';

create function ops.record(rows jsonb) returns jsonb language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- A row after those that it refers to.
  tables constant text[] := array['evidence', 'evidence_modules', 'evidence_files', 'builds', 'promotions', 'gate_results', 'deployments',
    'migrations', 'health_checks', 'environments', 'logs', 'metrics'];
  unprotected constant text[] := ops.unprotected();
  name text;
  columns text;
begin
  if cardinality(unprotected) > 0 then
    raise exception 'row-level security is off or not forced on: %', array_to_string(unprotected, ', ') using errcode = 'OP001';
  end if;
  for name in select key from jsonb_object_keys(rows) as key where key <> all (tables) loop
    raise exception 'ops.record writes no table %', name using errcode = 'OP003';
  end loop;
  foreach name in array tables loop
    -- The columns that the rows of a table have, which is the same for all of them: one that the table lacks is an error, never dropped in
    -- silence.
    select string_agg(format('%I', key), ', ' order by key) into columns
    from (select distinct key from jsonb_array_elements(rows -> name) as item, jsonb_object_keys(item) as key) as keys;
    continue when columns is null;
    execute format(
      'insert into ops.%1$I (%2$s) select %2$s from jsonb_populate_recordset(null::ops.%1$I, $1) on conflict do nothing', name, columns)
      using rows -> name;
  end loop;
  return (
    select coalesce(jsonb_object_agg(id, record_sha256), '{}') from ops.evidence
    where (client_id, id) in (select item ->> 'client_id', (item ->> 'id')::uuid from jsonb_array_elements(rows -> 'evidence') as item));
end $$;
comment on function ops.record(jsonb) is
  'Writes rows by table, all or none; a row that is there already is left alone. Returns the evidence rows that are there now, by id, with their hashes.';

create function ops.known(client text, ids uuid[]) returns uuid[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(id), '{}') from ops.evidence where client_id = client and id = any (ids)
$$;
comment on function ops.known(text, uuid[]) is 'Those of some records that are here.';

create function ops.prune_logs(client text, before timestamptz) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- Younger ones the trigger would refuse.
  latest constant timestamptz := least(before, now() - interval '30 days');
  logs integer;
  metrics integer;
begin
  -- A policy would only find nothing to delete.
  if auth.jwt() ->> 'ops_role' is distinct from 'ci' and current_setting('role', true) <> 'service_role' then
    raise exception 'deleting logs' using errcode = '42501';
  end if;
  delete from ops.logs where client_id = client and recorded_at < latest;
  get diagnostics logs = row_count;
  delete from ops.metrics where client_id = client and recorded_at < latest;
  get diagnostics metrics = row_count;
  return logs + metrics;
end $$;
comment on function ops.prune_logs(text, timestamptz) is
  'Deletes logs and metrics that are older than a moment and than 30 days (§8.3). Returns how many rows.';

create function ops.require_operator(client text, doing text) returns void language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  claims constant jsonb := coalesce(auth.jwt(), '{}');
begin
  -- `role` is what the caller acts as, also within a function that runs as the owner.
  if current_setting('role', true) is distinct from 'service_role'
    and (coalesce(claims ->> 'ops_role', '') not in ('operator', 'ci') or client is distinct from claims ->> 'client_id') then
    raise exception '%', doing using errcode = '42501';
  end if;
  if coalesce(client, '') = '' then
    raise exception 'the client is missing' using errcode = 'OP003';
  end if;
end $$;
comment on function ops.require_operator(text, text) is
  'Refuses whoever may not ask for something in the name of a client: the roles operator and ci of that client may, and the service role.';

-- The only door to feature_flags. It runs as the owner, because nobody else may write there; the claims are the caller's all the same.
create function ops.set_feature_flag(client text, change uuid, flag text, place text, value boolean, why text, who text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  claims constant jsonb := coalesce(auth.jwt(), '{}');
begin
  perform ops.require_operator(client, 'switching a flag');
  insert into ops.feature_flags (client_id, id, name, environment, enabled, reason, actor)
  values (client, change, flag, place, value, why,
    -- A person is who their token says; CI says for whom it acts.
    case when claims ->> 'ops_role' = 'operator' then coalesce(nullif(claims ->> 'email', ''), claims ->> 'sub', 'operator') else who end)
  on conflict do nothing;
  return change;
end $$;
comment on function ops.set_feature_flag(text, uuid, text, text, boolean, text, text) is
  'Switches a feature flag on or off, in one environment or everywhere (*). Needs the role operator or ci. Asked twice with one id, it is one change.';

create function ops.describe() returns jsonb language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'migrations', (select coalesce(jsonb_agg(name order by name), '[]') from ops.schema_migrations),
    'tables', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', class.relname,
        'kind', case class.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
        -- A view asks with the rights of whoever asks it, or it has none of the tables' protection.
        'row_security', class.relrowsecurity or coalesce(class.reloptions @> array['security_invoker=true'], false),
        'forced', class.relforcerowsecurity,
        'columns', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'name', attname, 'type', format_type(atttypid, atttypmod), 'required', attnotnull and not atthasdef) order by attnum), '[]')
          from pg_attribute where attrelid = class.oid and attnum > 0 and not attisdropped),
        'policies', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'name', polname, 'command', polcmd, 'permissive', polpermissive,
            'roles', (select jsonb_agg(coalesce(nullif(role, 0)::regrole::text, 'public') order by role) from unnest(polroles) as role),
            'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)) order by polname), '[]')
          from pg_policy where polrelid = class.oid),
        'triggers', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'name', tgname, 'enabled', tgenabled, 'definition', pg_get_triggerdef(pg_trigger.oid)) order by tgname), '[]')
          from pg_trigger where tgrelid = class.oid and not tgisinternal),
        'grants', (
          select coalesce(jsonb_object_agg(role, privileges), '{}') from (
            select coalesce(nullif(grantee, 0)::regrole::text, 'public') as role, jsonb_agg(distinct privilege) as privileges
            from (
              select grantee, privilege_type as privilege from aclexplode(class.relacl)
              union all
              select grantee, format('%s (%s)', privilege_type, attname) from pg_attribute, aclexplode(attacl) where attrelid = class.oid
            ) as granted
            where grantee <> class.relowner group by grantee) as grants)
      ) order by class.relname), '[]')
      from pg_class as class where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p', 'v', 'm')),
    'functions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', pg_proc.oid::regprocedure::text, 'definer', prosecdef, 'settings', coalesce(to_jsonb(proconfig), '[]'), 'source', md5(prosrc))
        order by pg_proc.oid::regprocedure::text), '[]')
      from pg_proc where pronamespace = 'ops'::regnamespace),
    -- Null where this database has no Storage.
    'storage', case when to_regclass('storage.objects') is not null then (
      select coalesce(jsonb_agg(polname order by polname), '[]') from pg_policy
      where polrelid = to_regclass('storage.objects') and polname like 'odoo\_ops\_%') end)
$$;
comment on function ops.describe() is 'What this schema really is, for `odoo-ops check` and before anything is written.';

-- Supabase Auth calls it before it signs a token (Authentication > Hooks > Custom Access Token). It puts the client and the role of the
-- person into the claims that the policies ask for. Of several clients it is the one that the person chose, if they belong to it.
create function ops.custom_access_token(event jsonb) returns jsonb language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  member record;
begin
  select client_id, role into member from ops.client_members
  where user_id = (event ->> 'user_id')::uuid
  order by client_id = (event -> 'claims' -> 'user_metadata' ->> 'client_id') desc nulls last, added_at, client_id
  limit 1;
  -- Never what the token came with: these two are ours to say.
  event := event #- '{claims,client_id}' #- '{claims,ops_role}';
  if member.client_id is null then
    return event;
  end if;
  return jsonb_set(
    jsonb_set(event, '{claims,client_id}', to_jsonb(member.client_id)),
    '{claims,ops_role}', to_jsonb(member.role));
end $$;
comment on function ops.custom_access_token(jsonb) is 'Hook of Supabase Auth: adds client_id and ops_role to the claims of a member.';

revoke all on all functions in schema ops from public, anon;
grant execute on function ops.unprotected(), ops.require_operator(text, text), ops.record(jsonb), ops.known(text, uuid[]), ops.prune_logs(text, timestamptz),
  ops.set_feature_flag(text, uuid, text, text, boolean, text, text), ops.describe()
  to authenticated, service_role;

do $$
begin
  if exists (select from pg_roles where rolname = 'supabase_auth_admin') then
    grant usage on schema ops to supabase_auth_admin;
    grant select on ops.client_members to supabase_auth_admin;
    grant execute on function ops.custom_access_token(jsonb) to supabase_auth_admin;
    create policy read_by_auth on ops.client_members for select to supabase_auth_admin using (true);
  end if;
  if exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    alter publication supabase_realtime add table ops.evidence; -- the Activity view
  end if;
end $$;

insert into ops.schema_migrations (name) values ('20261125000300_ops_functions.sql') on conflict do nothing;
