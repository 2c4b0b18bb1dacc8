import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { parseAnswer } from '../../core/control-plane/answer.ts';
import { backOff } from '../../core/control-plane/back-off.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import { createOpsClient, type OpsClient, type SupabaseOptions } from './client.ts';
import type { Failure } from './errors.ts';
import { attemptUpload, PIECE } from './resumable.ts';
import { isPassingInStorage, isThere, storageError } from './storage-errors.ts';

/** Milliseconds between tries. */
const BACK_OFF = { base: 250, factor: 2, max: 4000 };
/** Tries of a request, and of an upload that gets no further. */
const TRIES = 5;
/** Bytes a millisecond that a slow line carries. */
const SLOW_LINE = 50;
const PAGE = 1000;

/** Where an upload can go on after this process is gone. */
export interface UploadUrl {
  read: () => Promise<string | null>;
  write: (url: string) => Promise<void>;
  remove: () => Promise<void>;
}

export interface UploadSource {
  /** Path of the file. */
  file: string;
  bytes: number;
  contentType: string;
  url: UploadUrl;
  onProgress?: (bytes: number) => void;
}

/** What lies one level below a folder. */
export interface StoredEntry {
  name: string;
  /** Null for a folder. */
  bytes: number | null;
}

/** A bucket of Supabase Storage. @throws OpsError `unreachable`, `rejected`, `evidence` (not there), `cancelled` */
export interface Storage {
  /** Brings a file there, from where it broke off. An object is never replaced: one of the same size is the same. */
  upload: (name: string, source: UploadSource) => Promise<void>;
  /** @param bytes that are expected: what is large may take longer */
  download: (name: string, bytes: number) => Promise<Buffer>;
  list: (folder: string) => Promise<StoredEntry[]>;
  /** A link that opens the object for whoever has it, for so many seconds. */
  signedLink: (name: string, seconds: number) => Promise<string>;
}

const entriesSchema = z.array(
  z.object({ name: z.string(), id: z.string().nullable(), metadata: z.object({ size: z.number() }).partial().nullable() }),
);

type Files = ReturnType<OpsClient['storage']['from']>;
interface Answer<T> {
  data: T | null;
  error: { message: string; status?: number | undefined; statusCode?: string | undefined } | null;
}

/** storage-js answers most trouble as a value; what it throws all the same is trouble on the way. */
const networkFailure = <T>(error: unknown): Answer<T> => ({
  data: null,
  error: { message: error instanceof Error ? error.message : String(error) },
});

/** A bucket behind Supabase's API; each request is tried again where that may help. */
export function supabaseStorage(options: SupabaseOptions, bucket: string): Storage {
  const { signal, timeout, key, token } = options;
  const endpoint = `${options.url.replace(/\/+$/, '')}/storage/v1/upload/resumable`;
  const project = new URL(options.url).host;
  let client: Promise<OpsClient> | undefined;
  const failed = async (failure: Failure, name: string): Promise<OpsError> =>
    signal.aborted ? toOpsError(signal.reason) : storageError(failure, name, { project, bucket, anonymous: (await token()) === null });
  const pause = (attempt: number, until: AbortSignal) =>
    sleep(backOff(attempt, Math.random(), BACK_OFF), undefined, { signal: until }).catch(() => undefined);

  /** Asks until there is an answer, or the time of the call is over. */
  async function ask<T>(name: string, request: (files: Files, until: AbortSignal) => PromiseLike<Answer<T>>, bytes = 0): Promise<T> {
    const limit = AbortSignal.timeout(Math.ceil(timeout + bytes / SLOW_LINE));
    const either = AbortSignal.any([signal, limit]);
    // Not every function of supabase-js can be stopped.
    const stopped = once(either, 'abort').then(() => Promise.reject(new Error('no answer in time')));
    stopped.catch(() => undefined);
    for (let attempt = 1; ; attempt++) {
      // A session that cannot be refreshed is for its owner to tell.
      await token();
      const { storage } = await (client ??= createOpsClient(options));
      const { data, error } = await Promise.race([request(storage.from(bucket), either), stopped]).then(undefined, networkFailure<T>);
      if (data !== null) return data;
      const failure: Failure = { status: Number(error?.statusCode) || (error?.status ?? 0), code: '', message: error?.message ?? '' };
      if (either.aborted || !isPassingInStorage(failure) || attempt === TRIES) throw await failed(failure, name);
      await pause(attempt, either);
    }
  }

  async function list(folder: string): Promise<StoredEntry[]> {
    const found: StoredEntry[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const page = parseAnswer(
        entriesSchema,
        await ask(folder, (files, until) => files.list(folder, { limit: PAGE, offset }, { signal: until })),
        `the list of ${folder}`,
      );
      found.push(...page.map(({ name, id, metadata }) => ({ name, bytes: id === null ? null : (metadata?.size ?? 0) })));
      if (page.length < PAGE) return found;
    }
  }

  /** @throws OpsError `rejected` where the object that is there is another one */
  async function requireSame(name: string, bytes: number): Promise<void> {
    const cut = name.lastIndexOf('/');
    const there = (await list(name.slice(0, cut))).find((entry) => entry.name === name.slice(cut + 1));
    if (there?.bytes === bytes) return;
    throw new OpsError('rejected', `Bucket ${bucket} holds another ${name}: of ${there?.bytes ?? 'unknown'} bytes, not of ${bytes}.`, {
      hint: 'Nothing in Storage is replaced. Somebody put it there, or changed it: look before you delete it.',
    });
  }

  return {
    list,
    download: async (name, bytes) => {
      const blob = await ask(name, (files, until) => files.download(name, {}, { signal: until }), bytes);
      return Buffer.from(await blob.arrayBuffer());
    },
    signedLink: async (name, seconds) => (await ask(name, (files) => files.createSignedUrl(name, seconds))).signedUrl,
    upload: async (name, { file, bytes, contentType, url, onProgress }) => {
      for (let attempt = 1; ; attempt++) {
        const failure = await attemptUpload({
          endpoint,
          uploadUrl: await url.read(),
          file,
          bytes,
          metadata: { bucketName: bucket, objectName: name, contentType, cacheControl: '3600' },
          authorize: async () => ({ apikey: key, authorization: `Bearer ${(await token()) ?? key}`, 'x-upsert': 'false' }),
          limit: timeout + Math.min(bytes, PIECE) / SLOW_LINE,
          signal,
          keepUrl: url.write,
          onProgress: (done) => {
            attempt = 0;
            onProgress?.(done);
          },
        });
        if (signal.aborted && failure) throw await failed(failure, name);
        if (!failure || !isPassingInStorage(failure)) await url.remove();
        if (!failure) return;
        if (isThere(failure)) return requireSame(name, bytes);
        if (!isPassingInStorage(failure) || attempt >= TRIES) throw await failed(failure, name);
        await pause(Math.max(attempt, 1), signal);
      }
    },
  };
}
