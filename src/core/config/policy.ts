import * as z from 'zod';
import { RULES } from '../policy/finding.ts';
import { environmentVariableSchema } from './variable.ts';

const stageNames = ['development', 'staging', 'production'] as const;
const patternSchema = z.string().min(1).meta({ description: 'A path from the root, with `*` and `**`.' });

const daySchema = z.iso.date('Expected a day, as 2027-01-31.');

const suppressionSchema = z
  .strictObject({
    rule: z.enum([...RULES, 'unreadable-file']).meta({ description: 'The rule whose findings are meant.' }),
    file: patternSchema
      .optional()
      .meta({ description: 'Files whose findings are meant: a pattern from the root. Left out: findings without a file.' }),
    contains: z.string().min(1).optional().meta({ description: 'Only findings whose message contains this text.' }),
    reason: z
      .string()
      .trim()
      .min(10, 'Say why, in a sentence.')
      .meta({ description: 'Why it may stand: who reads it next year should understand.' }),
    until: daySchema.meta({ description: 'Last day on which it holds. Afterwards the findings are back, and this entry is one more.' }),
  })
  .meta({ description: 'Findings that may stand for a while.' });
export type Suppression = z.infer<typeof suppressionSchema>;

const integrationSchema = z
  .strictObject({
    name: z.string().min(1),
    variables: z
      .array(environmentVariableSchema)
      .default([])
      .meta({ description: 'Environment variables that switch it on or point it somewhere.' }),
    parameters: z.array(z.string().min(1)).default([]).meta({ description: 'Keys of ir.config_parameter in the database that do.' }),
    test_values: z
      .array(z.string().min(1))
      .default([])
      .meta({ description: 'Values that are harmless: patterns with `*`, as `https://hooks.test/**`. Empty and unset always are.' }),
  })
  .meta({ description: 'Something outside that Odoo talks to: Slack, n8n, a payment provider (§3.3).' });

/** How the rules of docs/policy are applied to this repository. */
export const policySchema = z
  .strictObject({
    stages: z.record(patternSchema, z.enum(stageNames)).default({}).meta({
      description: 'Which stage a configuration file is for, where neither ODOO_STAGE nor its name tells: `deploy/live/**: production`.',
    }),
    mail_catchers: z.array(z.string().min(1)).default([]).meta({
      description: 'Hosts that catch mail besides mailpit, mailhog, mailcatcher, localhost and invalid (§3.3).',
    }),
    integrations: z.array(integrationSchema).default([]),
    suppressions: z.array(suppressionSchema).default([]),
  })
  .prefault({});
