import * as z from 'zod';
import { daysSchema, durationSchema } from './duration.ts';
import { environmentVariableSchema } from './variable.ts';

/** The key that a page may show to everybody: a JWT of the role `anon`, or `sb_publishable_…`. Anything else is a secret. */
function isPublishable(key: string): boolean {
  if (key.startsWith('sb_publishable_')) return true;
  try {
    const payload: unknown = JSON.parse(atob((key.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    return typeof payload === 'object' && payload !== null && 'role' in payload && payload.role === 'anon';
  } catch {
    return false;
  }
}

const supabaseSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .meta({ description: 'URL of the project: https://<ref>.supabase.co, or that of your own server.' }),
    publishable_key: z
      .string()
      .refine(isPublishable, 'This is not the publishable (anon) key. Secrets do not belong into this file (§7.1): see token_env.')
      .optional()
      .meta({ description: 'The publishable (anon) key. It is public by design: alone it reads nothing.' }),
    publishable_key_env: environmentVariableSchema
      .default('SUPABASE_ANON_KEY')
      .meta({ description: 'Environment variable with the publishable key, where it does not stand here.' }),
    token_env: environmentVariableSchema.default('SUPABASE_SERVICE_ROLE_KEY').meta({
      description: 'For CI: environment variable with the service key, or with a token of the role "ci". People sign in instead.',
    }),
    bucket: z
      .string()
      .max(63)
      .regex(/^odoo-ops-evidence(?:-[a-z0-9-]+)?$/, 'Expected odoo-ops-evidence or odoo-ops-evidence-…: the policies are for these.')
      .optional()
      .meta({ description: 'Private Storage bucket for the files of the evidence folders; without one they stay in the repository.' }),
  })
  .meta({ description: 'The Supabase project that records how the platform operated (§2.2).' });

/** How a Supabase project is reached. */
export type SupabaseConfig = z.infer<typeof supabaseSchema>;

export const controlPlaneSchema = z
  .strictObject({
    url_env: environmentVariableSchema
      .default('DATABASE_URL')
      .meta({ description: 'Environment variable with the connection string. Its value never stands in a file.' }),
    supabase: supabaseSchema.optional(),
    client_id: z.string().min(1).default('default').meta({ description: 'Owner of the rows (§7.2).' }),
    timeout: durationSchema.default('5s'),
    log_retention: daysSchema.default('30d').meta({ description: 'Age at which `odoo-ops evidence prune` deletes its logs (§8.3).' }),
  })
  .prefault({});
