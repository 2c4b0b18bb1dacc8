-- Who may do what (§7.2). Reading: the client that the token names. Writing: narrower, by the claim `ops_role`. Nobody changes or deletes
-- what has ended: the triggers say no to everybody, the service role and the owner included.

grant usage on schema ops to authenticated, service_role;
grant select on ops.schema_migrations to authenticated, service_role;
alter table ops.schema_migrations enable row level security;
alter table ops.schema_migrations force row level security;
create policy readable on ops.schema_migrations for select using (true);
-- Whoever migrates owns the table, and must get past `force`.
create policy migrated_by_owner on ops.schema_migrations for all
  using (pg_has_role(current_user, (select relowner from pg_class where oid = 'ops.schema_migrations'::regclass), 'usage'));

create function ops.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'ops.% keeps what happened: rows are neither changed nor deleted', tg_table_name using errcode = 'OP002';
end $$;
comment on function ops.refuse_change() is 'Trigger of the tables that only grow.';

create function ops.refuse_change_of_finished() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(old) ->> tg_argv[0] is null then
    return new;
  end if;
  raise exception 'ops.% keeps what happened: a row that is finished is neither changed nor deleted', tg_table_name using errcode = 'OP002';
end $$;
comment on function ops.refuse_change_of_finished() is 'Trigger of the tables whose rows change until the column that it is given is set.';

create function ops.refuse_change_of_recent() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' and old.recorded_at < now() - interval '30 days' then
    return old;
  end if;
  raise exception 'ops.% keeps the last 30 days: younger rows are not deleted, and none is changed', tg_table_name using errcode = 'OP002';
end $$;
comment on function ops.refuse_change_of_recent() is 'Trigger of the tables that are kept for 30 days (§8.3).';

do $$
declare
  name text;
  keeps_for_ever constant text[] := array['evidence', 'evidence_modules', 'evidence_files', 'builds', 'promotions', 'gate_results', 'deployments', 'migrations',
    'health_checks', 'environments', 'feature_flags'];
  keeps_thirty_days constant text[] := array['logs', 'metrics'];
  changes_until_finished constant text[] := array['pull_request_environments'];
begin
  foreach name in array keeps_for_ever || keeps_thirty_days || changes_until_finished || array['client_members'] loop
    execute format('alter table ops.%I enable row level security', name);
    execute format('alter table ops.%I force row level security', name);
    execute format('create policy client_isolation on ops.%I for select using (client_id = auth.jwt() ->> ''client_id'')', name);
    execute format('grant select on ops.%I to authenticated, service_role', name);
    continue when name = 'client_members';
    -- Row triggers do not see TRUNCATE. "Always": also in a session that takes itself for a replica.
    execute format('create trigger keep_all before truncate on ops.%I for each statement execute function ops.refuse_change()', name);
    execute format('alter table ops.%I enable always trigger keep_all', name);
    -- Flags have a door of their own (ops.set_feature_flag); when a log came here is for this server to say.
    if name = 'logs' then
      grant insert (client_id, evidence_id, name, part, content) on ops.logs to authenticated, service_role;
    elsif name <> 'feature_flags' then
      execute format('grant insert on ops.%I to authenticated, service_role', name);
    end if;
    execute format(
      'create policy ci_inserts on ops.%I for insert with check (client_id = auth.jwt() ->> ''client_id'' and auth.jwt() ->> ''ops_role'' = ''ci'')',
      name);
  end loop;

  foreach name in array keeps_for_ever loop
    execute format('create trigger keep before update or delete on ops.%I for each row execute function ops.refuse_change()', name);
    execute format('alter table ops.%I enable always trigger keep', name);
  end loop;

  foreach name in array keeps_thirty_days loop
    execute format('create trigger keep before update or delete on ops.%I for each row execute function ops.refuse_change_of_recent()', name);
    execute format('alter table ops.%I enable always trigger keep', name);
    execute format('grant delete on ops.%I to authenticated, service_role', name);
    execute format(
      'create policy ci_prunes on ops.%I for delete using (client_id = auth.jwt() ->> ''client_id'' and auth.jwt() ->> ''ops_role'' = ''ci'' and recorded_at < now() - interval ''30 days'')',
      name);
  end loop;
end $$;

grant select on ops.evidence_by_module to authenticated, service_role;

create trigger keep before update or delete on ops.pull_request_environments
  for each row execute function ops.refuse_change_of_finished('removed_at');
alter table ops.pull_request_environments enable always trigger keep;
grant update on ops.pull_request_environments to authenticated, service_role;
create policy ci_updates on ops.pull_request_environments for update
  using (client_id = auth.jwt() ->> 'client_id' and auth.jwt() ->> 'ops_role' = 'ci')
  with check (client_id = auth.jwt() ->> 'client_id' and auth.jwt() ->> 'ops_role' = 'ci');

create policy operator_inserts on ops.feature_flags for insert
  with check (client_id = auth.jwt() ->> 'client_id' and auth.jwt() ->> 'ops_role' = 'operator');

grant insert, update, delete on ops.client_members to service_role;

insert into ops.schema_migrations (name) values ('20261125000200_ops_security.sql') on conflict do nothing;
