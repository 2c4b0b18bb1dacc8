-- How the platform operated (constitution §2.2, §6). Each row is written once, when its act has ended.
create schema if not exists ops;

-- Supabase has auth.jwt(); a plain PostgreSQL gets the same function, reading the same setting.
create schema if not exists auth;
do $$
begin
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable
      as 'select coalesce(nullif(current_setting(''request.jwt.claims'', true), ''''), ''{}'')::jsonb';
  end if;
end $$;

create table ops.builds (
  id uuid primary key,
  client_id text not null,
  sha text not null,
  branch text,
  message text not null,
  author text not null,
  committed_at timestamptz not null,
  built_at timestamptz not null,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  error text,
  artifact_sha256 text,
  artifact_bytes bigint,
  image_digest text,
  dependencies jsonb not null,
  manifest jsonb,
  evidence_folder text not null,
  record_sha256 text not null
);
comment on table ops.builds is 'What one commit produced (§6.1). The id is that of the evidence record.';
comment on column ops.builds.dependencies is 'Lock and requirement files with their SHA-256.';

create table ops.deployments (
  id uuid primary key,
  client_id text not null,
  environment text not null,
  sha text not null,
  previous_sha text,
  deployed_at timestamptz not null,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  migrations jsonb not null,
  health jsonb not null,
  evidence_folder text not null,
  record_sha256 text not null
);
comment on table ops.deployments is 'A build put into an environment (§6.2); previous_sha is the way back.';

create table ops.promotions (
  id uuid primary key,
  client_id text not null,
  environment text not null check (environment in ('staging', 'production')),
  from_branch text not null,
  to_branch text not null,
  from_sha text not null,
  sha text,
  previous_sha text not null,
  emergency_reason text,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  error text,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  modules jsonb not null,
  evidence_folder text not null,
  record_sha256 text not null
);
comment on table ops.promotions is 'Each try to move code up (§4.2). sha is what the branch holds since; null where it did not move.';

create table ops.gate_results (
  promotion_id uuid not null references ops.promotions,
  client_id text not null,
  name text not null,
  result text not null check (result in ('passed', 'failed', 'inconclusive')),
  message text not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  primary key (promotion_id, name)
);
comment on table ops.gate_results is 'What each gate of a promotion said.';

-- What the trees ask: the newest passed promotion of each environment.
create index promotions_newest on ops.promotions (client_id, environment, finished_at desc) where result = 'passed';
create index builds_by_sha on ops.builds (client_id, sha);
create index deployments_newest on ops.deployments (client_id, environment, deployed_at desc);

create function ops.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'ops.% keeps what happened: rows are neither changed nor deleted', tg_table_name;
end $$;

-- §7.2, forced for the owner of the tables too.
do $$
declare
  name text;
begin
  foreach name in array array['builds', 'deployments', 'promotions', 'gate_results'] loop
    execute format('alter table ops.%I enable row level security', name);
    execute format('alter table ops.%I force row level security', name);
    execute format(
      'create policy client_isolation on ops.%I using (client_id = auth.jwt() ->> ''client_id'') with check (client_id = auth.jwt() ->> ''client_id'')',
      name);
    execute format('create trigger keep before update or delete on ops.%I for each row execute function ops.refuse_change()', name);
  end loop;
end $$;
