/** A text in SQL, whatever `standard_conforming_strings` says. */
export const literal = (text: string): string => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** A block of PL/pgSQL that runs at once; its quotes cannot be closed by what stands in it. */
export function block(body: string): string {
  let tag = '$own$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `do ${tag}\n${body}\n${tag};`;
}

export interface Step {
  /** Why, for whoever reads the SQL in the evidence. */
  why: string;
  /** Tables of schema public with the columns that are used: without all of them there is nothing to do. */
  needs: Readonly<Record<string, readonly string[]>>;
  sql: string;
}

const has = ([table, columns]: readonly [string, readonly string[]]): string =>
  `(select count(*) from pg_catalog.pg_attribute where attrelid = pg_catalog.to_regclass(${literal(`public.${table}`)})
    and attnum > 0 and not attisdropped and attname = any (array[${columns.map(literal).join(', ')}])) = ${columns.length}`;

/**
 * A statement that is run where its tables exist. It asks in the same transaction in which it changes, so that the text is one for all
 * databases: what its hash proves does not depend on which modules are installed.
 */
export const guarded = ({ why, needs, sql }: Step): string =>
  `-- ${why}\n${block(`begin\n  if ${Object.entries(needs).map(has).join('\n    and ')} then\n    ${sql};\n  end if;\nend`)}`;
