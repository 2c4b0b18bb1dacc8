import * as z from 'zod';
import { canonicalJson } from '../../canonical-json.ts';
import type { Hash } from '../../hash.ts';

/** `sha256:…` */
export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256:….');

/** What a container of an image runs with; as the engine tells it, the rest of it is of a machine. */
const runSchema = z.object({
  User: z.string().nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Env: z.array(z.string()).nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  Healthcheck: z.record(z.string(), z.unknown()).nullish(),
  ArgsEscaped: z.boolean().nullish(),
  Volumes: z.record(z.string(), z.unknown()).nullish(),
  WorkingDir: z.string().nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  StopSignal: z.string().nullish(),
  StopTimeout: z.number().nullish(),
  Shell: z.array(z.string()).nullish(),
});

/** An image, as an engine describes it. */
export const imageSchema = z.object({
  Id: digestSchema,
  RepoTags: z.array(z.string()).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  Architecture: z.string(),
  Variant: z.string().nullish(),
  Os: z.string(),
  Config: runSchema.nullish(),
  GraphDriver: z.object({ Name: z.string() }).nullish(),
  RootFS: z.object({ Layers: z.array(digestSchema).default([]) }),
});
export type Image = z.infer<typeof imageSchema>;

/** What made an image, the newest first. */
export const historySchema = z.array(
  z.object({ Created: z.number(), CreatedBy: z.string(), Comment: z.string().nullish(), Size: z.number() }),
);
export type ImageHistory = z.infer<typeof historySchema>;

const OUR_LABEL = 'odoo-ops.';

/**
 * How an engine names a layer together with all below it.
 * @param below that of the layer beneath the first; null for none
 * @param diffIds from the lowest up
 */
export function chainIds(below: string | null, diffIds: readonly string[], hash: Hash): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const beneath = chain.at(-1) ?? below;
    chain.push(beneath === null ? diffId : `sha256:${hash(`${beneath} ${diffId}`)}`);
  }
  return chain;
}

/** ISO 8601 with any offset, as UTC without fractions. */
const utc = (time: string | number): string => new Date(time).toISOString();

/** One line for each layer: an engine refuses to tell a history that has another number of them. */
function historyOfBase({ Id, RootFS: { Layers } }: Image, history: ImageHistory, created: string): object[] {
  const made = history.toReversed();
  if (made.filter(({ Size }) => Size > 0).length !== Layers.length) return Layers.map(() => ({ created, created_by: `layer of ${Id}` }));
  return made.map(({ Created, CreatedBy, Comment, Size }) => ({
    created: utc(Created * 1000),
    created_by: CreatedBy,
    ...(Comment ? { comment: Comment } : {}),
    ...(Size > 0 ? {} : { empty_layer: true }),
  }));
}

export interface ImageParts {
  base: Image;
  /** Of the base. */
  history: ImageHistory;
  /** ISO 8601. */
  created: string;
  layers: readonly { place: string; tree: string; digest: string }[];
  labels: Readonly<Record<string, string>>;
}

/** Configuration of the base with our layers and labels: its hash is the image's id, so equal parts give equal bytes. */
export function imageConfig({ base, history, created, layers, labels }: ImageParts): string {
  const run = Object.entries(base.Config ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const inherited = Object.entries(base.Config?.Labels ?? {}).filter(([key]) => !key.startsWith(OUR_LABEL));
  const time = utc(created);
  return canonicalJson({
    architecture: base.Architecture,
    ...(base.Variant ? { variant: base.Variant } : {}),
    os: base.Os,
    config: { ...Object.fromEntries(run), Labels: { ...Object.fromEntries(inherited), ...labels } },
    created: time,
    history: [
      ...historyOfBase(base, history, time),
      ...layers.map(({ place, tree }) => ({ created: time, created_by: `odoo-ops: ${place}`, comment: `git tree ${tree}` })),
    ],
    rootfs: { type: 'layers', diff_ids: [...base.RootFS.Layers, ...layers.map(({ digest }) => digest)] },
  });
}
