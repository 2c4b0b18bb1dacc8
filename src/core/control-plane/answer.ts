import type * as z from 'zod';
import { OpsError } from '../errors.ts';

/** An answer of the control plane, parsed. @throws OpsError `unreachable` where it is not what our schema would answer */
export function parseAnswer<Schema extends z.ZodType>(schema: Schema, answer: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OpsError(
    'unreachable',
    `The control plane answers ${what} with something else than expected: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    {
      hint: '`odoo-ops check --rule row-level-security` compares its tables with those that this odoo-ops was made for.',
      cause: parsed.error,
    },
  );
}
