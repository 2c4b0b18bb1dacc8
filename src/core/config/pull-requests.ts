import * as z from 'zod';
import { durationSchema } from './duration.ts';
import { environmentVariableSchema } from './variable.ts';

/** `api.example.com:443` */
const endpointSchema = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?:\d{1,5}$/, 'Expected host:port.')
  .meta({ description: 'A host and a port.' });

const bytesSchema = z
  .string()
  .regex(/^[1-9]\d*[kmg]$/, 'Expected a size such as 512m or 2g.')
  .meta({ description: 'A size such as 512m or 2g.' });

/** Bytes of a text that `bytesSchema` accepted. */
export function bytesOf(size: string): number {
  const power = { k: 1, m: 2, g: 3 }[size.at(-1) ?? ''] ?? 0;
  return Number.parseInt(size, 10) * 1024 ** power;
}

const accessSchema = z
  .union([
    z.literal('public'),
    z.strictObject({
      user: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}$/)
        .default('preview'),
      password_env: environmentVariableSchema.default('ODOO_OPS_PR_PASSWORD'),
    }),
    z.strictObject({ forward_auth: z.url({ protocol: /^https?$/ }).meta({ description: 'Who decides: answers 2xx to let in.' }) }),
  ])
  .meta({ description: 'Who may open an environment. It holds a copy of staging: `public` has to be asked for by name.' });

/** PR environments (§4.3): where they run, and what each may use. */
export const pullRequestsSchema = z
  .strictObject({
    host: z
      .string()
      .regex(/<number>/, 'Expected <number> in it: each pull request has a host of its own.')
      .default('pr-<number>-<slug>.dev.insightpulseai.com')
      .meta({ description: 'Host of a PR environment (§4.3).' }),
    engine: z.enum(['auto', 'docker', 'process']).default('auto').meta({
      description: 'Docker Engine (or Podman), or processes on this machine, which lock nothing in. auto takes Docker where it answers.',
    }),
    odoo: z
      .strictObject({
        command: z.array(z.string().min(1)).min(1).default(['odoo']).meta({ description: 'How Odoo is started in the base image.' }),
        user: z.string().min(1).default('odoo').meta({ description: 'Who runs it there; never root.' }),
        requirements: z
          .string()
          .nullable()
          .default('requirements.txt')
          .meta({ description: 'Python requirements that the image gets where the commit has the file; null for none.' }),
        fresh_modules: z.array(z.string().regex(/^\w+$/)).min(1).default(['base']).meta({
          description: 'Modules of a fresh database, where there is no template of staging.',
        }),
        without_demo: z.boolean().default(true),
        tests: z.boolean().default(false).meta({
          description: 'Runs the tests of the modules that a pull request changes, in its own copy, before it is neutralised.',
        }),
      })
      .prefault({}),
    images: z
      .strictObject({
        odoo: z.string().min(1).optional().meta({
          description: 'What Odoo stands on here; without it build.image, else odoo:<version>. A record names it by digest.',
        }),
        proxy: z.string().min(1).default('caddy:2.11.4'),
        mail: z.string().min(1).default('axllent/mailpit:v1.30.7'),
        mail_command: z
          .array(z.string().min(1))
          .min(1)
          .optional()
          .meta({ description: 'What runs in it, where it is no Mailpit: takes mail on port 1025.' }),
      })
      .prefault({})
      .meta({ description: 'What runs beside the environments, once a host.' }),
    database: z
      .strictObject({
        url_env: environmentVariableSchema.default('ODOO_OPS_PR_DATABASE_URL').meta({
          description: 'Environment variable with the connection string of the server, as a role that may create roles and databases.',
        }),
        container: z.string().min(1).optional().meta({
          description:
            'Name of the container that is that server: it joins the network of each environment. Without it a relay leads there.',
        }),
        template: z.enum(['staging', 'fresh']).default('staging').meta({
          description: 'What a database is copied from: the kept template of staging (`odoo-ops pr template`), or a fresh one.',
        }),
      })
      .prefault({}),
    limits: z
      .strictObject({
        cpus: z.number().min(0.1).max(64).default(2),
        memory: bytesSchema.default('2g'),
        build_time: durationSchema.default('45m').meta({ description: 'A build that takes longer is ended.' }),
        disk: bytesSchema
          .default('10g')
          .meta({ description: 'Database and filestore together, when they are copied: a larger copy is refused.' }),
      })
      .prefault({}),
    running: z
      .int()
      .min(1)
      .max(500)
      .default(10)
      .meta({ description: 'How many run at a time; the longest idle one is stopped for another.' }),
    idle_after: durationSchema
      .default('2h')
      .meta({ description: 'Without a request for so long, an environment is stopped; a request wakes it.' }),
    expire_after: durationSchema.default('14d').meta({ description: 'Removed at that age without a build, whatever the pull request is.' }),
    egress: z.array(endpointSchema).default([]).meta({ description: 'The only places outside that an environment reaches: host:port.' }),
    access: accessSchema.prefault({}),
    tls: z.enum(['auto', 'internal', 'off']).default('auto').meta({
      description: 'auto: certificates from an authority; internal: from Caddy itself; off: plain HTTP, behind another proxy.',
    }),
    ports: z.strictObject({ http: z.int().min(1).max(65_535).default(80), https: z.int().min(1).max(65_535).default(443) }).prefault({}),
    warnings_are: z.enum(['yellow', 'green']).default('yellow').meta({ description: 'What a log with warnings makes of a build.' }),
  })
  .prefault({});
export type PullRequestsConfig = z.infer<typeof pullRequestsSchema>;
