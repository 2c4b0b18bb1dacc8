import * as z from 'zod';

const policySchema = z.object({
  name: z.string(),
  /** `r` select, `a` insert, `w` update, `d` delete, `*` all. */
  command: z.string(),
  permissive: z.boolean(),
  roles: z.array(z.string()),
  using: z.string().nullable(),
  check: z.string().nullable(),
});
export type Policy = z.infer<typeof policySchema>;

const tableSchema = z.object({
  name: z.string(),
  kind: z.enum(['table', 'view', 'materialized view']),
  /** Of a view: that it asks with the rights of whoever asks it. */
  row_security: z.boolean(),
  forced: z.boolean(),
  /** `required`: not null, and without a default. */
  columns: z.array(z.object({ name: z.string(), type: z.string(), required: z.boolean() })),
  policies: z.array(policySchema),
  /** `enabled`: A always, O except in a replica's session, R only there, D never. */
  triggers: z.array(z.object({ name: z.string(), enabled: z.string(), definition: z.string() })),
  /** Privileges by role, the owner's left out. */
  grants: z.record(z.string(), z.array(z.string())),
});
export type Table = z.infer<typeof tableSchema>;

const functionSchema = z.object({
  name: z.string(),
  /** It runs with the rights of its owner. */
  definer: z.boolean(),
  settings: z.array(z.string()),
  /** Hash of its body. */
  source: z.string(),
});

const contentsSchema = z.object({ tables: z.array(tableSchema), functions: z.array(functionSchema) });

/** What the migrations make of a fresh database: `schema.json` beside them, compared with a real one by a test. */
export const expectedSchema = contentsSchema;
export type ExpectedSchema = z.infer<typeof expectedSchema>;

/** What `ops.describe()` says of the live schema. */
export const schemaDescription = contentsSchema.extend({
  migrations: z.array(z.string()),
  /** Our policies on `storage.objects`; null where there is no Storage. */
  storage: z.array(z.string()).nullable(),
});
export type SchemaDescription = z.infer<typeof schemaDescription>;
