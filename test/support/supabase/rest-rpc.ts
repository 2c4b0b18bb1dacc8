import { escapeIdentifier } from 'pg';
import type { Queryable } from './rest.ts';
import { notSpoken, restError } from './rest-errors.ts';
import type { Source } from './rest-query.ts';

interface Parameter {
  name: string;
  type: string;
  required: boolean;
}
interface Routine {
  parameters: Parameter[];
  /** `void`, one value, one row, or their sets. */
  returns: 'void' | 'value' | 'row';
  set: boolean;
}

// Every time anew, where PostgREST has its schema cache.
const ROUTINES = `
select p.proretset as set,
       case when p.prorettype = 'void'::regtype then 'void' when t.typtype = 'c' or p.prorettype = 'record'::regtype then 'row' else 'value' end as returns,
       coalesce((select json_agg(json_build_object('name', coalesce(p.proargnames[a.i], ''), 'type', format_type(a.type, null),
                                                   'required', a.i <= p.pronargs - p.pronargdefaults) order by a.i)
                 from unnest(p.proargtypes::oid[]) with ordinality a(type, i)), '[]') as parameters
from pg_proc p join pg_type t on t.oid = p.prorettype
where p.pronamespace = (select oid from pg_namespace where nspname = $1) and p.proname = $2 and p.prokind = 'f'`;

const takes = ({ parameters }: Routine, keys: readonly string[]) =>
  keys.every((key) => parameters.some(({ name }) => name === key)) &&
  parameters.every(({ name, required }) => !required || keys.includes(name));

// PostgREST 12 falls back to a function with one json parameter, whatever that parameter's name.
const isFallback = ({ parameters }: Routine) => parameters.length === 1 && /^jsonb?$/.test(parameters[0]!.type);

function choose(routines: readonly Routine[], keys: readonly string[], name: string): Routine {
  const exact = routines.filter((routine) => takes(routine, keys));
  const found = exact.length > 0 ? exact : routines.filter(isFallback);
  if (found.length > 1) throw notSpoken(`the choice between several functions ${name}`);
  if (found[0]) return found[0];
  const signature = keys.length === 0 ? `${name} without parameters` : `${name}(${[...keys].sort().join(', ')})`;
  const searched =
    keys.length === 0 ? 'without parameters' : `with parameter${keys.length === 1 ? '' : 's'} ${[...keys].sort().join(', ')}`;
  throw restError(
    404,
    'PGRST202',
    `Could not find the function ${signature} in the schema cache`,
    `Searched for the function ${name} ${searched} or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.`,
  );
}

function argumentKeys(body: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw restError(400, 'PGRST102', 'Empty or invalid json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw notSpoken('arguments that are not an object');
  return Object.keys(parsed);
}

export interface Call extends Source {
  routine: Routine;
  values: unknown[];
}

/** The call as a source of rows; the arguments are cast by the database, from the JSON as it came. */
export async function callOf(database: Queryable, schema: string, name: string, text: string): Promise<Call> {
  const body = text === '' ? '{}' : text;
  const keys = argumentKeys(body);
  const { rows } = await database.query<Routine>(ROUTINES, [schema, name]);
  const routine = choose(rows, keys, `${schema}.${name}`);
  const target = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
  const given = routine.parameters.filter((parameter) => keys.includes(parameter.name));
  const unnamed = routine.parameters.length === 1 && routine.parameters[0]!.name === '';
  const columns = given.map(({ name: column, type }) => `${escapeIdentifier(column)} ${type}`).join(', ');
  const args = given.map(({ name: column }) => `${escapeIdentifier(column)} := args.${escapeIdentifier(column)}`).join(', ');
  const called = routine.returns === 'row' ? 'call.*' : 'call as value';
  const from = unnamed
    ? `(select ${called} from ${target}($1::${routine.parameters[0]!.type}) call) pgrst_call`
    : given.length === 0
      ? `(select ${called} from ${target}() call) pgrst_call`
      : `(select ${called} from json_to_record($1) as args(${columns}), lateral ${target}(${args}) call) pgrst_call`;
  return { from, name: 'pgrst_call', routine, values: unnamed || given.length > 0 ? [body] : [] };
}
