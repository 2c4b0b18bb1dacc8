import * as z from 'zod';
import { canonicalJson } from '../canonical-json.ts';
import { sha256Schema, type Sha256 } from '../hash.ts';
import { commitSchema, type Commit } from '../repository/commit.ts';
import { shaSchema } from '../repository/names.ts';

const contentHashSchema = z.object({ path: z.string(), sha256: sha256Schema });

/**
 * What a build is (§5.3, §6.1). Nothing in it depends on the machine, the day or the clone: the time of the build and its
 * logs stand in the evidence record instead. The branch is the one that the build was asked for, null for a bare SHA.
 */
export const buildManifestSchema = z.object({
  format: z.literal('odoo-ops-build/1'),
  sha: shaSchema,
  branch: z.string().nullable(),
  message: z.string(),
  author: z.string(),
  /** Committer time with its zone. */
  time: z.string(),
  artifact: z.object({
    /** Hash of the uncompressed canonical tar: the identity of the build. */
    sha256: sha256Schema,
    bytes: z.int(),
    files: z.int(),
  }),
  /** Base image by digest, where one is configured. */
  image: z.string().nullable(),
  dependencies: z.array(contentHashSchema),
  /** Each addon, by what it holds: unchanged content has an unchanged hash, whatever the commit. */
  addons: z.array(contentHashSchema.extend({ version: z.string().nullable() })),
});
export type BuildManifest = z.infer<typeof buildManifestSchema>;

/** What the tar writer found out while it wrote. */
export interface BuildContents {
  sha256: Sha256;
  bytes: number;
  files: number;
  dependencies: { path: string; sha256: Sha256 }[];
  addons: { path: string; sha256: Sha256; version: string | null }[];
}

export function buildManifest(
  commit: Commit & { message: string },
  branch: string | null,
  image: string | null,
  { sha256, bytes, files, dependencies, addons }: BuildContents,
): BuildManifest {
  return {
    format: 'odoo-ops-build/1',
    sha: commit.sha,
    branch,
    message: commit.message,
    author: `${commit.author} <${commit.email}>`,
    time: commit.committed_at,
    artifact: { sha256, bytes, files },
    image,
    dependencies,
    addons,
  };
}

/** The bytes of `manifest.json`. */
export const manifestText = (manifest: BuildManifest): string => `${canonicalJson(manifest)}\n`;

export const buildPlanSchema = z.object({
  act: z.literal('build'),
  revision: z.string(),
  commit: commitSchema,
  verify: z.boolean(),
});
