import * as z from 'zod';

/** A SHA-256 in lower-case hexadecimal. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'Expected a SHA-256 in hexadecimal.');
export type Sha256 = z.infer<typeof sha256Schema>;

/** Hashing is handed to the core, which imports no platform module. */
export type Hash = (data: string | Uint8Array) => Sha256;
