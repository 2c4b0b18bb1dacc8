import * as z from 'zod';
import { branchNameSchema } from '../repository/names.ts';
import { isTimeZone } from '../time.ts';
import { days, daysSchema, durationSchema } from './duration.ts';
import { controlPlaneSchema } from './control-plane.ts';
import { folderInRepository, normalizePath } from './paths.ts';
import { matchesAny } from './patterns.ts';
import { policySchema } from './policy.ts';
import { pullRequestsSchema } from './pull-requests.ts';
import { environmentVariableSchema } from './variable.ts';

/** The file at the root of the user's repository. */
export const CONFIG_FILE = 'odoo-ops.yml';

/** §5.2, the canonical order. */
const CANONICAL_ADDONS_PATH = ['odoo', 'oca', 'ipai', 'ipai_meta'].map((name) => `/workspaces/odoo/addons/${name}`);

/** Lock and requirement files whose hashes a build states (§5.1, §6.1). */
const DEPENDENCY_FILES = ['requirements.txt', 'requirements.txt.lock', 'requirements-*.txt', 'pyproject.toml', 'uv.lock', 'poetry.lock'];

const CONFIGURATION_FILES = [CONFIG_FILE, '*.template', 'config/**', 'Dockerfile', 'docker-compose*.yml', 'compose*.yml', 'compose*.yaml'];

const pathSchema = z
  .string()
  .min(1)
  .refine((path) => normalizePath(path) !== undefined, 'Climbs out of the repository.');

const relativePathSchema = pathSchema.refine((path) => !path.startsWith('/'), 'Expected a path relative to the repository.');

export const stageSchema = z.enum(['development', 'staging', 'production']);
/** The value of `ODOO_STAGE` (§3.2). */
export type Stage = z.infer<typeof stageSchema>;

const odooSchema = z
  .strictObject({
    version: z
      .string()
      .regex(/^\d+\.\d+$/)
      .default('19.0')
      .meta({ description: 'Odoo series, quoted: "19.0".' }),
    workspace_folder: pathSchema
      .refine((path) => path.startsWith('/'), 'Expected an absolute path.')
      .default('/workspaces/odoo')
      .meta({ description: 'Where the repository is mounted in containers.' }),
    addons_path: z.array(pathSchema).min(1).default(CANONICAL_ADDONS_PATH).meta({
      description: 'Addons folders in the order that Odoo reads them (§5.2): absolute in the container, or relative to the repository.',
    }),
    database: z.string().min(1).max(63).optional().meta({ description: 'Database of the development server.' }),
    http_port: z.int().min(1).max(65_535).default(8069).meta({ description: 'Port of the development server.' }),
  })
  .prefault({});

const branchesSchema = z
  .strictObject({
    production: branchNameSchema.default('production'),
    staging: branchNameSchema.default('main'),
    pull_requests: z
      .array(z.string().min(1))
      .default(['feature/*', 'fix/*'])
      .meta({ description: 'Patterns of the branches that may be promoted to staging (§4.1).' }),
  })
  .refine((branches) => branches.production !== branches.staging, 'production and staging must be different branches.')
  .prefault({});

/** A command of the team's own. */
const commandSchema = z.union([z.string().min(1), z.array(z.string()).min(1)]);

const gateSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'Expected lower-case letters, digits and dashes.')
    .meta({ description: 'Name of the gate; also the name of its log file.' }),
  run: commandSchema.meta({
    description: 'A shell command, or a list of program and arguments. Runs in a check-out of the commit to be promoted.',
  }),
  timeout: durationSchema.default('30m'),
  into: z
    .array(z.enum(['staging', 'production']))
    .min(1)
    .default(['staging', 'production'])
    .meta({ description: 'Which promotions it guards.' }),
  env: z.array(environmentVariableSchema).default([]).meta({
    description: 'Secret variables that it may see. Others whose names look like secrets are withheld: it runs code of a branch.',
  }),
  needs: z.array(z.string()).default([]).meta({ description: 'Gates that must have passed before this one starts.' }),
});

const promotionSchema = z
  .strictObject({
    remote: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .default('origin'),
    merge_method: z.enum(['merge', 'fast-forward']).default('merge').meta({
      description: 'How a branch enters staging. Production is always a fast-forward, so that it runs the commit that staging ran.',
    }),
    lease: durationSchema.default('1h').meta({ description: 'How long a promotion holds its lock at the most.' }),
    gates: z.array(gateSchema).default([]),
  })
  .prefault({});

const buildSchema = z
  .strictObject({
    include: z
      .array(relativePathSchema)
      .default(CONFIGURATION_FILES)
      .meta({ description: 'Files that belong to a build besides addons and dependency files: patterns from the root.' }),
    dependency_files: z
      .array(relativePathSchema)
      .default(DEPENDENCY_FILES)
      .meta({ description: 'Lock and requirement files: part of the build, and each hash stands in its manifest.' }),
    image: z
      .string()
      .regex(/@sha256:[0-9a-f]{64}$/, 'Pin the base image by digest: name@sha256:….')
      .optional()
      .meta({ description: 'Base image, pinned by digest.' }),
  })
  .prefault({});

const environmentSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'Where people open it; asked for /web/health.' }),
});

const deploySchema = z
  .strictObject({
    run: commandSchema.meta({
      description:
        'A shell command, or a list of program and arguments, that brings the commit to the environment. Runs in a check-out of that commit, which is removed afterwards.',
    }),
    timeout: durationSchema.default('30m').meta({ description: 'How long the command may take.' }),
    env: z.array(environmentVariableSchema).default([]).meta({
      description: 'Secret variables that the command may see. Others whose names look like secrets are withheld.',
    }),
    health: z
      .strictObject({
        timeout: durationSchema.default('2m').meta({ description: 'How long Odoo may take to be healthy after the command.' }),
      })
      .prefault({}),
  })
  .meta({ description: 'How `odoo-ops deploy` brings the commit of the branch to this environment.' });

/** How an environment is deployed to. */
export type DeployConfig = z.infer<typeof deploySchema>;

const deployedEnvironmentSchema = environmentSchema.extend({ deploy: deploySchema.optional() });

const stagingSchema = deployedEnvironmentSchema.extend({
  database_url_env: environmentVariableSchema.optional().meta({
    description:
      "Environment variable with the connection string of staging's database: where it is set, `odoo-ops check` asks the database whether it is harmless (§3.3). Its value never stands in a file.",
  }),
});

const evidenceSchema = z
  .strictObject({
    folder: relativePathSchema
      .overwrite((path) => normalizePath(path) ?? path)
      .refine((path) => path !== '' && path !== '.git' && !path.startsWith('.git/'), 'Expected a folder of its own inside the repository.')
      .default('web/docs/evidence')
      .meta({ description: '§6.3' }),
    time_zone: z.string().refine(isTimeZone, 'Not a time zone.').default('Asia/Manila'),
    branch: branchNameSchema
      .nullable()
      .default('odoo-ops/evidence')
      .meta({ description: 'Branch of the remote that keeps a copy of each record; null keeps evidence in this clone only.' }),
    compress_after: daysSchema.default('30d').meta({ description: 'Age at which `odoo-ops evidence prune` compresses a folder (§8.3).' }),
    remove_after: daysSchema
      .default('90d')
      .meta({ description: 'Age at which it removes one from this clone; its hash stays in the chain.' }),
  })
  .superRefine(({ compress_after: compress, remove_after: remove }, context) => {
    if (days(remove) > days(compress)) return;
    const message = `Expected more than compress_after (${compress}).`;
    context.addIssue({ code: 'custom', path: ['remove_after'], message });
  })
  .prefault({});

export const configSchema = z
  .strictObject({
    version: z.literal(1).default(1),
    odoo: odooSchema,
    branches: branchesSchema,
    promotion: promotionSchema,
    build: buildSchema,
    environments: z
      .strictObject({
        dev: environmentSchema.prefault({}),
        staging: stagingSchema.prefault({}),
        production: deployedEnvironmentSchema.prefault({}),
      })
      .prefault({}),
    pull_requests: pullRequestsSchema,
    evidence: evidenceSchema,
    control_plane: controlPlaneSchema,
    policy: policySchema,
  })
  .superRefine(({ branches, evidence }, context) => {
    // Evidence is pushed without gates: its branch must never be one that code moves through.
    const forCode = [branches.staging, branches.production, ...branches.pull_requests];
    if (evidence.branch !== null && matchesAny(evidence.branch, forCode)) {
      context.addIssue({
        code: 'custom',
        path: ['evidence', 'branch'],
        message: `${evidence.branch} is a branch for code. Evidence needs one of its own.`,
      });
    }
  })
  .meta({ title: 'Odoo Ops', description: 'Configuration of Odoo Ops for this repository.' });

export type Config = z.infer<typeof configSchema>;

/** Names of the variables that hold secrets of the platform, whatever they are called. */
export const secretVariables = ({ control_plane: { url_env, supabase }, environments: { staging }, pull_requests }: Config): string[] => [
  url_env,
  pull_requests.database.url_env,
  ...(typeof pull_requests.access === 'object' && 'password_env' in pull_requests.access ? [pull_requests.access.password_env] : []),
  ...(staging.database_url_env === undefined ? [] : [staging.database_url_env]),
  ...(supabase ? [supabase.token_env] : []),
];

/** JSON Schema (draft 7, which editors know) of what a person writes: every key has a default and may be left out. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
}

/** Addons folders of the repository, in order; entries that lie outside (Odoo's own, in an image) are left out. */
export function addonsFolders(config: Config): string[] {
  return config.odoo.addons_path
    .map((entry) => folderInRepository(entry, config.odoo.workspace_folder))
    .filter((folder) => folder !== undefined);
}
