/** A database with one of each kind of thing that has an owner, by several owners; statement after statement, as a superuser. */
export const ROOM = [
  'create extension pg_trgm',
  'set role staging; create table ir_module_module (id serial primary key, name varchar, state varchar)',
  `set role staging; create table res_partner (id serial primary key, name varchar, at timestamp default now());
   insert into res_partner (name) select 'partner ' || i from generate_series(1, 20) i;
   create index on res_partner using gin (name gin_trgm_ops)`,
  'set role staging; create table with_identity (id int generated always as identity, big text)',
  'create table of_boss (id bigserial, name text) partition by range (id); create table of_boss_1 partition of of_boss for values from (0) to (9)',
  'set role staging; create view seen as select id, name from res_partner',
  'create materialized view kept as select 1 as one',
  'create sequence alone',
  `create type mood as enum ('good', 'bad'); create domain positive as int check (value > 0); create type pair as (a int, b text); create type span as range (subtype = float8)`,
  `create function twice(int) returns int language sql as 'select $1 * 2'; create procedure nothing() language sql as 'select 1'`,
  `create function secure() returns text language sql security definer as 'select current_user::text'`,
  'create aggregate total(int) (sfunc = int4pl, stype = int)',
  'create schema "odd schema"; create table "odd schema"."Odd ""table" (id int)',
  'create operator === (leftarg = int, rightarg = int, function = int4eq)',
  'create operator family kin using btree; create operator class kind for type int using btree family kin as operator 1 <, function 1 btint4cmp(int, int)',
  `create collation mine (locale = 'C'); create statistics pairs on id, name from res_partner`,
  `create text search dictionary words (template = simple); create text search configuration texts (copy = simple)`,
  `select lo_from_bytea(0, 'large')`,
  `create function noticed() returns event_trigger language plpgsql as $$ begin if current_user = 'boss' then raise exception 'ran as the boss'; end if; end $$;
   create event trigger noticing on ddl_command_end execute function noticed()`,
];
