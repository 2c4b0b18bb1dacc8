import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { OpsError } from '../../../core/errors.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { shaSchema } from '../../../core/repository/names.ts';
import { isMissing, writeFailure } from './failures.ts';

/**
 * Each thing of this engine has a file beside it that bears our stamp: `pr-12.json` beside `pr-12/`. It is written before the thing is
 * made and removed after it is gone, so that whatever cuts us off, nothing is there that nobody knows.
 */
const stampSchema = z.object({
  project: z.string(),
  number: z.int().nullable(),
  attempt: z.string().nullable(),
  commit: shaSchema.nullable(),
  branch: z.string().nullable(),
  engine: z.string().nullable().default(null),
  created_at: z.string(),
  expires_at: z.string().nullable(),
});

/** A process by more than its number, which another one may have later. */
const markSchema = z.object({ pid: z.int().positive(), started: z.string() });
export type ProcessMark = z.infer<typeof markSchema>;

const placeSchema = z.object({
  kind: z.literal('place'),
  stamp: stampSchema,
  http_port: z.int(),
  gevent_port: z.int(),
});
export type PlaceState = z.infer<typeof placeSchema>;

const odooSchema = z.object({
  kind: z.literal('odoo'),
  stamp: stampSchema,
  /** Name of the database: it stands on the command line. */
  database: z.string(),
  /** Folder of its work tree. */
  code: z.string(),
  /** Its supervisor; null where it was never started, or was stopped. */
  process: markSchema.nullable(),
});
export type OdooState = z.infer<typeof odooSchema>;

const dataSchema = z.object({ kind: z.literal('data'), stamp: stampSchema });
const codeSchema = z.object({ kind: z.literal('code'), stamp: stampSchema, complete: z.boolean() });
const templateSchema = z.object({
  kind: z.literal('template'),
  stamp: stampSchema,
  name: z.string(),
  complete: z.boolean(),
  bytes: z.int().nonnegative(),
});

const stateSchema = z.discriminatedUnion('kind', [placeSchema, odooSchema, dataSchema, codeSchema, templateSchema]);
export type State = z.infer<typeof stateSchema>;
export type StateOf<Kind extends State['kind']> = Extract<State, { kind: Kind }>;

/**
 * @returns null where there is none
 * @throws OpsError `failed` where it says nothing that we understand: nobody guesses what it meant; `unreachable` where it cannot be read
 */
export async function readState(path: string): Promise<State | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw closed(path, error);
  });
  return text === null ? null : parseState(path, text);
}

/** As `readState`, from text. */
export function parseState(path: string, text: string): State {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The state of one kind. @throws OpsError `failed` also where it is another kind's */
export async function readStateOf<Kind extends State['kind']>(path: string, kind: Kind): Promise<StateOf<Kind> | null> {
  const state = await readState(path);
  if (state === null || state.kind === kind) return state as StateOf<Kind> | null;
  throw unreadable(path, new TypeError(`It is the state of a ${state.kind}.`));
}

/** A file or folder that is there and cannot be looked into: then nobody may conclude anything. */
export const closed = (path: string, cause: unknown): OpsError =>
  new OpsError('unreachable', `${path} cannot be read.`, { hint: 'Check its owner and mode.', cause });

const unreadable = (path: string, cause: unknown): OpsError =>
  new OpsError('failed', `${path} cannot be read as the state of a PR environment.`, {
    hint: 'Look at what it stands beside; remove both where nobody needs them.',
    details: { path },
    cause,
  });

/** Replaces the state as a whole. One writer at a time: whoever has the claim of the environment. */
export async function writeState(path: string, state: State): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o644, flush: true });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

export async function removeState(path: string): Promise<void> {
  await rm(`${path}.partial`, { force: true });
  await rm(path, { force: true });
}

export const sameStamp = (one: Stamp, other: Stamp): boolean => isDeepStrictEqual({ ...one }, { ...other });
