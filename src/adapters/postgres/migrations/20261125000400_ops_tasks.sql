-- The task bus: work that is asked for here and done by `odoo-ops worker`, on as many hosts as there are. The row is the truth; the queue
-- of the workers (graphile-worker, schema ops_queue, which the first worker makes) follows it, so that asking needs no worker.

create table ops.tasks (
  client_id text not null check (client_id <> ''),
  id uuid not null default gen_random_uuid(),
  kind text not null,
  key text check (key <> '' and length(key) <= 200),
  payload jsonb not null,
  state text not null default 'requested' check (state in ('requested', 'running', 'passed', 'failed', 'cancelled')),
  requested_by text not null,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  attempts integer not null default 0,
  worker text,
  message text,
  evidence_id uuid,
  primary key (client_id, id),
  check ((finished_at is null) = (state in ('requested', 'running')))
);
comment on table ops.tasks is 'Work that somebody asked for, and what became of it. Written by ops.request_task, ops.cancel_task and the workers only.';
comment on column ops.tasks.client_id is 'Owner of the row (§7.2).';
comment on column ops.tasks.id is 'Id of the task.';
comment on column ops.tasks.kind is 'What is to be done: a key of ops.task_kinds().';
comment on column ops.tasks.key is 'Of unfinished tasks of one kind with the same key there is one; null for a task that is never the same as another.';
comment on column ops.tasks.payload is 'What the kind needs to know, as ops.task_kinds() says.';
comment on column ops.tasks.state is 'requested: waits, for a worker or for its next attempt. running. Or how it ended.';
comment on column ops.tasks.requested_by is 'Who asked: the e-mail address or id in the token, else the database user.';
comment on column ops.tasks.requested_at is 'When it was asked for.';
comment on column ops.tasks.started_at is 'When its first attempt began; null before.';
comment on column ops.tasks.finished_at is 'When it ended; null before. The row never changes after that.';
comment on column ops.tasks.attempts is 'How often a worker began it.';
comment on column ops.tasks.worker is 'The worker that has it, or had it last: host and process.';
comment on column ops.tasks.message is 'What came of it, or why the last attempt failed.';
comment on column ops.tasks.evidence_id is 'The evidence record that it left; null where it left none.';

create index tasks_newest on ops.tasks (client_id, requested_at desc, id desc);
create unique index tasks_once on ops.tasks (client_id, kind, key) where finished_at is null and key is not null;
create index tasks_waiting on ops.tasks (client_id) where finished_at is null;

alter table ops.tasks enable row level security;
alter table ops.tasks force row level security;
create policy client_isolation on ops.tasks for select using (client_id = auth.jwt() ->> 'client_id');
grant select on ops.tasks to authenticated, service_role;
-- Nobody has the right to insert or update, the service role neither: only the functions below and the workers write, as the owner of
-- the table. `force` holds for the owner too, so these say what the functions may do for whom.
create policy asked_for on ops.tasks for insert
  with check (client_id = auth.jwt() ->> 'client_id' and auth.jwt() ->> 'ops_role' in ('operator', 'ci'));
create policy worked_on on ops.tasks for update
  using (client_id = auth.jwt() ->> 'client_id' and auth.jwt() ->> 'ops_role' in ('operator', 'ci'))
  with check (client_id = auth.jwt() ->> 'client_id' and auth.jwt() ->> 'ops_role' in ('operator', 'ci'));
create trigger keep before update or delete on ops.tasks for each row execute function ops.refuse_change_of_finished('finished_at');
create trigger keep_all before truncate on ops.tasks for each statement execute function ops.refuse_change();
alter table ops.tasks enable always trigger keep;
alter table ops.tasks enable always trigger keep_all;

create function ops.task_kinds() returns jsonb language sql immutable set search_path = pg_catalog, pg_temp as $$
  select '{
    "build": {"revision": {"type": "string", "required": true}, "verify": {"type": "boolean", "required": false}},
    "check": {},
    "evidence-prune": {},
    "evidence-sync": {}
  }'::jsonb
$$;
comment on function ops.task_kinds() is 'What may be asked for: kinds, the fields of their payloads, and the types of these. src/core/tasks/kinds.ts says the same.';

create function ops.task_problem(kind text, payload jsonb) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when fields is null then format('there is no kind of task "%s": %s', kind, (
      select string_agg(name, ', ' order by name) from jsonb_object_keys(ops.task_kinds()) as name))
    when payload is null or jsonb_typeof(payload) <> 'object' then 'the payload is not an object'
    when octet_length(payload::text) > 65536 then 'the payload is larger than 64 kB'
    else (
      select case
        when not fields ? name then format('%s has no field "%s"', kind, name)
        when not payload ? name then format('%s needs the field "%s"', kind, name)
        else format('the field "%s" of %s is not a %s%s', name, kind, fields -> name ->> 'type',
          case when fields -> name ->> 'type' = 'string' then ' of 1 to 255 characters' else '' end) end
      from (select jsonb_object_keys(payload) union select key from jsonb_each(fields) where (value ->> 'required')::boolean) as names (name)
      where not fields ? name or not payload ? name or jsonb_typeof(payload -> name) <> fields -> name ->> 'type'
        or (fields -> name ->> 'type' = 'string' and length(payload ->> name) not between 1 and 255)
      order by name limit 1)
    end
  from (select ops.task_kinds() -> kind) as known (fields)
$$;
comment on function ops.task_problem(text, jsonb) is 'Why a task cannot be asked for like this; null where it can.';

-- The only door. It runs as the owner of ops.tasks, because nobody else may write there; the claims are the caller's all the same.
create function ops.request_task(
  kind text, payload jsonb default '{}', key text default null, client text default null, id uuid default gen_random_uuid())
  returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  claims constant jsonb := coalesce(auth.jwt(), '{}');
  owner constant text := coalesce(request_task.client, claims ->> 'client_id');
  problem constant text := ops.task_problem(request_task.kind, request_task.payload);
  task uuid;
begin
  perform ops.require_operator(owner, 'asking for work of this client');
  if problem is not null then
    raise exception '%', problem using errcode = 'OP003';
  end if;
  loop
    -- Asked for twice, because the answer got lost, it is the same task: whoever asks makes its id.
    insert into ops.tasks (client_id, id, kind, key, payload, requested_by)
    values (owner, request_task.id, request_task.kind, request_task.key, request_task.payload,
      coalesce(nullif(claims ->> 'email', ''), nullif(claims ->> 'sub', ''), session_user))
    on conflict do nothing
    returning id into task;
    if task is not null then
      perform pg_notify('ops_tasks', owner);
      return task;
    end if;
    select id into task from ops.tasks
    where client_id = owner and (id = request_task.id
      or kind = request_task.kind and key = request_task.key and finished_at is null);
    if task is not null then
      return task;
    end if;
    -- It ended between the two: ask again.
  end loop;
end $$;
comment on function ops.request_task(text, jsonb, text, text, uuid) is
  'Asks for work; needs ops_role operator or ci, or the service role, which names the client. Returns the task, or the unfinished one with this key.';

create function ops.cancel_task(id uuid, client text default null) returns uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  claims constant jsonb := coalesce(auth.jwt(), '{}');
  owner constant text := coalesce(cancel_task.client, claims ->> 'client_id');
  state_now text;
begin
  perform ops.require_operator(owner, 'cancelling work of this client');
  update ops.tasks set state = 'cancelled', finished_at = now(),
    message = format('Cancelled by %s.', coalesce(nullif(claims ->> 'email', ''), nullif(claims ->> 'sub', ''), session_user))
  where client_id = owner and id = cancel_task.id and state = 'requested';
  if found then
    return cancel_task.id;
  end if;
  select state into state_now from ops.tasks where client_id = owner and id = cancel_task.id;
  if state_now is null then
    raise exception 'there is no task %', cancel_task.id using errcode = 'OP003';
  end if;
  raise exception 'task % is % and can no longer be cancelled', cancel_task.id, state_now using errcode = 'OP003';
end $$;
comment on function ops.cancel_task(uuid, text) is 'Cancels a task that no worker has; needs what asking needs. Returns its id.';

revoke all on function ops.task_kinds(), ops.task_problem(text, jsonb), ops.request_task(text, jsonb, text, text, uuid), ops.cancel_task(uuid, text)
  from public, anon;
grant execute on function ops.task_kinds(), ops.task_problem(text, jsonb), ops.request_task(text, jsonb, text, text, uuid), ops.cancel_task(uuid, text)
  to authenticated, service_role;

do $$
begin
  if exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    alter publication supabase_realtime add table ops.tasks;
  end if;
end $$;

insert into ops.schema_migrations (name) values ('20261125000400_ops_tasks.sql') on conflict do nothing;
