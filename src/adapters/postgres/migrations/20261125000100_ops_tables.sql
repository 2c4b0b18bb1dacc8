-- The tables. A row is keyed by its owner and by the id of its evidence record: delivered twice it is one row, and no client's id can
-- stand in the way of another's.

create table ops.client_members (
  client_id text not null check (client_id <> ''),
  user_id uuid not null,
  role text not null check (role in ('viewer', 'operator')),
  added_at timestamptz not null default now(),
  added_by text not null default current_user,
  primary key (client_id, user_id)
);
comment on table ops.client_members is 'Which person may see which client (§7.2). Written by the service role only.';
comment on column ops.client_members.client_id is 'The client.';
comment on column ops.client_members.user_id is 'The person: id in Supabase Auth (auth.users.id).';
comment on column ops.client_members.role is 'viewer reads; operator may also ask for work (ops.request_task) and set feature flags.';
comment on column ops.client_members.added_at is 'Since when.';
comment on column ops.client_members.added_by is 'Who added the person.';

create table ops.evidence (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  act text not null check (act ~ '^[a-z][a-z-]*$'),
  topic text not null,
  environment text,
  sha text,
  modules text[] not null,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  error text,
  started_at timestamptz not null check (isfinite(started_at)),
  finished_at timestamptz not null check (isfinite(finished_at)),
  folder text not null,
  record_sha256 text not null,
  previous text[] not null,
  primary key (client_id, id)
);
comment on table ops.evidence is 'Index of the evidence folders (§6.3): one row an act, of whatever kind. What the Activity view reads.';
comment on column ops.evidence.client_id is 'Owner of the row (§7.2).';
comment on column ops.evidence.id is 'Id of the record.';
comment on column ops.evidence.act is 'What was done: build, promotion, deployment, prune.';
comment on column ops.evidence.topic is 'Name of the folder: promote-main-to-production.';
comment on column ops.evidence.environment is 'The environment that it was about; null for none.';
comment on column ops.evidence.sha is 'The commit that it was about; null for none.';
comment on column ops.evidence.modules is 'Odoo modules that it changed.';
comment on column ops.evidence.actor is 'Who did it.';
comment on column ops.evidence.result is 'What it came to.';
comment on column ops.evidence.error is 'Why it did not pass; null where it did.';
comment on column ops.evidence.started_at is 'When it began.';
comment on column ops.evidence.finished_at is 'When it ended.';
comment on column ops.evidence.folder is 'Evidence folder, from the root of the repository.';
comment on column ops.evidence.record_sha256 is 'Hash of the record: the link of the chain.';
comment on column ops.evidence.previous is 'Hashes of the records that this one follows.';

-- A table, and not an index on evidence.modules: under row-level security PostgreSQL uses an index only for operators that it knows to
-- keep quiet about the rows of others, and those of arrays are not among them.
create table ops.evidence_modules (
  client_id text not null,
  evidence_id uuid not null,
  module text not null,
  finished_at timestamptz not null,
  primary key (client_id, evidence_id, module),
  foreign key (client_id, evidence_id) references ops.evidence
);
comment on table ops.evidence_modules is 'Which acts changed an Odoo module, to find them by it.';
comment on column ops.evidence_modules.client_id is 'Owner of the row (§7.2).';
comment on column ops.evidence_modules.evidence_id is 'The record.';
comment on column ops.evidence_modules.module is 'The Odoo module.';
comment on column ops.evidence_modules.finished_at is 'When the act ended.';

create view ops.evidence_by_module with (security_invoker = true) as
  select found.module, found.client_id, found.evidence_id as id, found.finished_at, evidence.act, evidence.topic, evidence.environment,
    evidence.sha, evidence.modules, evidence.actor, evidence.result, evidence.error, evidence.started_at, evidence.folder,
    evidence.record_sha256, evidence.previous
  from ops.evidence_modules as found
  join ops.evidence on evidence.client_id = found.client_id and evidence.id = found.evidence_id;
comment on view ops.evidence_by_module is 'ops.evidence, once for each module.';

create table ops.evidence_files (
  client_id text not null,
  evidence_id uuid not null,
  path text not null,
  sha256 text not null,
  bytes bigint not null,
  primary key (client_id, evidence_id, path),
  foreign key (client_id, evidence_id) references ops.evidence
);
comment on table ops.evidence_files is 'Files of the evidence folders with their hashes.';
comment on column ops.evidence_files.client_id is 'Owner of the row (§7.2). In Storage the file is <client_id>/<evidence_id>/<path>.';
comment on column ops.evidence_files.evidence_id is 'The record.';
comment on column ops.evidence_files.path is 'Path from the folder of the record.';
comment on column ops.evidence_files.sha256 is 'SHA-256 of the content.';
comment on column ops.evidence_files.bytes is 'Size.';

create table ops.builds (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  sha text not null,
  branch text,
  message text not null,
  author text not null,
  committed_at timestamptz not null,
  built_at timestamptz not null check (isfinite(built_at)),
  duration_ms bigint not null,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  error text,
  artifact_sha256 text,
  artifact_bytes bigint,
  image_digest text,
  dependencies jsonb not null,
  manifest jsonb,
  evidence_folder text not null,
  record_sha256 text not null,
  primary key (client_id, id)
);
comment on table ops.builds is 'What one commit produced (§6.1).';
comment on column ops.builds.client_id is 'Owner of the row (§7.2).';
comment on column ops.builds.id is 'Id of the evidence record.';
comment on column ops.builds.sha is 'The commit.';
comment on column ops.builds.branch is 'The branch that the build was asked for; null for a bare commit.';
comment on column ops.builds.message is 'Message of the commit.';
comment on column ops.builds.author is 'Author of the commit.';
comment on column ops.builds.committed_at is 'Committer time of the commit.';
comment on column ops.builds.built_at is 'When the build ended.';
comment on column ops.builds.duration_ms is 'How long it took, in milliseconds.';
comment on column ops.builds.actor is 'Who built.';
comment on column ops.builds.result is 'What it came to.';
comment on column ops.builds.error is 'Why it did not pass; null where it did.';
comment on column ops.builds.artifact_sha256 is 'Hash of the canonical tar: the identity of the build (§5.3).';
comment on column ops.builds.artifact_bytes is 'Size of the tar.';
comment on column ops.builds.image_digest is 'Base image by digest; null where none is configured.';
comment on column ops.builds.dependencies is 'Lock and requirement files with their SHA-256.';
comment on column ops.builds.manifest is 'manifest.json; null where the build did not get that far.';
comment on column ops.builds.evidence_folder is 'Evidence folder, from the root of the repository.';
comment on column ops.builds.record_sha256 is 'Hash of the record.';

create table ops.promotions (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  environment text not null check (environment in ('staging', 'production')),
  from_branch text not null,
  to_branch text not null,
  from_sha text not null,
  sha text,
  previous_sha text not null,
  emergency_reason text,
  commits jsonb not null,
  modules jsonb not null,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  error text,
  started_at timestamptz not null check (isfinite(started_at)),
  finished_at timestamptz not null check (isfinite(finished_at)),
  evidence_folder text not null,
  record_sha256 text not null,
  primary key (client_id, id)
);
comment on table ops.promotions is 'Each try to move code up (§4.2).';
comment on column ops.promotions.client_id is 'Owner of the row (§7.2).';
comment on column ops.promotions.id is 'Id of the evidence record.';
comment on column ops.promotions.environment is 'The environment whose branch was to move.';
comment on column ops.promotions.from_branch is 'Where the code came from.';
comment on column ops.promotions.to_branch is 'The branch that was to move.';
comment on column ops.promotions.from_sha is 'What from_branch held.';
comment on column ops.promotions.sha is 'What to_branch holds since; null where it did not move.';
comment on column ops.promotions.previous_sha is 'What to_branch held before: the way back.';
comment on column ops.promotions.emergency_reason is 'Why staging was bypassed (§4.2); null for the ordinary way.';
comment on column ops.promotions.commits is 'Commits that it brought: sha and committed_at, newest first, at most 1,000.';
comment on column ops.promotions.modules is 'Odoo modules that it changed, with their versions.';
comment on column ops.promotions.actor is 'Who promoted.';
comment on column ops.promotions.result is 'What it came to.';
comment on column ops.promotions.error is 'Why it did not pass; null where it did.';
comment on column ops.promotions.started_at is 'When it began.';
comment on column ops.promotions.finished_at is 'When it ended.';
comment on column ops.promotions.evidence_folder is 'Evidence folder, from the root of the repository.';
comment on column ops.promotions.record_sha256 is 'Hash of the record.';

create table ops.gate_results (
  client_id text not null,
  promotion_id uuid not null,
  name text not null,
  result text not null check (result in ('passed', 'failed', 'inconclusive')),
  message text not null,
  started_at timestamptz not null,
  duration_ms bigint not null,
  primary key (client_id, promotion_id, name),
  foreign key (client_id, promotion_id) references ops.promotions
);
comment on table ops.gate_results is 'What each gate of a promotion said. Inconclusive counts as failed.';
comment on column ops.gate_results.client_id is 'Owner of the row (§7.2).';
comment on column ops.gate_results.promotion_id is 'The promotion.';
comment on column ops.gate_results.name is 'The gate.';
comment on column ops.gate_results.result is 'What it said.';
comment on column ops.gate_results.message is 'Why.';
comment on column ops.gate_results.started_at is 'When it began.';
comment on column ops.gate_results.duration_ms is 'How long it took, in milliseconds.';

create table ops.deployments (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  environment text not null,
  stage text not null check (stage in ('development', 'staging', 'production')),
  branch text not null,
  sha text not null,
  started boolean not null,
  running_sha text,
  previous_sha text,
  rollback boolean not null,
  commits jsonb not null,
  modules jsonb not null,
  url text,
  actor text not null,
  result text not null check (result in ('passed', 'failed', 'refused', 'cancelled', 'interrupted')),
  error text,
  started_at timestamptz not null check (isfinite(started_at)),
  deployed_at timestamptz not null check (isfinite(deployed_at)),
  evidence_folder text not null,
  record_sha256 text not null,
  primary key (client_id, id)
);
comment on table ops.deployments is 'A commit put into an environment (§6.2).';
comment on column ops.deployments.client_id is 'Owner of the row (§7.2).';
comment on column ops.deployments.id is 'Id of the evidence record.';
comment on column ops.deployments.environment is 'The environment.';
comment on column ops.deployments.stage is 'Its ODOO_STAGE (§3.2).';
comment on column ops.deployments.branch is 'The branch that the environment follows.';
comment on column ops.deployments.sha is 'The commit that was to run.';
comment on column ops.deployments.started is 'True where its command was begun; before that nothing was changed.';
comment on column ops.deployments.running_sha is 'The commit that runs since; null where that cannot be said.';
comment on column ops.deployments.previous_sha is 'What ran before: the way back. Null where none is known.';
comment on column ops.deployments.rollback is 'True where it went back to what had run already.';
comment on column ops.deployments.commits is 'Commits that it brought: sha and committed_at, newest first, at most 1,000.';
comment on column ops.deployments.modules is 'Odoo modules that it changed, with their versions.';
comment on column ops.deployments.url is 'Where the environment is opened; null where none is configured.';
comment on column ops.deployments.actor is 'Who deployed.';
comment on column ops.deployments.result is 'What it came to.';
comment on column ops.deployments.error is 'Why it did not pass; null where it did.';
comment on column ops.deployments.started_at is 'When it began.';
comment on column ops.deployments.deployed_at is 'When it ended.';
comment on column ops.deployments.evidence_folder is 'Evidence folder, from the root of the repository.';
comment on column ops.deployments.record_sha256 is 'Hash of the record.';

create table ops.migrations (
  client_id text not null,
  deployment_id uuid not null,
  position integer not null,
  module text not null,
  old_version text,
  new_version text not null,
  script text,
  duration_ms bigint,
  primary key (client_id, deployment_id, position),
  foreign key (client_id, deployment_id) references ops.deployments
);
comment on table ops.migrations is 'Module upgrades of a deployment, and the scripts that Odoo ran for them (§6.2).';
comment on column ops.migrations.client_id is 'Owner of the row (§7.2).';
comment on column ops.migrations.deployment_id is 'The deployment.';
comment on column ops.migrations.position is 'Place in the order of the upgrade, from 0.';
comment on column ops.migrations.module is 'The Odoo module.';
comment on column ops.migrations.old_version is 'Version before; null for a new module.';
comment on column ops.migrations.new_version is 'Version after.';
comment on column ops.migrations.script is 'Path of the script in the module; null for an upgrade without one.';
comment on column ops.migrations.duration_ms is 'How long it took by Odoo''s log, in milliseconds; null where the log does not say.';

create table ops.health_checks (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  environment text not null,
  deployment_id uuid,
  name text not null,
  result text not null check (result in ('passed', 'failed', 'inconclusive')),
  message text not null,
  checked_at timestamptz not null,
  duration_ms bigint not null,
  primary key (client_id, id),
  foreign key (client_id, deployment_id) references ops.deployments
);
comment on table ops.health_checks is 'Questions to a running Odoo and its answers (§6.2).';
comment on column ops.health_checks.client_id is 'Owner of the row (§7.2).';
comment on column ops.health_checks.id is 'Made from the record and the name, so that it is the same each time it is delivered.';
comment on column ops.health_checks.environment is 'The environment that was asked.';
comment on column ops.health_checks.deployment_id is 'The deployment that asked; null for one that nobody deployed.';
comment on column ops.health_checks.name is 'What was asked: http, database, login.';
comment on column ops.health_checks.result is 'What it said.';
comment on column ops.health_checks.message is 'Why.';
comment on column ops.health_checks.checked_at is 'When.';
comment on column ops.health_checks.duration_ms is 'How long the answer took, in milliseconds.';

create table ops.environments (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  name text not null,
  stage text not null check (stage in ('development', 'staging', 'production')),
  branch text not null,
  url text,
  settings jsonb not null,
  actor text not null,
  recorded_at timestamptz not null,
  primary key (client_id, id)
);
comment on table ops.environments is 'Settings of the environments, as each deployment found them; the newest row of a name holds.';
comment on column ops.environments.client_id is 'Owner of the row (§7.2).';
comment on column ops.environments.id is 'Id of the deployment''s record.';
comment on column ops.environments.name is 'staging, production, or pr-<number>.';
comment on column ops.environments.stage is 'Its ODOO_STAGE (§3.2).';
comment on column ops.environments.branch is 'The branch that it follows.';
comment on column ops.environments.url is 'Where people open it.';
comment on column ops.environments.settings is 'What else was configured for it; never a secret.';
comment on column ops.environments.actor is 'Who deployed with these settings.';
comment on column ops.environments.recorded_at is 'When.';

create table ops.feature_flags (
  client_id text not null check (client_id <> ''),
  id uuid not null default gen_random_uuid(),
  name text not null check (name ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  environment text not null default '*',
  enabled boolean not null,
  reason text not null,
  actor text not null,
  changed_at timestamptz not null default now(),
  primary key (client_id, id)
);
comment on table ops.feature_flags is 'Each change of a feature flag (§2.2); the newest row of a name and environment holds.';
comment on column ops.feature_flags.client_id is 'Owner of the row (§7.2).';
comment on column ops.feature_flags.id is 'The change.';
comment on column ops.feature_flags.name is 'The flag.';
comment on column ops.feature_flags.environment is 'Where it holds; * for everywhere that has no row of its own.';
comment on column ops.feature_flags.enabled is 'On or off.';
comment on column ops.feature_flags.reason is 'Why it was changed.';
comment on column ops.feature_flags.actor is 'Who changed it.';
comment on column ops.feature_flags.changed_at is 'When.';

create table ops.pull_request_environments (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  number integer not null check (number > 0),
  branch text not null,
  host text not null,
  sha text not null,
  state text not null check (state in ('requested', 'building', 'running', 'failed', 'removing', 'removed')),
  message text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz check ((removed_at is null) = (state <> 'removed')),
  primary key (client_id, id)
);
comment on table ops.pull_request_environments is 'Life of each PR environment (§4.3). It changes until it is removed, and never after.';
comment on column ops.pull_request_environments.client_id is 'Owner of the row (§7.2).';
comment on column ops.pull_request_environments.id is 'This life of it: a pull request that is opened again gets another.';
comment on column ops.pull_request_environments.number is 'Number of the pull request.';
comment on column ops.pull_request_environments.branch is 'Its branch.';
comment on column ops.pull_request_environments.host is 'Where it answers: pr-<number>-<slug>.<domain>.';
comment on column ops.pull_request_environments.sha is 'The commit that it runs.';
comment on column ops.pull_request_environments.state is 'Where it stands.';
comment on column ops.pull_request_environments.message is 'Why it stands there; null where all is well.';
comment on column ops.pull_request_environments.created_at is 'When it was asked for.';
comment on column ops.pull_request_environments.updated_at is 'When it changed last.';
comment on column ops.pull_request_environments.removed_at is 'When nothing was left of it.';

create table ops.metrics (
  client_id text not null check (client_id <> ''),
  id uuid not null,
  name text not null,
  unit text not null,
  value double precision not null,
  attributes jsonb not null,
  recorded_at timestamptz not null check (isfinite(recorded_at)),
  evidence_id uuid,
  primary key (client_id, id)
);
comment on table ops.metrics is 'Measurements, named as OpenTelemetry names them. Kept for 30 days (§8.3).';
comment on column ops.metrics.client_id is 'Owner of the row (§7.2).';
comment on column ops.metrics.id is 'Made from what was measured, so that it is the same each time it is delivered.';
comment on column ops.metrics.name is 'For example odoo_ops.gate.duration.';
comment on column ops.metrics.unit is 'UCUM unit: s, By, 1.';
comment on column ops.metrics.value is 'The value.';
comment on column ops.metrics.attributes is 'What it was measured of.';
comment on column ops.metrics.recorded_at is 'When it was measured.';
comment on column ops.metrics.evidence_id is 'The record that it comes from; null for the development server.';

create table ops.logs (
  client_id text not null check (client_id <> ''),
  evidence_id uuid not null,
  name text not null,
  part integer not null check (part >= 0),
  content text not null check (octet_length(content) <= 1048576),
  recorded_at timestamptz not null default now(),
  primary key (client_id, evidence_id, name, part)
);
comment on table ops.logs is 'Logs of the acts in parts, redacted (§6.2). Kept for 30 days (§8.3); the evidence folders keep them longer.';
comment on column ops.logs.client_id is 'Owner of the row (§7.2).';
comment on column ops.logs.evidence_id is 'The record.';
comment on column ops.logs.name is 'Name of the log file: act.log.';
comment on column ops.logs.part is 'Place of the part, from 0.';
comment on column ops.logs.content is 'Whole lines, at most 1 MiB.';
comment on column ops.logs.recorded_at is 'When it came here, by this server''s clock.';

-- What the trees and the command line ask, newest first.
create index evidence_newest on ops.evidence (client_id, finished_at desc, id desc);
create index evidence_by_environment on ops.evidence (client_id, environment, finished_at desc, id desc);
create index evidence_by_act on ops.evidence (client_id, act, finished_at desc, id desc);
create index evidence_by_folder on ops.evidence (client_id, folder);
create index evidence_modules_newest on ops.evidence_modules (client_id, module, finished_at desc, evidence_id desc);
create index promotions_newest on ops.promotions (client_id, environment, finished_at desc, id desc);
create index promotions_by_sha on ops.promotions (client_id, sha);
create index builds_newest on ops.builds (client_id, built_at desc, id desc);
create index builds_by_sha on ops.builds (client_id, sha);
create index deployments_newest on ops.deployments (client_id, environment, deployed_at desc, id desc);
create index health_checks_newest on ops.health_checks (client_id, environment, checked_at desc, id desc);
create index environments_newest on ops.environments (client_id, name, recorded_at desc, id desc);
create index feature_flags_newest on ops.feature_flags (client_id, changed_at desc, id desc);
create index pull_request_environments_newest on ops.pull_request_environments (client_id, created_at desc, id desc);
create unique index pull_request_environments_alive on ops.pull_request_environments (client_id, number) where removed_at is null;
create index metrics_newest on ops.metrics (client_id, name, recorded_at desc, id desc);
create index metrics_by_age on ops.metrics (recorded_at);
create index logs_by_age on ops.logs (recorded_at);

insert into ops.schema_migrations (name) values ('20261125000100_ops_tables.sql') on conflict do nothing;
