import * as z from 'zod';
import { digestSchema } from './config.ts';
import { LAYER_FORMAT } from './layer.ts';

/** Label of a code image that says what is in it: the engine itself remembers which folder became which layer, and no file can be wrong. */
export const LAYERS_LABEL = 'odoo-ops.layers';

const layerSchema = z.object({
  /** Where it lies in the image. */
  place: z.string(),
  /** git's id of the folder. */
  tree: z.string(),
  digest: digestSchema,
  /** Of its tar. */
  bytes: z.int().nonnegative(),
});
export type ImageLayer = z.infer<typeof layerSchema>;

/** Code of an image: its layers from the lowest up, and the image that they stand on. */
const codeSchema = z.object({
  format: z.literal(LAYER_FORMAT),
  base: digestSchema,
  /** Name of its layers together; null where it has none. */
  below: digestSchema.nullable(),
  layers: z.array(layerSchema),
});
export interface ImageCode extends Omit<z.infer<typeof codeSchema>, 'format' | 'layers'> {
  layers: readonly ImageLayer[];
}

export const writeCode = ({ base, below, layers }: ImageCode): string => JSON.stringify({ format: LAYER_FORMAT, base, below, layers });

/** @returns null for what another version wrote, or nobody of us */
export function readCode(label: string | undefined): ImageCode | null {
  try {
    const parsed = codeSchema.safeParse(JSON.parse(label ?? ''));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
