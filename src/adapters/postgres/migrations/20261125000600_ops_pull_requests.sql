-- PR environments (§4.3): what the lists show of each, written by whoever has something to say of it, and the tasks that build, remove and
-- sweep them.

alter table ops.pull_request_environments
  -- Of one whose removal is the first that is told here, no more than the number may be known.
  alter column branch drop not null,
  alter column host drop not null,
  alter column sha drop not null,
  add column title text,
  add column url text,
  add column engine text check (engine in ('docker', 'process')),
  add column verdict text check (verdict in ('green', 'yellow', 'red')),
  add column lines text[] not null default '{}',
  add column expires_at timestamptz,
  add column evidence_id uuid,
  drop constraint pull_request_environments_state_check,
  add constraint pull_request_environments_state_check check (state in
    ('requested', 'building', 'waiting', 'running', 'sleeping', 'failed', 'removing', 'removed')),
  add constraint pull_request_environments_updated_at_check check (isfinite(updated_at));
comment on column ops.pull_request_environments.branch is 'Its branch; null where only its removal was told.';
comment on column ops.pull_request_environments.host is 'Where it answers: pr-<number>-<slug>.<domain>; null where only its removal was told.';
comment on column ops.pull_request_environments.sha is 'The commit that it runs, or is to run; null where only its removal was told.';
comment on column ops.pull_request_environments.title is 'Title of the pull request, a stranger''s words.';
comment on column ops.pull_request_environments.url is 'Where people open it.';
comment on column ops.pull_request_environments.engine is 'What it runs on.';
comment on column ops.pull_request_environments.verdict is 'What its log says of it; null before it ran.';
comment on column ops.pull_request_environments.lines is 'Why it is yellow or red: lines of its log, at most 50.';
comment on column ops.pull_request_environments.expires_at is 'When it goes in any case; null where nothing of it runs.';
comment on column ops.pull_request_environments.evidence_id is 'The record of the act that told this; null for what no act told.';

comment on column ops.evidence.act is 'What was done: build, promotion, deployment, pr-environment, sweep, prune.';

create index pull_request_environments_told on ops.pull_request_environments (client_id, number, updated_at desc);
create index pull_request_environments_by_record on ops.pull_request_environments (client_id, evidence_id);

-- Records come in any order, and from clones that do not know of each other. So what is told counts by its time alone: what is older than
-- what is known is left out, also where the environment was removed since. Of the same second, the end of an act counts more than its course.
create function ops.tell_pull_request_environment(environment jsonb) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  told constant ops.pull_request_environments := jsonb_populate_record(null::ops.pull_request_environments, environment);
  ranks constant jsonb := '{"requested": 0, "building": 0, "removing": 0, "removed": 2}';
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  known ops.pull_request_environments;
  word text;
begin
  for word in select key from jsonb_object_keys(environment) as key where key <> all (array['client_id', 'id', 'number', 'title', 'branch', 'host',
    'url', 'engine', 'sha', 'state', 'verdict', 'lines', 'message', 'expires_at', 'updated_at', 'evidence_id']) loop
    raise exception 'of a pull request''s environment nobody tells "%"', word using errcode = '42703';
  end loop;
  if told.client_id is null or told.id is null or told.number is null or told.state is null or told.updated_at is null then
    raise exception 'of a pull request''s environment client_id, id, number, state and updated_at are told' using errcode = '23502';
  end if;
  -- Two who tell of one environment: the second sees what the first has written. (A lock on rows would not hold off a first row.)
  perform pg_advisory_xact_lock(1330663544, hashtext(told.client_id || ' ' || told.number));
  select * into known from ops.pull_request_environments as life
  where life.client_id = told.client_id and life.number = told.number
  order by life.updated_at desc, life.removed_at is null desc, life.created_at desc limit 1;
  if known.id is not null
    and (told.updated_at, coalesce((ranks ->> told.state)::int, 1), coalesce(told.evidence_id, nobody), told.state)
      <= (known.updated_at, coalesce((ranks ->> known.state)::int, 1), coalesce(known.evidence_id, nobody), known.state) then
    return false;
  end if;
  if known.id is null or known.removed_at is not null then
    -- A life begins with an act. A host that says of one that it sleeps may be late.
    if told.evidence_id is null then
      return false;
    end if;
    insert into ops.pull_request_environments (client_id, id, number, title, branch, host, url, engine, sha, state, verdict, lines, message,
      expires_at, evidence_id, created_at, updated_at, removed_at)
    values (told.client_id, told.id, told.number, told.title, told.branch, told.host, told.url, told.engine, told.sha, told.state, told.verdict,
      coalesce(told.lines, '{}'), told.message, told.expires_at, told.evidence_id, told.updated_at, told.updated_at,
      case when told.state = 'removed' then told.updated_at end)
    on conflict do nothing; -- An act of a life that has ended begins no other.
    return found;
  end if;
  update ops.pull_request_environments as life set
    state = told.state,
    updated_at = told.updated_at,
    removed_at = case when told.state = 'removed' then told.updated_at end,
    evidence_id = told.evidence_id,
    message = told.message,
    title = case when environment ? 'title' then told.title else life.title end,
    branch = case when environment ? 'branch' then told.branch else life.branch end,
    host = case when environment ? 'host' then told.host else life.host end,
    url = case when environment ? 'url' then told.url else life.url end,
    engine = case when environment ? 'engine' then told.engine else life.engine end,
    sha = case when environment ? 'sha' then told.sha else life.sha end,
    verdict = case when environment ? 'verdict' then told.verdict else life.verdict end,
    lines = case when environment ? 'lines' then coalesce(told.lines, '{}') else life.lines end,
    expires_at = case when environment ? 'expires_at' then told.expires_at else life.expires_at end
  where life.client_id = known.client_id and life.id = known.id;
  if not found then
    -- A policy would only find nothing to change.
    raise exception 'telling of a pull request''s environment' using errcode = '42501';
  end if;
  return true;
end $$;
comment on function ops.tell_pull_request_environment(jsonb) is
  'Takes in what an act, or a host, says of a PR environment. Columns that it does not name stay. Returns false for what is older than what is known.';

create function ops.set_pull_request_environment(environment jsonb) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  unprotected constant text[] := ops.unprotected();
begin
  if cardinality(unprotected) > 0 then
    raise exception 'row-level security is off or not forced on: %', array_to_string(unprotected, ', ') using errcode = 'OP001';
  end if;
  return ops.tell_pull_request_environment(environment);
end $$;
comment on function ops.set_pull_request_environment(jsonb) is
  'Says what a PR environment does now, while an act of it runs. Needs the role ci. The record of the act says the rest: ops.record.';

create or replace function ops.record(rows jsonb) returns jsonb language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- A row after those that it refers to.
  tables constant text[] := array['evidence', 'evidence_modules', 'evidence_files', 'builds', 'promotions', 'gate_results', 'deployments',
    'migrations', 'health_checks', 'environments', 'logs', 'metrics'];
  unprotected constant text[] := ops.unprotected();
  name text;
  columns text;
  environment jsonb;
begin
  if cardinality(unprotected) > 0 then
    raise exception 'row-level security is off or not forced on: %', array_to_string(unprotected, ', ') using errcode = 'OP001';
  end if;
  for name in select key from jsonb_object_keys(rows) as key where key <> all (tables || 'pull_request_environments'::text) loop
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
  -- In one order everywhere: two that tell of the same environments wait for each other, and never in a circle.
  for environment in
    select item from jsonb_array_elements(rows -> 'pull_request_environments') with ordinality as told (item, place)
    order by item ->> 'client_id', item ->> 'number', place
  loop
    perform ops.tell_pull_request_environment(environment);
  end loop;
  return (
    select coalesce(jsonb_object_agg(id, record_sha256), '{}') from ops.evidence
    where (client_id, id) in (select item ->> 'client_id', (item ->> 'id')::uuid from jsonb_array_elements(rows -> 'evidence') as item));
end $$;
comment on function ops.record(jsonb) is
  'Writes rows by table, all or none; a row that is there already is left alone, one of pull_request_environments goes on by its time. Returns the evidence rows that are there now, by id, with their hashes.';

create or replace function ops.task_kinds() returns jsonb language sql immutable set search_path = pg_catalog, pg_temp as $$
  select '{
    "build": {"revision": {"type": "string", "required": true}, "verify": {"type": "boolean", "required": false}},
    "check": {},
    "evidence-prune": {},
    "evidence-sync": {},
    "pr-down": {"number": {"type": "integer", "required": true}},
    "pr-up": {"number": {"type": "integer", "required": true}, "approve": {"type": "string", "required": false}},
    "sweep": {}
  }'::jsonb
$$;

create or replace function ops.task_problem(kind text, payload jsonb) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when fields is null then format('there is no kind of task "%s": %s', kind, (
      select string_agg(name, ', ' order by name) from jsonb_object_keys(ops.task_kinds()) as name))
    when payload is null or jsonb_typeof(payload) <> 'object' then 'the payload is not an object'
    when octet_length(payload::text) > 65536 then 'the payload is larger than 64 kB'
    else (
      select case
        when not fields ? name then format('%s has no field "%s"', kind, name)
        when not payload ? name then format('%s needs the field "%s"', kind, name)
        else format('the field "%s" of %s is not a %s', name, kind, case fields -> name ->> 'type'
          when 'string' then 'string of 1 to 255 characters' when 'integer' then 'whole number from 1' else fields -> name ->> 'type' end) end
      from (select jsonb_object_keys(payload) union select key from jsonb_each(fields) where (value ->> 'required')::boolean) as names (name)
      where not fields ? name or not payload ? name or not case fields -> name ->> 'type'
        when 'string' then jsonb_typeof(payload -> name) = 'string' and length(payload ->> name) between 1 and 255
        -- As JSON Schema has it, 7.0 is a whole number too.
        when 'integer' then jsonb_typeof(payload -> name) = 'number'
          and case when jsonb_typeof(payload -> name) = 'number' then (payload ->> name)::numeric % 1 = 0
            and (payload ->> name)::numeric between 1 and 2147483647 else false end
        else jsonb_typeof(payload -> name) = fields -> name ->> 'type' end
      order by name limit 1)
    end
  from (select ops.task_kinds() -> kind) as known (fields)
$$;

revoke all on function ops.tell_pull_request_environment(jsonb), ops.set_pull_request_environment(jsonb) from public, anon;
grant execute on function ops.tell_pull_request_environment(jsonb), ops.set_pull_request_environment(jsonb) to authenticated, service_role;

insert into ops.schema_migrations (name) values ('20261125000600_ops_pull_requests.sql') on conflict do nothing;
